"""Couplets for members: events, reserve a pair, wait for one."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.packs.couplets import browse, fair, waitlist
from app.packs.couplets.fair import Asked
from app.packs.couplets.refusals import AlreadyReserved, PairNotOfferedAgain, PairsLeft
from app.packs.couplets.reserve import reserve
from app.platform.errors import CursorInvalid, DeadlinePassed, NotFound, StateConflict
from app.routers.acting import Acting, actor_of
from app.routers.editions import OpenEdition
from app.routers.guard import (
    CLAIM_KEY,
    REQUIRED,
    ClaimKey,
    MemberCaller,
    OnceKey,
    api_router,
    members_only,
)
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.couplets import (
    EventList,
    EventOut,
    LeftOut,
    ReservedOut,
    ReserveIn,
    TicketOut,
    WaitingOut,
)
from app.schemas.couplets_reservations import ReservationOut
from app.schemas.seed_ids import FIRST_COUPLETS_EVENT_ID
from app.shared.draws import AlreadyEntered, ResultPending
from app.shared.idempotency import IdempotencyKeyInProgress, Once
from app.shared.stock import NotOpen, SoldOut
from app.shared.waiting import AlreadyWaiting, OfferExpired

router = api_router()

EVENTS = "/v1/couplets/events"
EventId = Annotated[UUID, Path(examples=[str(FIRST_COUPLETS_EVENT_ID)])]


@router.get(EVENTS, summary="春联活动")
@members_only(refuses=(CursorInvalid, NotFound), front=True)
async def list_events(
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
    campaign_id: OpenEdition = None,
) -> EventList:
    """Events by their live session, with what is left and what is mine; of all editions that
    run, or of one."""
    found = await browse.list_events(
        rooms.sessions, rooms.clock, member=member, page=page, campaign_id=campaign_id
    )
    link_next(request, response, found)
    return EventList(
        items=[EventOut.of(seen, rooms.clock) for seen in found.items],
        next_cursor=found.next_cursor,
        server_time=rooms.clock.now(),
    )


@router.get(EVENTS + "/{event_id}", summary="一场春联活动")
@members_only(front=True)
async def get_event(event_id: EventId, member: MemberCaller, rooms: R) -> EventOut:
    """One event, with the server's time for a countdown."""
    seen = await browse.look_at(
        rooms.sessions, rooms.clock, rooms.closed, member=member, event_id=event_id
    )
    return EventOut.of(seen, rooms.clock)


@router.post(
    EVENTS + "/{event_id}/reservations",
    status_code=201,
    summary="预约春联",
    responses={202: {"model": TicketOut, "description": "In the window of a fair opening"}},
)
@members_only(
    key=CLAIM_KEY,
    front=True,
    refuses=(
        NotOpen,
        IdempotencyKeyInProgress,
        ResultPending,
        AlreadyEntered,
        AlreadyReserved,
        SoldOut,
    ),
)
async def reserve_pair(
    event_id: EventId,
    body: ReserveIn,
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    key: ClaimKey,
) -> ReservedOut | TicketOut:
    """Reserve one pair; one a person and event. Too early takes nothing and is no attempt.

    Where the event opens by a fair draw, whoever asks within its window is answered 202 with a
    ticket. Nobody is faster than anybody: the order is drawn afterwards. Asking again with a
    new key changes what is asked for."""
    reserved = await reserve(
        rooms.stock,
        rooms.couplets,
        rooms.sessions,
        rooms.clock,
        rooms.closed,
        Once(key, rooms.digester, rooms.sealer).answering(
            202, lambda each: TicketOut.of(each).model_dump_json()
        ),
        member=member,
        actor=actor_of(request),
        event_id=event_id,
        variant_id=body.variant_id,
        site_id=body.site_id,
        request=key,
    )
    if isinstance(reserved, Asked):
        ticket = TicketOut.of(reserved)
        response.status_code, response.headers["Location"] = 202, ticket.location
        return ticket
    if reserved.repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return ReservedOut.of(reserved.reservation)


@router.get(EVENTS + "/{event_id}/entry", summary="我的抽签申请")
@members_only()
async def get_entry(event_id: EventId, member: MemberCaller, rooms: R) -> TicketOut:
    """What I asked for in the window of a fair opening: my ticket, the time of the result, and
    what became of it."""
    asked = await fair.find_ask(rooms.sessions, member_id=member.id, event_id=event_id)
    return TicketOut.of(asked)


@router.post(EVENTS + "/{event_id}/entry/withdrawal", summary="撤回抽签申请")
@members_only(key=REQUIRED, refuses=(DeadlinePassed, StateConflict))
async def withdraw_entry(
    event_id: EventId, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> TicketOut:
    """Ask for nothing after all, until the window closes; asking again brings the same ticket
    back."""
    withdrawn = await fair.withdraw_ask(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: TicketOut.of(each).model_dump_json()),
        member=member,
        actor=actor,
        event_id=event_id,
    )
    return TicketOut.of(withdrawn)


@router.post(EVENTS + "/{event_id}/waitlist", status_code=201, summary="加入候补")
@members_only(
    key=REQUIRED,
    refuses=(
        NotOpen,
        ResultPending,
        AlreadyReserved,
        PairsLeft,
        PairNotOfferedAgain,
        AlreadyWaiting,
    ),
)
async def join_waiting_list(
    event_id: EventId,
    body: ReserveIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> WaitingOut:
    """Wait for a pair of one variant: whoever comes first is offered what comes free."""
    waiting = await waitlist.join_list(
        rooms.stock,
        rooms.couplets,
        rooms.sessions,
        rooms.clock,
        once.answering(201, lambda each: WaitingOut.of(each).model_dump_json()),
        member=member,
        actor=actor,
        event_id=event_id,
        variant_id=body.variant_id,
        site_id=body.site_id,
    )
    return WaitingOut.of(waiting)


@router.post(EVENTS + "/{event_id}/waitlist/withdrawal", summary="退出候补")
@members_only(key=REQUIRED, refuses=(OfferExpired, StateConflict))
async def leave_waiting_list(
    event_id: EventId, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> LeftOut:
    """Wait no more. An open offer is declined by it, and its pair goes to the next at once."""
    place = await waitlist.leave_list(
        rooms.stock,
        rooms.couplets,
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: LeftOut.of(each).model_dump_json()),
        member=member,
        actor=actor,
        event_id=event_id,
    )
    return LeftOut.of(place)


@router.post("/v1/couplets/offers/{offer_id}/acceptance", summary="接受候补名额")
@members_only(key=REQUIRED, refuses=(OfferExpired, StateConflict))
async def accept_offer(
    offer_id: UUID, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> ReservationOut:
    """The pair that is kept for me becomes my reservation, unless its time is over."""
    reservation = await waitlist.accept_offer(
        rooms.sessions,
        rooms.clock,
        once.answering(
            200,
            lambda each: ReservationOut.of(each, rooms.clock, rooms.sealer).model_dump_json(),
        ),
        member=member,
        actor=actor,
        offer_id=offer_id,
    )
    return ReservationOut.of(reservation, rooms.clock, rooms.sealer)
