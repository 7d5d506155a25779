"""Pure decisions at the desk: may this pair be handed out here and now."""

from dataclasses import replace
from datetime import datetime

from app.models.states import PickupInput, ReservationState
from app.packs.couplets.presented import (
    Accepted,
    AtTheDoor,
    Contested,
    DeskFacts,
    PickupFacts,
    Presentation,
    Repeated,
    Shown,
    ToTheDoor,
    Verdict,
)
from app.packs.couplets.refusals import PickupNoReused
from app.packs.couplets.reservation_queries import ReservationFacts
from app.packs.couplets.rules import shown
from app.platform.errors import Refusal, StateConflict
from app.shared.counter.device_time import judged_at, pass_is_over
from app.shared.counter.refusals import (
    AlreadyCollected,
    CodeUnknown,
    NameUnknown,
    PassExpired,
    SeveralMatch,
)


def judge(
    presented: Presentation, reservation: ReservationFacts | None, desk: DeskFacts
) -> Verdict:
    """What becomes of it, in order: the same number again, its number reused, what is wrong with
    what was shown, collected already, not to be collected (any more).

    Only what was written down without a network can be contested; who stands at a desk with one
    hears `already_collected`, as does the desk that was first.
    """
    what, at = presented.what, _judged_at(presented, reservation)
    if isinstance(what, AtTheDoor):
        if desk.known is not None:
            return Repeated(desk.known) if desk.known.reservation_id is None else PickupNoReused()
        return PickupNoReused() if desk.disputed is not None else ToTheDoor(at, what)
    if desk.known is not None:
        is_same = reservation is not None and desk.known.reservation_id == reservation.id
        return Repeated(desk.known) if is_same else PickupNoReused()
    if desk.disputed is not None and (reservation is None or desk.disputed != reservation.id):
        return PickupNoReused()
    if desk.disputed is not None and reservation is not None:
        return Contested(at, reservation, desk.live, repeated=True)
    return _fault(what, reservation, desk) or _verdict(presented, what, reservation, desk, at)


def as_collected(reservation: ReservationFacts) -> ReservationFacts:
    """How it stands for those that come after it in the same round."""
    return replace(reservation, decided=ReservationState.COLLECTED)


def _judged_at(presented: Presentation, reservation: ReservationFacts | None) -> datetime:
    signed_at = presented.what.signed_at if isinstance(presented.what, Shown) else None
    made = (signed_at, reservation.reserved_at if reservation else None)
    return judged_at(presented.arrived, presented.device_at, presented.upload, made=made)


def _fault(what: Shown, reservation: ReservationFacts | None, desk: DeskFacts) -> Refusal | None:
    if what.fault is not None:
        return what.fault
    if desk.matches > 1:
        return SeveralMatch(matches=desk.matches)
    if reservation is None:
        return NameUnknown() if what.input is PickupInput.NAME else CodeUnknown()
    return None


def _verdict(
    presented: Presentation,
    what: Shown,
    reservation: ReservationFacts | None,
    desk: DeskFacts,
    at: datetime,
) -> Verdict:
    assert reservation is not None, "what nobody has was refused before"
    if pass_is_over(at, what.signed_at, presented.upload):
        return PassExpired(signed_at=shown(what.signed_at or at))
    state = reservation.state_at(at)
    if reservation.decided is ReservationState.COLLECTED:
        return _second(presented, reservation, desk.live, at)
    if what.input is PickupInput.PROXY_CODE and reservation.proxy_used_at is not None:
        # It was good once; the hand-out that it was good for has been reversed.
        return CodeUnknown()
    if state is ReservationState.RESERVED:
        return Accepted(at, reservation)
    if reservation.decided is ReservationState.NO_SHOW and at < reservation.release_at:
        return Accepted(at, reservation, is_late=True)
    return StateConflict(state=state.value)


def _second(
    presented: Presentation,
    reservation: ReservationFacts,
    live: PickupFacts | None,
    at: datetime,
) -> Verdict:
    is_another = live is not None and live.staff_id != presented.staff.id
    if presented.upload is not None and is_another:
        return Contested(at, reservation, live)
    return AlreadyCollected(
        first=live
        and {
            "by": live.staff_name,
            "collected_at": shown(live.collected_at),
            "site_name": live.site_name,
        }
    )
