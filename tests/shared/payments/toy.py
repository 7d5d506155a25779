"""Orders of these tests: a kind of thing that can be paid, over a table of its own.

A hold that lapsed is honoured as long as something is left on the shelf.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.models.states_of_payments import RefundCause
from app.platform.errors import Refusal, StateConflict, Words
from app.shared.payments import Due, Kept, Paid, Payable, RefundBecause, Refunded

KIND = "toy.order"
MAKE = """
    CREATE TABLE IF NOT EXISTS toy_order (
        id uuid PRIMARY KEY, payer_id uuid NOT NULL, amount_fen bigint NOT NULL,
        pay_before timestamptz NOT NULL, state text NOT NULL DEFAULT 'placed',
        kept_count int NOT NULL DEFAULT 0, refunded_fen bigint NOT NULL DEFAULT 0,
        told_count int NOT NULL DEFAULT 0)
"""
MAKE_SHELF = "CREATE TABLE IF NOT EXISTS toy_shelf (free int NOT NULL CHECK (free >= 0))"


class ToyExpired(Refusal):
    """As `order_expired` will be, which is the pack's to define."""

    status, code = 409, "toy_expired"
    title = Words("已超时", "Too late")
    detail = Words("已超时。", "It is too late.")


async def make_tables(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(MAKE))
        await connection.execute(text(MAKE_SHELF))


async def drop_tables(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS toy_order, toy_shelf"))


async def lock(session: AsyncSession, order_id: UUID) -> Due | None:
    return await _read(session, order_id, "FOR UPDATE")


async def look(session: AsyncSession, order_id: UUID) -> Due | None:
    """The control's: as `lock`, and nobody is kept out."""
    return await _read(session, order_id, "")


async def _read(session: AsyncSession, order_id: UUID, how: str) -> Due | None:
    found = await session.execute(
        text(f"SELECT payer_id, amount_fen, pay_before FROM toy_order WHERE id = :id {how}"),
        {"id": order_id},
    )
    row = found.one_or_none()
    if row is None:
        return None
    return Due(order_id, row.payer_id, row.amount_fen, "年货大礼包", row.pay_before)


async def check(session: AsyncSession, due: Due) -> None:
    state = await state_of(session, due.payable_id)
    now = await session.scalar(text("SELECT campaign_now()"))
    if state != "placed":
        raise StateConflict(state=state)
    if now >= due.pay_before:
        raise ToyExpired()


async def on_paid(session: AsyncSession, paid: Paid) -> Kept | RefundBecause:
    state = await state_of(session, paid.payable_id)
    if state == "lapsed":
        took = await session.execute(
            text("UPDATE toy_shelf SET free = free - 1 WHERE free > 0 RETURNING free")
        )
        if took.one_or_none() is None:
            return RefundBecause(RefundCause.HOLD_LAPSED)
    elif state != "placed":
        return RefundBecause(RefundCause.CANCELLED)
    await session.execute(
        text("UPDATE toy_order SET state = 'paid', kept_count = kept_count + 1 WHERE id = :id"),
        {"id": paid.payable_id},
    )
    return Kept()


async def on_refunded(session: AsyncSession, refunded: Refunded) -> None:
    await session.execute(
        text(
            "UPDATE toy_order SET refunded_fen = refunded_fen + :fen, told_count = told_count + 1,"
            " state = CASE WHEN :whole THEN 'refunded' ELSE state END WHERE id = :id"
        ),
        {
            "fen": refunded.amount_fen,
            "whole": refunded.refunded_fen == refunded.received_fen,
            "id": refunded.payable_id,
        },
    )


async def state_of(session: AsyncSession, order_id: UUID) -> str:
    found = await session.scalar(
        text("SELECT state FROM toy_order WHERE id = :id"), {"id": order_id}
    )
    return str(found)


async def place(
    session: AsyncSession, order_id: UUID, payer_id: UUID, amount_fen: int, pay_before: datetime
) -> None:
    await session.execute(
        text("INSERT INTO toy_order VALUES (:id, :payer, :amount, :before)"),
        {"id": order_id, "payer": payer_id, "amount": amount_fen, "before": pay_before},
    )


async def move(session: AsyncSession, order_id: UUID, state: str) -> None:
    """An order that nobody has paid yet; another stays as it is."""
    await session.execute(
        text("UPDATE toy_order SET state = :state WHERE id = :id AND state = 'placed'"),
        {"id": order_id, "state": state},
    )


async def on_paid_slowly(session: AsyncSession, paid: Paid) -> Kept | RefundBecause:
    """The control's: whoever is not kept out is here together with somebody else."""
    await session.execute(text("SELECT pg_sleep(0.05)"))
    return await on_paid(session, paid)


async def on_paid_greedily(session: AsyncSession, paid: Paid) -> Kept | RefundBecause:
    """A control's: the money stays, and the order stays cancelled."""
    answer = await on_paid(session, paid)
    return Kept() if answer == RefundBecause(RefundCause.CANCELLED) else answer


ORDER = Payable(KIND, lock, check, on_paid, on_refunded)
UNGUARDED = Payable(KIND, look, check, on_paid_slowly, on_refunded)
GREEDY = Payable(KIND, lock, check, on_paid_greedily, on_refunded)
