"""Where a free box goes that came free after a fair opening: to the first in the drawn order who
asked and had none. They have said already how they want it, so nothing is offered and nothing
lapses: it is given, and they are told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import DrawEntry, DrawTurn
from app.models.gift_boxes_fulfilment import GiftBoxesAsk, GiftBoxesFreeClaim
from app.models.states import PackKind
from app.models.states_draws import TurnOutcome
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.fair_turns import HAS_ONE, give, read_ask, select_asks
from app.packs.gift_boxes.free_windows import read_free_box
from app.packs.gift_boxes.order_queries import OrderFacts
from app.packs.gift_boxes.units import return_all
from app.platform.crypto import Sealer
from app.platform.db import AnyRow
from app.shared.campaigns import PackClosed, hold_open
from app.shared.identity.callers import Actor
from app.shared.outbox import NewJob, put, put_many
from app.shared.personal_data import hold_accounts

SUBSTITUTE, TELL_GIVEN = "gift_boxes.substitute", "gift_boxes.tell_given"
AT_ONCE = 500
# How soon it is looked whether a closed pack is open again.
ASK_AGAIN = timedelta(minutes=5)


async def return_free(
    session: AsyncSession,
    sealer: Sealer,
    order: OrderFacts,
    *,
    why: str,
    now: datetime,
    actor: Actor,
) -> None:
    """What a locked free order holds goes back, and on to who waits for it."""
    await return_all(session, order.id, why=why, now=now, actor=actor)
    for line in order.lines:
        await give_to_substitutes(session, sealer, line.box_id, now=now, actor=actor)


async def give_to_substitutes(
    session: AsyncSession, sealer: Sealer, box_id: UUID, *, now: datetime, actor: Actor
) -> None:
    """What is free of a box that opened by a fair draw, in the drawn order; whoever cannot have it
    just now keeps their place. The caller holds the free pool's lock.

    While staff have closed the pack nothing is given: a job comes back to it.
    """
    box = await queries.require_box(session, box_id)
    # Past the end the books give nothing, and a long list would be read for that.
    if box.fair is None or not box.free.free or now >= box.closes_at:
        return
    try:
        await hold_open(session, box.campaign_id, PackKind.GIFT_BOXES)
    except PackClosed:
        await put(session, NewJob(SUBSTITUTE, {"box_id": box_id}, due_at=now + ASK_AGAIN))
        return
    free, left, after = await read_free_box(session, box_id), box.free.free, 0
    while left > 0:
        turns = await _waiting(session, box.fair.draw_id, after)
        if not turns:
            return
        asks = [read_ask(sealer, row) for row in await _lock_asks(session, turns)]
        verdicts = await give(session, sealer, free, asks, actor=actor, now=now)
        given = [entry_id for entry_id, verdict in verdicts.items() if verdict in HAS_ONE]
        await put_many(session, [NewJob(TELL_GIVEN, {"order_id": each}) for each in given])
        left, after = left - len(given), turns[-1].turn


async def _waiting(session: AsyncSession, draw_id: UUID, after: int) -> Sequence[AnyRow]:
    """Those who wait behind that turn, in their order."""
    has_one = exists().where(GiftBoxesFreeClaim.order_id == GiftBoxesAsk.entry_id)
    rows = await session.execute(
        select(DrawTurn.turn, DrawTurn.entry_id, DrawEntry.member_id)
        .join(GiftBoxesAsk, GiftBoxesAsk.entry_id == DrawTurn.entry_id)
        .join(DrawEntry, DrawEntry.id == DrawTurn.entry_id)
        .where(
            DrawTurn.draw_id == draw_id,
            DrawTurn.outcome == TurnOutcome.WAITING,
            DrawTurn.turn > after,
            DrawEntry.member_id.is_not(None),
            GiftBoxesAsk.given_up_at.is_(None),
            ~has_one,
        )
        .order_by(DrawTurn.turn)
        .limit(AT_ONCE)
    )
    return rows.all()


async def _lock_asks(session: AsyncSession, turns: Sequence[AnyRow]) -> list[AnyRow]:
    """What they asked for, of those who wait still: none of them gives up, or is erased,
    meanwhile. The account before the ask, as an erasure takes them."""
    await hold_accounts(session, [each.member_id for each in turns])
    numbers = {each.entry_id: each.turn for each in turns}
    rows = await session.execute(
        select_asks()
        .where(GiftBoxesAsk.entry_id.in_(numbers), GiftBoxesAsk.given_up_at.is_(None))
        .order_by(GiftBoxesAsk.entry_id)
        .with_for_update(of=GiftBoxesAsk)
    )
    return sorted(rows, key=lambda row: numbers[row.entry_id])
