"""What a turn of a fair opening is worth: a free box as it was asked for, or to be given what comes
free afterwards (`substitutes.py`). `shared/draws/taking.py` takes the turns in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import DrawEntry
from app.models.gift_boxes import GiftBoxesBox, GiftBoxesSite
from app.models.gift_boxes_fulfilment import GiftBoxesAsk
from app.models.states import PackKind
from app.models.states_draws import TurnOutcome
from app.models.states_gift_boxes import DeliveryMode
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.acts import box_act
from app.packs.gift_boxes.draws import TAKE_TURNS
from app.packs.gift_boxes.entitled import held_by, prove
from app.packs.gift_boxes.free_records import RECORDER, Wanted
from app.packs.gift_boxes.free_windows import FreeBox, read_free_box
from app.packs.gift_boxes.orders import Delivery
from app.packs.gift_boxes.queries import BoxFacts
from app.packs.gift_boxes.seals import ASK_ADDRESS, ASK_PHONE, ASK_RECIPIENT
from app.platform.crypto import Sealer
from app.platform.db import AnySelect
from app.shared.draws import CrowdTurn, Taking
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.personal_data import hold_accounts
from app.shared.stock import Press, Verdict, grant, lock_pools

TELL_TURNS = "gift_boxes.tell_turns"
HAS_ONE = frozenset({Verdict.GRANTED, Verdict.REPEATED})


@dataclass(frozen=True, slots=True)
class FreeAsk:
    """Somebody's ask. `delivery`: None where there is no address any more."""

    entry_id: UUID
    member_id: UUID
    person_id: UUID
    delivery: Delivery | None
    site_closes_at: datetime | None

    def way_at(self, now: datetime) -> Delivery | None:
        """How it can still be had."""
        is_closed = self.site_closes_at is not None and self.site_closes_at <= now
        return None if is_closed else self.delivery


ASK = (
    GiftBoxesAsk.entry_id,
    DrawEntry.member_id,
    DrawEntry.person_id,
    GiftBoxesAsk.mode,
    GiftBoxesAsk.site_id,
    GiftBoxesAsk.recipient_sealed,
    GiftBoxesAsk.phone_sealed,
    GiftBoxesAsk.address_sealed,
    GiftBoxesSite.closes_at,
)


def select_asks() -> AnySelect:
    """Of tickets of which it is known whose they are."""
    return (
        select(*ASK)
        .join(DrawEntry, DrawEntry.id == GiftBoxesAsk.entry_id)
        .outerjoin(GiftBoxesSite, GiftBoxesSite.id == GiftBoxesAsk.site_id)
        .where(DrawEntry.member_id.is_not(None))
    )


def read_ask(sealer: Sealer, row: Any) -> FreeAsk:
    """A row of `select_asks`."""
    delivery: Delivery | None = Delivery(
        row.mode,
        row.site_id,
        ASK_RECIPIENT.open_if_any(sealer, row.recipient_sealed),
        ASK_PHONE.open_if_any(sealer, row.phone_sealed),
        ASK_ADDRESS.open_if_any(sealer, row.address_sealed),
    )
    if row.mode is DeliveryMode.DELIVERY and row.address_sealed is None:
        delivery = None
    return FreeAsk(row.entry_id, row.member_id, row.person_id, delivery, row.closes_at)


async def give(
    session: AsyncSession,
    sealer: Sealer,
    free: FreeBox,
    asks: Sequence[FreeAsk],
    *,
    actor: Actor,
    now: datetime,
) -> dict[UUID, Verdict]:
    """A free box to each, in this order, as long as there are any; a ticket is its own claim. By
    the ticket, what the books said: who is not in it is not entitled (any more), or what they
    asked for cannot be had (any more). The pool is locked."""
    held = await held_by(session, [each.member_id for each in asks])
    presses = []
    for each in asks:
        proof, delivery = prove(free, held.get(each.member_id, ()), now), each.way_at(now)
        if proof is not None and delivery is not None:
            wanted = Wanted(free.box, delivery, proof, actor, sealer)
            print_ = each.entry_id.bytes
            presses.append(
                Press(each.entry_id, print_, each.member_id, each.person_id, payload=wanted)
            )
    if not presses:
        return {}
    decisions = await grant(session, free.box.free.id, presses, RECORDER)
    return {
        press.claim_id: decision.verdict for press, decision in zip(presses, decisions, strict=True)
    }


def taking(sealer: Sealer) -> Taking[BoxFacts]:
    """How the turns of a box are taken."""
    return Taking(
        pack=PackKind.GIFT_BOXES,
        turns_job=TAKE_TURNS,
        tell_job=TELL_TURNS,
        find=queries.box_of_draw,
        lock=_lock,
        outcomes=_Outcomes(sealer),
        open_to_all=_open_to_all,
    )


@dataclass(frozen=True, slots=True)
class _Outcomes:
    sealer: Sealer

    async def __call__(
        self,
        session: AsyncSession,
        box: BoxFacts,
        turns: Sequence[CrowdTurn],
        actor: Actor,
        now: datetime,
    ) -> dict[int, TurnOutcome]:
        """Who is not in it has nothing: they are not entitled any more, have one already, or what
        they asked for is gone with their account."""
        await hold_accounts(session, [turn.member_id for turn in turns if turn.member_id])
        numbers = {turn.entry_id: turn.number for turn in turns}
        rows = await session.execute(select_asks().where(GiftBoxesAsk.entry_id.in_(numbers)))
        asks = [read_ask(self.sealer, row) for row in rows]
        asks.sort(key=lambda each: numbers[each.entry_id])
        free = await read_free_box(session, box.id)
        verdicts = await give(session, self.sealer, free, asks, actor=actor, now=now)
        return {
            numbers[entry_id]: TurnOutcome.GRANTED if verdict in HAS_ONE else TurnOutcome.WAITING
            for entry_id, verdict in verdicts.items()
            if verdict in HAS_ONE or verdict is Verdict.SOLD_OUT
        }


async def _lock(session: AsyncSession, box: BoxFacts) -> None:
    """The box before its pool, as staff who change it: the last turn writes it."""
    await queries.lock_box(session, box.id)
    await lock_pools(session, [box.free.id])


async def _open_to_all(session: AsyncSession, box: BoxFacts, actor: Actor, now: datetime) -> None:
    await session.execute(
        update(GiftBoxesBox)
        .where(GiftBoxesBox.id == box.id)
        .values(ordered_at=now, version=GiftBoxesBox.version + 1)
    )
    after = await queries.require_box(session, box.id)
    await write(session, [box_act(actor, "open_to_all", box, after, at=now)])
