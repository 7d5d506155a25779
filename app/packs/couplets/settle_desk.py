"""A round of the desk: everything is locked and looked at, judged in order, written together.

Locks: the reservations in the order of their ids, then the pools of the door.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.couplets import CoupletsReservation
from app.models.states import PickupInput, PickupState
from app.packs.couplets import desk_queries, desk_records, pickup_rules
from app.packs.couplets.desk_records import Collected
from app.packs.couplets.hurdles import UNKNOWN_SITE, UNKNOWN_VARIANT
from app.packs.couplets.presented import (
    Accepted,
    AtTheDoor,
    Contested,
    DeskFacts,
    Disputed,
    HandedOut,
    Outcome,
    PickupFacts,
    Presentation,
    Repeated,
    Shown,
    ToTheDoor,
    Verdict,
)
from app.packs.couplets.reservation_queries import (
    ReservationFacts,
    lock_reservations,
)
from app.platform.crypto import Digester, Sealer
from app.platform.errors import FieldError, InputInvalid, Refusal, Words
from app.platform.ids import new_id
from app.shared.stock import Grant, Press, Recorder, SoldOut, grant
from app.shared.stock import Verdict as Letter

_Leave: TypeAlias = Accepted | ToTheDoor


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the door's pool said, and the unit with its pool that it was asked for."""

    letter: Letter
    unit: tuple[UUID, UUID]


async def settle(
    session: AsyncSession,
    sealer: Sealer,
    digester: Digester,
    presented: Sequence[Presentation],
) -> list[Outcome]:
    """All of one event and one member of staff. Each outcome stands alone."""
    fitting = await desk_queries.find_shown(session, sealer, digester, presented)
    wanted = sorted({found[0] for found in fitting if len(found) == 1})
    locked = {
        each.id: each
        for each in await lock_reservations(
            session,
            CoupletsReservation.id.in_(wanted),
            CoupletsReservation.event_id == presented[0].event.id,
        )
    }
    known, disputed = await desk_queries.known_numbers(session, presented)
    live = await desk_queries.live_pickups(session, list(locked))
    members = await desk_queries.member_ids(session, _member_numbers(presented))
    round_ = _Round(locked, known, disputed, live, members)
    verdicts = [round_.judge(each, found) for each, found in zip(presented, fitting, strict=True)]
    granted = await _take_from_the_door(session, round_, presented, verdicts)
    outcomes = [
        _outcome(round_, place, each, verdict, granted)
        for place, (each, verdict) in enumerate(zip(presented, verdicts, strict=True))
    ]
    await desk_records.record_pickups(session, round_.collected)
    contested = [
        (each, verdict)
        for each, verdict in zip(presented, verdicts, strict=True)
        if isinstance(verdict, Contested) and not verdict.repeated
    ]
    await desk_records.record_disputes(session, contested)
    return outcomes


@dataclass(slots=True)
class _Round:
    """What is known, and the verdicts. What was accepted counts for those that come after."""

    reservations: dict[UUID, ReservationFacts]
    known: dict[str, PickupFacts]
    disputed: dict[str, UUID]
    live: dict[UUID, PickupFacts]
    members: dict[str, tuple[UUID, UUID]]
    pickups: dict[int, PickupFacts] = field(default_factory=dict)
    collected: list[Collected] = field(default_factory=list)
    _judged: int = 0

    def judge(self, presented: Presentation, fitting: Sequence[UUID]) -> Verdict:
        place, self._judged = self._judged, self._judged + 1
        if presented.site_id and presented.event.site(presented.site_id) is None:
            return InputInvalid(errors=(UNKNOWN_SITE,))
        reservation = self.reservations.get(fitting[0]) if len(fitting) == 1 else None
        number = presented.pickup_no or ""
        facts = DeskFacts(
            known=self.known.get(number),
            disputed=self.disputed.get(number),
            live=self.live.get(reservation.id) if reservation else None,
            matches=len(fitting),
        )
        verdict = pickup_rules.judge(presented, reservation, facts)
        if isinstance(verdict, ToTheDoor):
            verdict = self._check_door(presented, verdict)
        if isinstance(verdict, Accepted | ToTheDoor):
            self._note(place, presented, verdict)
        if isinstance(verdict, Contested) and not verdict.repeated:
            self.disputed[number] = verdict.reservation.id
        return verdict

    def _check_door(self, presented: Presentation, verdict: ToTheDoor) -> Verdict:
        wanted = verdict.wanted
        if presented.event.variant(wanted.variant_id) is None:
            return InputInvalid(errors=(UNKNOWN_VARIANT,))
        if presented.event.site(wanted.site_id) is None:
            return InputInvalid(errors=(UNKNOWN_SITE,))
        if wanted.member_no is not None and wanted.member_no not in self.members:
            return InputInvalid(errors=(UNKNOWN_MEMBER,))
        return verdict

    def _note(self, place: int, presented: Presentation, verdict: _Leave) -> None:
        pickup = _pickup(presented, verdict, self.members)
        self.pickups[place] = pickup
        if presented.pickup_no is not None:
            self.known[presented.pickup_no] = pickup
        if isinstance(verdict, Accepted):
            self.live[verdict.reservation.id] = pickup
            collected = pickup_rules.as_collected(verdict.reservation)
            self.reservations[verdict.reservation.id] = collected


def _pickup(
    presented: Presentation, verdict: _Leave, members: dict[str, tuple[UUID, UUID]]
) -> PickupFacts:
    what = presented.what
    if isinstance(verdict, Accepted):
        assert isinstance(what, Shown)
        reservation = verdict.reservation
        variant_id, input_ = reservation.variant_id, what.input
        site_id = presented.site_id or reservation.site_id
        reservation_id: UUID | None = reservation.id
        member_id: UUID | None = reservation.member_id
    else:
        wanted = verdict.wanted
        variant_id, site_id, reservation_id = wanted.variant_id, wanted.site_id, None
        member_id = members[wanted.member_no][0] if wanted.member_no else None
        input_ = PickupInput.MEMBER if wanted.member_no else PickupInput.ANONYMOUS
    site = presented.event.site(site_id)
    return PickupFacts(
        id=new_id(),
        event_id=presented.event.id,
        variant_id=variant_id,
        site_id=site_id,
        reservation_id=reservation_id,
        member_id=member_id,
        state=PickupState.COLLECTED,
        input=input_,
        collected_at=verdict.at,
        received_at=presented.arrived,
        staff_id=presented.staff.id,
        staff_name=presented.staff.name,
        site_name=site.name if site else "",
        pickup_no=presented.pickup_no,
    )


async def _take_from_the_door(
    session: AsyncSession,
    round_: _Round,
    presented: Sequence[Presentation],
    verdicts: Sequence[Verdict],
) -> dict[int, _Asked]:
    """By place, what the door's pool said: of who has no reservation, and of pairs that had
    gone to the door already when it was written down that they were collected in time."""
    asked: dict[UUID, list[tuple[int, Press]]] = {}
    for place, (each, verdict) in enumerate(zip(presented, verdicts, strict=True)):
        if isinstance(verdict, ToTheDoor) or (isinstance(verdict, Accepted) and verdict.is_late):
            pickup = round_.pickups[place]
            variant = each.event.variant(pickup.variant_id)
            assert variant is not None, "it was looked for"
            press = _press(round_, each, verdict, pickup)
            asked.setdefault(variant.walk_in.id, []).append((place, press))
    answers: dict[int, _Asked] = {}
    for pool_id, presses in sorted(asked.items()):
        decisions = await grant(session, pool_id, [press for _, press in presses], _NO_ROWS)
        for (place, press), decision in zip(presses, decisions, strict=True):
            answers[place] = _Asked(decision.verdict, (press.claim_id, pool_id))
    return answers


def _press(round_: _Round, presented: Presentation, verdict: _Leave, pickup: PickupFacts) -> Press:
    if isinstance(verdict, Accepted):
        holder = verdict.reservation
        return Press(new_id(), pickup.id.bytes, holder.member_id, holder.person_id)
    wanted = verdict.wanted
    # Who does not say who they are is nobody else: a person of this one pair.
    member_id, person_id = (
        round_.members[wanted.member_no] if wanted.member_no else (pickup.id, pickup.id)
    )
    return Press(pickup.id, pickup.id.bytes, member_id, person_id)


def _outcome(
    round_: _Round,
    place: int,
    presented: Presentation,
    verdict: Verdict,
    granted: dict[int, _Asked],
) -> Outcome:
    if isinstance(verdict, Repeated):
        return HandedOut(verdict.pickup, repeated=True)
    if isinstance(verdict, Contested):
        return Disputed(verdict.at, verdict.first)
    if isinstance(verdict, Refusal):
        return verdict
    asked = granted.get(place)
    if asked is not None and asked.letter is not Letter.GRANTED:
        assert asked.letter is Letter.SOLD_OUT, "the door has no window and no limit"
        return SoldOut()
    pickup = round_.pickups[place]
    reservation = verdict.reservation if isinstance(verdict, Accepted) else None
    unit = asked.unit if asked is not None else None
    round_.collected.append(Collected(presented, pickup, reservation, unit))
    return HandedOut(pickup)


def _member_numbers(presented: Sequence[Presentation]) -> list[str]:
    return [
        each.what.member_no
        for each in presented
        if isinstance(each.what, AtTheDoor) and each.what.member_no is not None
    ]


async def _written(_: AsyncConnection, grants: Sequence[Grant]) -> list[UUID]:
    return [each.press.claim_id for each in grants]


async def _none(_: AsyncConnection, __: Sequence[UUID]) -> dict[UUID, UUID]:
    return {}


# The rows are written with all others of the round, in the same transaction.
_NO_ROWS: Recorder[UUID] = Recorder(insert=_written, read=_none)

UNKNOWN_MEMBER = FieldError(
    "#/member_no", Words("没有这位会员", "there is no such member"), "member_unknown"
)
