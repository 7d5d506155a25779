"""What the tills did, for staff: by store, day, number, voucher, and what looks odd."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.models.states import RedemptionState, Role
from app.packs.breakfast import oversight
from app.platform.errors import CursorInvalid, InputInvalid
from app.routers.guard import Reach, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.base import Day, PageOut
from app.schemas.oversight import OverseenRedemptionOut, OverseenRefusalOut
from app.schemas.redemptions import REDEMPTION_NO_PATTERN, STORE_NO_PATTERN

router = api_router()

READERS = (Role.STORE_MANAGER, Role.FINANCE, Role.CAMPAIGN_MANAGER)
OfStore = Annotated[str | None, Query(pattern=STORE_NO_PATTERN, description="门店编号 · a store")]
OnDay = Annotated[Day | None, Query(description="上海日期 · a Shanghai day")]


@router.get("/v1/admin/redemptions", summary="核销记录")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid, InputInvalid))
async def oversee_redemptions(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    store_no: OfStore = None,
    date: OnDay = None,
    state: RedemptionState | None = None,
    redemption_no: Annotated[str | None, Query(pattern=REDEMPTION_NO_PATTERN)] = None,
    voucher_id: UUID | None = None,
    flagged: Annotated[
        bool | None, Query(description="冲正过于频繁 · reversed suspiciously often")
    ] = None,
) -> PageOut[OverseenRedemptionOut]:
    """All stores' redemptions, newest first, reversed ones too."""
    found = await oversight.list_redemptions(
        rooms.sessions,
        page=page,
        districts=staff.districts,
        store_no=store_no,
        day=date,
        state=state,
        redemption_no=redemption_no,
        voucher_id=voucher_id,
        flagged=flagged,
    )
    link_next(request, response, found)
    shown = found.map(OverseenRedemptionOut.of)
    return PageOut[OverseenRedemptionOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get("/v1/admin/redemptions/{redemption_id}", summary="一笔核销")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT)
async def oversee_redemption(
    redemption_id: UUID, staff: StaffCaller, rooms: R
) -> OverseenRedemptionOut:
    """One redemption of any store."""
    return OverseenRedemptionOut.of(
        await oversight.find_redemption(
            rooms.sessions, redemption_id=redemption_id, districts=staff.districts
        )
    )


@router.get("/v1/admin/refused-redemptions", summary="被拒绝的核销")
@staff_only(*READERS, reads=True, reach=Reach.DISTRICT, refuses=(CursorInvalid, InputInvalid))
async def oversee_refusals(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    store_no: OfStore = None,
    date: OnDay = None,
    code: Annotated[
        str | None, Query(pattern=r"^[a-z_]{1,64}$", description="原因代码 · a refusal's code")
    ] = None,
) -> PageOut[OverseenRefusalOut]:
    """What tills tried and were refused, newest first; never what was typed."""
    found = await oversight.list_refusals(
        rooms.sessions,
        page=page,
        districts=staff.districts,
        store_no=store_no,
        day=date,
        code=code,
    )
    link_next(request, response, found)
    shown = found.map(OverseenRefusalOut.model_validate)
    return PageOut[OverseenRefusalOut](items=shown.items, next_cursor=shown.next_cursor)
