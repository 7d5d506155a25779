"""Breakfast for members: what is on offer, claim, my vouchers."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.packs.breakfast import browse
from app.packs.breakfast.claim import claim, shut, turned_away
from app.packs.breakfast.refusals import BatchEnded, BatchPaused
from app.platform.errors import CursorInvalid
from app.platform.ids import usual_id
from app.routers.access import Judge
from app.routers.acting import actor_of
from app.routers.editions import OpenEdition
from app.routers.guard import CLAIM_KEY, ClaimKey, MemberCaller, api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.breakfast import BatchList, BatchOut, VoucherList, VoucherOut
from app.schemas.seed_ids import FIRST_BATCH_ID
from app.shared.identity.refusals import NotEligible
from app.shared.limits import CLAIM
from app.shared.stock import LimitReached, NotOpen, SoldOut

router = api_router()

BatchId = Annotated[UUID, Path(examples=[str(FIRST_BATCH_ID)])]


@router.get("/v1/breakfast/batches", summary="可领的早餐券批次")
@members_only(refuses=(CursorInvalid,), front=True, recalled=True)
async def list_batches(
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
    campaign_id: OpenEdition = None,
) -> BatchList:
    """Batches open now or later, with whether I can claim and why not; of all editions that run,
    or of one."""
    found = await rooms.shelf.look(member, page, campaign_id)
    link_next(request, response, found)
    return BatchList.made_of(
        items=[BatchOut.of(offered) for offered in found.items],
        next_cursor=found.next_cursor,
        server_time=rooms.clock.now(),
    )


def _turned_away(rooms: Rooms, path: Mapping[str, str]) -> Judge | None:
    batch_id = usual_id(path["batch_id"])
    batch = None if batch_id is None else shut(rooms.stock, rooms.catalogue, batch_id)
    if batch is None:
        return None
    return partial(turned_away, rooms.stock, rooms.catalogue, rooms.clock, batch)


@router.post(
    "/v1/breakfast/batches/{batch_id}/claims",
    status_code=201,
    summary="领取早餐券",
)
@members_only(
    key=CLAIM_KEY,
    limit=CLAIM,
    front=True,
    early=_turned_away,
    recalled=True,
    refuses=(NotEligible, BatchEnded, NotOpen, BatchPaused, LimitReached, SoldOut),
)
async def claim_voucher(
    batch_id: BatchId,
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    key: ClaimKey,
) -> VoucherOut:
    """Claim one voucher. Repeat it with the same key as often as you like: it stays one."""
    claimed = await claim(
        rooms.stock,
        rooms.catalogue,
        rooms.directory,
        rooms.vouchers,
        rooms.clock,
        member=member,
        actor=actor_of(request),
        batch_id=batch_id,
        request=key,
    )
    if claimed.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return VoucherOut.as_issued(claimed.voucher)


@router.get("/v1/breakfast/vouchers", summary="我的早餐券")
@members_only(refuses=(CursorInvalid,), front=True, recalled=True)
async def list_vouchers(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> VoucherList:
    """My vouchers, newest first."""
    found = await rooms.wallet.look(member, page)
    link_next(request, response, found)
    now = rooms.clock.now()
    return VoucherList.made_of(
        items=[VoucherOut.of(voucher, now) for voucher in found.items],
        next_cursor=found.next_cursor,
        server_time=now,
    )


@router.get("/v1/breakfast/vouchers/{voucher_id}", summary="我的一张早餐券")
@members_only()
async def get_voucher(voucher_id: UUID, member: MemberCaller, rooms: R) -> VoucherOut:
    """One of my vouchers."""
    voucher = await browse.find_voucher(
        rooms.sessions, rooms.vouchers, member=member, voucher_id=voucher_id
    )
    return VoucherOut.of(voucher, rooms.clock.now())
