"""The desk of couplets: hand out, also what was done without a network, and undo."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request

from app.models.states import Role
from app.packs.couplets.events import find_event
from app.packs.couplets.presented import Disputed, HandedOut, Outcome
from app.packs.couplets.reverse import reverse_pickup
from app.platform.errors import StateConflict, Words
from app.routers.acting import Acting
from app.routers.guard import OPTIONAL, OnceKey, StaffCaller, api_router, staff_only
from app.routers.language import negotiate
from app.routers.rooms import R
from app.routers.uploaded import answered, as_refused, why
from app.schemas.base import Reason
from app.schemas.couplets_desk import (
    DeskUploadIn,
    DeskUploadOut,
    DeskUploadResult,
    HandedOutOut,
    PickupIn,
    ReversedOut,
    WalkInIn,
    WrittenItem,
)
from app.schemas.offline import PassKeyOut
from app.schemas.seed_ids import FIRST_COUPLETS_EVENT_ID
from app.schemas.uploaded import BadItem
from app.shared.counter.refusals import (
    AlreadyCollected,
    CodeMalformed,
    CodeUnknown,
    PassExpired,
    SeveralMatch,
)
from app.shared.stock import SoldOut

router = api_router()

EVENT = "/v1/admin/couplets/events/{event_id}"
EventId = Annotated[UUID, Path(examples=[str(FIRST_COUPLETS_EVENT_ID)])]
DISPUTED = Words(
    "另一领取台已先发出这副春联；两次记录均已保留。",
    "Another desk was first; both are kept.",
)


@router.post(EVENT + "/pickups", status_code=201, summary="凭预约领取")
@staff_only(
    Role.DESK,
    verb="couplets.pickup.collect",
    key=OPTIONAL,
    refuses=(
        CodeMalformed,
        CodeUnknown,
        SeveralMatch,
        PassExpired,
        AlreadyCollected,
        StateConflict,
    ),
)
async def hand_out_pair(
    event_id: EventId,
    body: PickupIn,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> HandedOutOut:
    """Hand out a reserved pair by the pass (`pass`), by a proxy's one-time code (`proxy_code`),
    or by name and the phone's last four digits (`name`, `phone_last4`), which must fit exactly
    one reservation. A second scan hears who handed it out, when and where."""
    handed = await rooms.couplets_desk.hand_out(
        once.answering(201, _render),
        staff=staff,
        actor=actor,
        event_id=event_id,
        what=body.shown(rooms.couplets_desk),
        site_id=body.site_id,
    )
    return HandedOutOut.of_handed(handed)


@router.post(EVENT + "/walk-ins", status_code=201, summary="现场领取")
@staff_only(Role.DESK, verb="couplets.pickup.walk_in", key=OPTIONAL, refuses=(SoldOut,))
async def hand_out_at_the_door(
    event_id: EventId,
    body: WalkInIn,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> HandedOutOut:
    """Hand out a pair without a reservation, to a member or to somebody who is only counted."""
    handed = await rooms.couplets_desk.hand_out(
        once.answering(201, _render),
        staff=staff,
        actor=actor,
        event_id=event_id,
        what=body.wanted(),
    )
    return HandedOutOut.of_handed(handed)


@router.post(EVENT + "/pickups/batch", summary="补传离线领取")
@staff_only(Role.DESK, verb="couplets.pickup.collect")
async def upload_pickups(
    event_id: EventId,
    body: DeskUploadIn,
    request: Request,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
) -> DeskUploadOut:
    """Send what was handed out without a network, up to 500 at a time, as often as you like.

    Each item is answered on its own: `accepted`, `repeated` (known from before), `disputed`
    (another desk was first) or `refused` with its code.
    """
    desk, language = rooms.couplets_desk, negotiate(request.headers.get("accept-language"))
    outcomes = await desk.upload(
        staff=staff,
        actor=actor,
        event_id=event_id,
        sent_at=body.sent_at,
        written=body.written(desk),
    )

    def judged(item: WrittenItem, outcome: Outcome) -> DeskUploadResult:
        detail = why(outcome, Disputed, DISPUTED, language)
        return DeskUploadResult.of(item.pickup_no, outcome, detail)

    def unreadable(place: int, item: BadItem) -> DeskUploadResult:
        refused = as_refused(place, item, language)
        return DeskUploadResult(pickup_no=item.number, pickup=None, first=None, **refused)

    results = answered(body.items, outcomes, judged=judged, unreadable=unreadable)
    return DeskUploadOut(results=results)


@router.post("/v1/admin/couplets/pickups/{pickup_id}/reversal", summary="撤销领取")
@staff_only(Role.DESK, verb="couplets.pickup.reverse", key=OPTIONAL, refuses=(StateConflict,))
async def reverse_hand_out(
    pickup_id: UUID, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> ReversedOut:
    """Undo a wrong hand-out, with a reason. The reservation waits again until its site is
    released; a walk-in's pair is back at the door."""
    undone = await reverse_pickup(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: ReversedOut.of_reversed(each).model_dump_json()),
        actor=actor,
        pickup_id=pickup_id,
        reason=body.reason,
    )
    return ReversedOut.of_reversed(undone)


@router.get(EVENT + "/keys", summary="离线验码公钥")
@staff_only(Role.DESK, reads=True)
async def list_pass_keys(event_id: EventId, rooms: R) -> list[PassKeyOut]:
    """The public keys by which a desk without a network judges an event's passes (Ed25519, type
    `couplets-pass+jwt`, the event in `ev`); a pass is good for 15 minutes there."""
    await find_event(rooms.sessions, event_id=event_id)
    return [PassKeyOut.of(key) for key in rooms.couplets_desk.passes.keys]


def _render(handed: HandedOut) -> str:
    return HandedOutOut.of_handed(handed).model_dump_json()
