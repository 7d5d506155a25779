"""The desk's SQL: write down what a round decided, all of it in a statement a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsDispute, CoupletsPickup, CoupletsReservation
from app.models.states import PickupInput, ReservationState
from app.packs.couplets.acts import PICKUP, reservation_act
from app.packs.couplets.history import Move, write_history
from app.packs.couplets.presented import Contested, PickupFacts, Presentation
from app.packs.couplets.reservation_queries import ReservationFacts
from app.platform.ids import new_id
from app.shared.ledger import Act, made, write
from app.shared.outbox import NewJob, put_many

COLLECT = "collect"
TELL_COLLECTED = "couplets.tell_collected"


@dataclass(frozen=True, slots=True)
class Collected:
    """An accepted presentation and its pick-up. `unit`: the unit and pool that it takes back
    from the door, if it was written down too late for its own."""

    presented: Presentation
    pickup: PickupFacts
    reservation: ReservationFacts | None
    unit: tuple[UUID, UUID] | None = None


async def record_pickups(session: AsyncSession, collected: Sequence[Collected]) -> None:
    if not collected:
        return
    of_reservations = [each for each in collected if each.reservation is not None]
    await _move(session, of_reservations)
    await session.execute(insert(CoupletsPickup), [_pickup_row(each) for each in collected])
    await write(session, [act for each in collected for act in _acts(each)])
    await put_many(
        session,
        [
            NewJob(TELL_COLLECTED, {"pickup_id": each.pickup.id})
            for each in collected
            if each.pickup.member_id is not None
        ],
    )


async def record_disputes(
    session: AsyncSession, contested: Sequence[tuple[Presentation, Contested]]
) -> None:
    """What another desk had handed out first; nothing else changes by it."""
    rows = []
    acts = []
    for presented, verdict in contested:
        upload, first = presented.upload, verdict.first
        assert upload is not None, "only uploads contest"
        assert first is not None, "what is contested has a live pick-up"
        dispute_id = new_id()
        row = {
            "id": dispute_id,
            "event_id": presented.event.id,
            "reservation_id": verdict.reservation.id,
            "first_pickup_id": first.id,
            "site_id": presented.site_id or verdict.reservation.site_id,
            "input": _input(presented),
            "collected_at": verdict.at,
            "received_at": presented.arrived,
            "staff_id": presented.staff.id,
            "pickup_no": presented.pickup_no,
            "device_at": presented.device_at,
            "sent_at": upload.sent_at,
            "device_seq": upload.device_seq,
        }
        rows.append(row)
        changes = made(reservation_id=verdict.reservation.id)
        verb, at = "couplets.dispute.raise", presented.arrived
        acts.append(Act(presented.actor, verb, "dispute", dispute_id, changes, at=at))
    if rows:
        await session.execute(insert(CoupletsDispute), rows)
        await write(session, acts)


async def _move(session: AsyncSession, collected: Sequence[Collected]) -> None:
    """Reservations become collected; a one-time code is used up by it."""
    if not collected:
        return
    await session.execute(update(CoupletsReservation), [_move_row(each) for each in collected])
    await write_history(
        session,
        [
            Move(
                each.reservation.id,
                COLLECT,
                (_before(each), ReservationState.COLLECTED),
                each.presented.arrived,
                each.presented.actor,
            )
            for each in collected
            if each.reservation is not None
        ],
    )


def _move_row(each: Collected) -> dict[str, object]:
    reservation, is_proxy = each.reservation, each.pickup.input is PickupInput.PROXY_CODE
    assert reservation is not None, "pairs at the door move no reservation"
    unit_id, pool_id = each.unit or (reservation.unit_id, reservation.unit_pool_id)
    return {
        "id": reservation.id,
        "state": ReservationState.COLLECTED,
        "closed_at": None,
        "unit_id": unit_id,
        "unit_pool_id": pool_id,
        "proxy_used_at": each.presented.arrived if is_proxy else reservation.proxy_used_at,
    }


def _before(each: Collected) -> ReservationState:
    return ReservationState.RESERVED if each.unit is None else ReservationState.NO_SHOW


def _pickup_row(each: Collected) -> dict[str, object]:
    pickup, presented = each.pickup, each.presented
    return {
        "id": pickup.id,
        "event_id": pickup.event_id,
        "variant_id": pickup.variant_id,
        "site_id": pickup.site_id,
        "reservation_id": pickup.reservation_id,
        "member_id": pickup.member_id,
        "state": pickup.state,
        "input": pickup.input,
        "collected_at": pickup.collected_at,
        "received_at": pickup.received_at,
        "staff_id": pickup.staff_id,
        "pickup_no": pickup.pickup_no,
        "device_at": presented.device_at,
        "sent_at": presented.upload.sent_at if presented.upload else None,
        "device_seq": presented.upload.device_seq if presented.upload else None,
    }


def _acts(each: Collected) -> list[Act]:
    pickup, actor, at = each.pickup, each.presented.actor, each.presented.arrived
    changes = made(reservation_id=pickup.reservation_id, state=pickup.state)
    if each.reservation is None:
        return [Act(actor, "couplets.pickup.walk_in", PICKUP, pickup.id, changes, at=at)]
    states = (_before(each), ReservationState.COLLECTED)
    return [
        Act(actor, "couplets.pickup.collect", PICKUP, pickup.id, changes, at=at),
        reservation_act(actor, COLLECT, each.reservation.id, states, at),
    ]


def _input(presented: Presentation) -> PickupInput:
    what = presented.what
    return getattr(what, "input", PickupInput.ANONYMOUS)
