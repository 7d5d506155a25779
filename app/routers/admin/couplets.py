"""Couplets for staff: announce events, change them, see the list and the figures."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.models.states import Role
from app.packs.couplets import event_changes, events, oversight
from app.packs.couplets.fair import ask_order
from app.packs.couplets.oversight import WHY_WORDS, ListedWait
from app.packs.couplets.statistics import event_statistics
from app.platform.errors import CursorInvalid, NotFound, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.asked import ASKED, asked_answer
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.language import Language, negotiate, say
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.approvals import AskedOut
from app.schemas.base import PageOut
from app.schemas.couplets_desk import PickupOut
from app.schemas.couplets_events import (
    EventChange,
    EventIn,
    StaffEventOut,
    StockChange,
)
from app.schemas.couplets_oversight import StaffDisputeOut, StaffWaitOut, StatisticsOut
from app.schemas.draws_desk import RevealIn
from app.schemas.seed_ids import FIRST_COUPLETS_EVENT_ID
from app.shared.approvals import ApprovalPending
from app.shared.draws import NumbersNotPublished
from app.shared.stock import BelowIssued

router = api_router()

EVENTS = "/v1/admin/couplets/events"
EVENT = EVENTS + "/{event_id}"
MANAGER, DESK = Role.CAMPAIGN_MANAGER, Role.DESK
EventId = Annotated[UUID, Path(examples=[str(FIRST_COUPLETS_EVENT_ID)])]


@router.get(EVENTS, summary="春联活动清单")
@staff_only(MANAGER, DESK, reads=True, refuses=(CursorInvalid,))
async def list_couplets_events(
    request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffEventOut]:
    """All events by their live session, with both pools of each variant."""
    found = await events.list_events(rooms.sessions, page=page)
    link_next(request, response, found)
    shown = found.map(StaffEventOut.of)
    return PageOut[StaffEventOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(EVENTS, status_code=201, summary="新建春联活动")
@staff_only(MANAGER, verb="couplets.event.create", key=OPTIONAL, refuses=(NotFound,))
async def create_couplets_event(
    body: EventIn, actor: Acting, rooms: R, once: OnceKey
) -> StaffEventOut:
    """Announce an event; members see it at once, and reserve when its window opens."""
    event = await events.create_event(
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda each: StaffEventOut.of(each).model_dump_json()),
        actor=actor,
        **body.values(),
    )
    return StaffEventOut.of(event)


@router.get(EVENT, summary="一场春联活动")
@staff_only(MANAGER, DESK, reads=True)
async def get_couplets_event(event_id: EventId, rooms: R) -> StaffEventOut:
    """One event, with both pools of each variant."""
    event = await events.find_event(rooms.sessions, event_id=event_id)
    return StaffEventOut.of(event)


@router.patch(EVENT, summary="修改春联活动")
@staff_only(MANAGER, verb="couplets.event.change", refuses=(VersionStale, StateConflict))
async def change_couplets_event(
    event_id: EventId, body: EventChange, actor: Acting, rooms: R
) -> StaffEventOut:
    """Correct texts, addresses and times. A site that was released keeps its times."""
    event = await event_changes.change_event(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        actor=actor,
        event_id=event_id,
        version=body.version,
        changes=body.changes(),
        sites=body.site_changes(),
    )
    return StaffEventOut.of(event)


@router.post(EVENT + "/variants/{variant_id}/stock", summary="调整春联数量")
@staff_only(
    MANAGER,
    verb="couplets.event.change_stock",
    key=OPTIONAL,
    refuses=(VersionStale, BelowIssued),
)
async def change_couplets_stock(
    event_id: EventId,
    variant_id: UUID,
    body: StockChange,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> StaffEventOut:
    """More or less paper of a variant. What is added to the reserved pool is offered to the
    waiting list first."""
    event = await event_changes.change_stock(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        once.answering(200, lambda each: StaffEventOut.of(each).model_dump_json()),
        actor=actor,
        event_id=event_id,
        variant_id=variant_id,
        **body.model_dump(),
    )
    return StaffEventOut.of(event)


@router.post(
    EVENT + "/order",
    status_code=202,
    summary="录入公开号码、抽签排序",
    responses=ASKED,
    response_model=AskedOut,
)
@staff_only(
    MANAGER,
    Role.DRAW_OFFICER,
    verb="draws.draw.ask_reveal",
    key=OPTIONAL,
    refuses=(StateConflict, NumbersNotPublished, ApprovalPending),
)
async def draw_couplets_order(
    event_id: EventId, body: RevealIn, actor: Acting, rooms: R, once: OnceKey
) -> Response:
    """Enter the number that decides the order of a fair opening (`fair.result_at`; which one it
    is, the public draw says); a second person compares it with its publisher. Approved, the
    turns are taken."""
    asked = await ask_order(
        rooms.sessions,
        once,
        actor=actor,
        event_id=event_id,
        public_numbers=body.public_numbers,
        reason=body.reason,
    )
    return asked_answer(asked)


@router.get(EVENT + "/statistics", summary="春联活动数据")
@staff_only(MANAGER, DESK, reads=True)
async def get_couplets_statistics(event_id: EventId, rooms: R) -> StatisticsOut:
    """Reserved, collected, no-shows, walk-ins and what is left over, by site, hour and variant."""
    found = await event_statistics(rooms.sessions, rooms.clock, event_id=event_id)
    return StatisticsOut.of(found)


@router.get(EVENT + "/waitlist", summary="候补名单")
@staff_only(MANAGER, DESK, reads=True, refuses=(CursorInvalid,))
async def list_couplets_waiting(
    event_id: EventId, request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffWaitOut]:
    """Everybody who waited, in the order of joining, and why somebody was not offered a pair."""
    found = await oversight.list_waiting(rooms.sessions, rooms.clock, event_id=event_id, page=page)
    link_next(request, response, found)
    language = negotiate(request.headers.get("accept-language"))
    shown = found.map(lambda each: StaffWaitOut.of(each, _why(each, language)))
    return PageOut[StaffWaitOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(EVENT + "/pickups", summary="领取记录")
@staff_only(MANAGER, DESK, reads=True, refuses=(CursorInvalid,))
async def list_couplets_pickups(
    event_id: EventId, request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[PickupOut]:
    """Everything that was handed out, newest first, reversed hand-outs too."""
    found = await oversight.list_pickups(rooms.sessions, event_id=event_id, page=page)
    link_next(request, response, found)
    shown = found.map(PickupOut.of)
    return PageOut[PickupOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(EVENT + "/disputes", summary="重复领取")
@staff_only(MANAGER, DESK, reads=True, refuses=(CursorInvalid,))
async def list_couplets_disputes(
    event_id: EventId, request: Request, response: Response, rooms: R, page: Paging
) -> PageOut[StaffDisputeOut]:
    """Pairs that two desks handed out, the second without a network: both scans."""
    found = await oversight.list_disputes(rooms.sessions, event_id=event_id, page=page)
    link_next(request, response, found)
    shown = found.map(StaffDisputeOut.of)
    return PageOut[StaffDisputeOut](items=shown.items, next_cursor=shown.next_cursor)


def _why(listed: ListedWait, language: Language) -> str | None:
    words = WHY_WORDS.get(listed.why or "")
    return say(words, language) if words else None
