"""What a turn of a fair opening is worth: the pair that was asked for, if there is one, or a place
on its waiting list (`shared/draws/taking.py` takes them in their order)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsAsk, CoupletsEvent, CoupletsWait
from app.models.states import PackKind
from app.models.states_draws import TurnOutcome
from app.packs.couplets import queries
from app.packs.couplets.acts import ENTRY, event_act
from app.packs.couplets.draws import TAKE_TURNS
from app.packs.couplets.queries import EventFacts, SiteFacts, VariantFacts
from app.packs.couplets.reservation_records import RECORDER, Wanted
from app.packs.couplets.settling import lock_all
from app.shared.draws import CrowdTurn, Taking
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, made, write
from app.shared.stock import Press, Verdict, grant
from app.shared.waiting import NewPlace, join_all

TELL_TURNS = "couplets.tell_turns"
_HAS_ONE = frozenset({Verdict.GRANTED, Verdict.REPEATED})


@dataclass(frozen=True, slots=True)
class _Turn:
    """Somebody's turn, and what they asked for."""

    turn: CrowdTurn
    member_id: UUID
    person_id: UUID
    variant: VariantFacts
    site: SiteFacts


async def _outcomes(
    session: AsyncSession,
    event: EventFacts,
    turns: Sequence[CrowdTurn],
    actor: Actor,
    now: datetime,
) -> dict[int, TurnOutcome]:
    """By the turn's number; who is not in it has nothing: what they asked for is gone with their
    account, or the time for it is over."""
    asks = await _asks(session, event, turns)
    outcomes: dict[int, TurnOutcome] = {}
    for variant in sorted(event.variants, key=lambda each: each.reserved.id):
        wanted = [each for each in asks if each.variant.id == variant.id]
        granted = await _grant(session, event, variant, wanted, actor=actor, now=now)
        outcomes |= dict.fromkeys((each.turn.number for each in granted), TurnOutcome.GRANTED)
        left = [each for each in wanted if each.turn.number not in outcomes]
        waiting = await _wait(session, event, variant, left, actor=actor, now=now)
        outcomes |= dict.fromkeys((each.turn.number for each in waiting), TurnOutcome.WAITING)
    return outcomes


async def _asks(
    session: AsyncSession, event: EventFacts, turns: Sequence[CrowdTurn]
) -> list[_Turn]:
    """In the order of the turns."""
    rows = await session.execute(
        select(CoupletsAsk.entry_id, CoupletsAsk.variant_id, CoupletsAsk.site_id).where(
            CoupletsAsk.entry_id.in_([turn.entry_id for turn in turns])
        )
    )
    chosen: Mapping[UUID, tuple[UUID, UUID]] = {row[0]: (row[1], row[2]) for row in rows}
    found = []
    for turn in turns:
        if turn.entry_id not in chosen or turn.member_id is None or turn.person_id is None:
            continue
        variant, site = (
            event.variant(chosen[turn.entry_id][0]),
            event.site(chosen[turn.entry_id][1]),
        )
        assert variant is not None, "variants are not removed"
        assert site is not None, "sites are not removed"
        found.append(_Turn(turn, turn.member_id, turn.person_id, variant, site))
    return found


async def _grant(
    session: AsyncSession,
    event: EventFacts,
    variant: VariantFacts,
    wanted: Sequence[_Turn],
    *,
    actor: Actor,
    now: datetime,
) -> list[_Turn]:
    """Those who have a pair now: the first of them, as many as there are pairs."""
    in_time = [each for each in wanted if now < event.release_at(each.site)]
    if not in_time:
        return []
    presses = [
        Press(
            claim_id=each.turn.entry_id,
            fingerprint=each.turn.entry_id.bytes,
            member_id=each.member_id,
            person_id=each.person_id,
            payload=Wanted(event.campaign_id, each.variant, each.site, actor),
        )
        for each in in_time
    ]
    decisions = await grant(session, variant.reserved.id, presses, RECORDER)
    return [
        each
        for each, decision in zip(in_time, decisions, strict=True)
        if decision.verdict in _HAS_ONE
    ]


async def _wait(
    session: AsyncSession,
    event: EventFacts,
    variant: VariantFacts,
    left: Sequence[_Turn],
    *,
    actor: Actor,
    now: datetime,
) -> list[_Turn]:
    """Those who have a place on the variant's list now, in the order of their turns."""
    in_time = [each for each in left if event.offering(each.site).until(now) is not None]
    if not in_time:
        return []
    places = await join_all(
        session,
        variant.reserved,
        [NewPlace(each.member_id, each.person_id) for each in in_time],
        now=now,
    )
    joined = [(each, places[each.person_id]) for each in in_time if each.person_id in places]
    if not joined:
        return []
    await session.execute(
        insert(CoupletsWait),
        [
            {
                "entry_id": place_id,
                "event_id": event.id,
                "variant_id": variant.id,
                "site_id": each.site.id,
            }
            for each, place_id in joined
        ],
    )
    changes = made(event_id=event.id, variant_id=variant.id)
    acts = [
        Act(actor, "couplets.entry.join", ENTRY, place_id, changes, at=now)
        for _, place_id in joined
    ]
    await write(session, acts)
    return [each for each, _ in joined]


async def _lock(session: AsyncSession, event: EventFacts) -> None:
    """The event before its pools, as staff who change it: the last turn writes it."""
    await queries.lock_event(session, event.id)
    await lock_all(session, event)


async def _open_to_all(
    session: AsyncSession, event: EventFacts, actor: Actor, now: datetime
) -> None:
    await session.execute(
        update(CoupletsEvent)
        .where(CoupletsEvent.id == event.id)
        .values(ordered_at=now, version=CoupletsEvent.version + 1)
    )
    after = await queries.require_event(session, event.id)
    await write(session, [event_act(actor, "open_to_all", event, after, at=now)])


TAKING: Taking[EventFacts] = Taking(
    pack=PackKind.COUPLETS,
    turns_job=TAKE_TURNS,
    tell_job=TELL_TURNS,
    find=queries.event_of_draw,
    lock=_lock,
    outcomes=_outcomes,
    open_to_all=_open_to_all,
)
