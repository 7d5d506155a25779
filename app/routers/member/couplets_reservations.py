"""Reservations of mine: see, cancel, let somebody else collect, show the pass."""

from collections.abc import Callable
from uuid import UUID

from fastapi import Request, Response

from app.packs.couplets import holder
from app.packs.couplets.reservation_queries import ReservationFacts
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.guard import REQUIRED, MemberCaller, OnceKey, api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.qr import NO_STORE, PNG, SVG, drawn_as, png_answer, svg_answer
from app.routers.rooms import R, Rooms
from app.schemas.couplets_reservations import (
    CancelIn,
    RecipientIn,
    ReservationList,
    ReservationOut,
)
from app.schemas.passes import HolderPassOut
from app.shared.counter import ShownPass
from app.shared.identity.callers import Member

router = api_router()

RESERVATIONS = "/v1/couplets/reservations"
RESERVATION = RESERVATIONS + "/{reservation_id}"


@router.get(RESERVATIONS, summary="我的春联预约")
@members_only(refuses=(CursorInvalid,))
async def list_reservations(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> ReservationList:
    """My reservations in every state, newest first."""
    found = await holder.list_reservations(rooms.sessions, member_id=member.id, page=page)
    link_next(request, response, found)
    return ReservationList(
        items=[ReservationOut.of(each, rooms.clock, rooms.sealer) for each in found.items],
        next_cursor=found.next_cursor,
        server_time=rooms.clock.now(),
    )


@router.get(RESERVATION, summary="我的一个预约")
@members_only()
async def get_reservation(reservation_id: UUID, member: MemberCaller, rooms: R) -> ReservationOut:
    """One of my reservations, with its one-time code if I have asked for one."""
    found = await holder.find_reservation(
        rooms.sessions, member_id=member.id, reservation_id=reservation_id
    )
    return ReservationOut.of(found, rooms.clock, rooms.sealer)


@router.post(RESERVATION + "/cancellation", summary="取消预约")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def cancel_reservation(
    reservation_id: UUID,
    body: CancelIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> ReservationOut:
    """Give the pair up. The first of the waiting list is offered it at once, else it is at the
    door; who cancelled is not offered one again."""
    cancelled = await holder.cancel_reservation(
        rooms.stock,
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(200, _render(rooms)),
        member_id=member.id,
        actor=actor,
        reservation_id=reservation_id,
        reason=body.reason,
    )
    return ReservationOut.of(cancelled, rooms.clock, rooms.sealer)


@router.post(RESERVATION + "/recipient", summary="更改领取人")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def set_recipient(
    reservation_id: UUID,
    body: RecipientIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> ReservationOut:
    """Somebody else collects it, by name and digits; it stays the same pair."""
    changed = await holder.set_recipient(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        rooms.digester,
        once.answering(200, _render(rooms)),
        member_id=member.id,
        actor=actor,
        reservation_id=reservation_id,
        recipient=body.recipient(),
    )
    return ReservationOut.of(changed, rooms.clock, rooms.sealer)


@router.post(RESERVATION + "/proxy", summary="生成代领码")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def issue_proxy_code(
    reservation_id: UUID, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> ReservationOut:
    """A code, good once, for somebody who collects it for me; a new one ends the one before."""
    issued = await holder.issue_proxy(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        rooms.digester,
        once.answering(200, _render(rooms)),
        member_id=member.id,
        actor=actor,
        reservation_id=reservation_id,
    )
    return ReservationOut.of(issued, rooms.clock, rooms.sealer)


@router.get(RESERVATION + "/pass", summary="预约的二维码内容")
@members_only(refuses=(StateConflict,))
async def get_reservation_pass(
    reservation_id: UUID, response: Response, member: MemberCaller, rooms: R
) -> HolderPassOut:
    """A pass signed now: show it as a QR, and fetch the next before `expires_at`."""
    response.headers.update(NO_STORE)
    return HolderPassOut.of(await _show(rooms, member, reservation_id))


@router.get(
    RESERVATION + "/pass.svg",
    summary="预约的二维码（SVG）",
    response_class=Response,
    responses=drawn_as(SVG),
)
@members_only(refuses=(StateConflict,))
async def get_reservation_pass_svg(
    reservation_id: UUID, member: MemberCaller, rooms: R
) -> Response:
    """The pass as a QR, for any size of screen."""
    return await svg_answer((await _show(rooms, member, reservation_id)).text)


@router.get(
    RESERVATION + "/pass.png",
    summary="预约的二维码（PNG）",
    response_class=Response,
    responses=drawn_as(PNG),
)
@members_only(refuses=(StateConflict,))
async def get_reservation_pass_png(
    reservation_id: UUID, member: MemberCaller, rooms: R
) -> Response:
    """The pass as a QR, as a picture."""
    return await png_answer((await _show(rooms, member, reservation_id)).text)


def _render(rooms: Rooms) -> Callable[[ReservationFacts], str]:
    return lambda each: ReservationOut.of(each, rooms.clock, rooms.sealer).model_dump_json()


async def _show(rooms: Rooms, member: Member, reservation_id: UUID) -> ShownPass:
    return await holder.show_pass(
        rooms.sessions,
        rooms.couplets_desk.passes,
        rooms.clock,
        member_id=member.id,
        reservation_id=reservation_id,
    )
