"""Staff give an order back, the whole or by line; above a threshold by two people.

Money never exceeds what was paid (the payments room), units never what is held. What becomes of
the units is said with it: they are sold again, or scrapped. Both happen when it is asked for;
the money arrives when the provider says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import (
    GiftBoxesLine,
    GiftBoxesOrder,
    GiftBoxesRefund,
    GiftBoxesRefundLine,
)
from app.models.states import Role
from app.models.states_gift_boxes import OrderKind, StockFate
from app.models.states_of_payments import RefundCause
from app.packs.gift_boxes import rules
from app.packs.gift_boxes.life import take
from app.packs.gift_boxes.order_queries import OrderFacts, lock_order
from app.packs.gift_boxes.paying import count_refunded
from app.packs.gift_boxes.settling import PAYABLE
from app.packs.gift_boxes.units import held_units, return_units, scrap_units
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import FieldError, InputInvalid, StateConflict, Words
from app.platform.ids import new_id
from app.platform.money import yuan
from app.shared.approvals import ApprovalKind, Approved, Asked, Payload, Proposal, propose
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.payments import RefundTooLarge, refund_payable

REFUND_PART, REFUND_ALL = "refund_part", "refund"


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """A refund of an order. `lines`: how many of which line; none where it was money alone."""

    id: UUID
    order_id: UUID
    amount_fen: int
    stock: StockFate | None
    asked_at: datetime
    returned_at: datetime | None
    lines: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is given back: `act` is the order's move, `amount_fen` the money."""

    act: str
    amount_fen: int
    lines: Mapping[UUID, int]


async def refund_order(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    actor: Actor,
    order_id: UUID,
    lines: Mapping[UUID, int] | None,
    stock: StockFate,
    reason: str,
) -> RefundFacts | Asked:
    """So many of these lines go back, or (None) all that is left; or it is asked for, where it
    is more than one may alone.

    Raises `NotFound`, `InputInvalid`, `StateConflict`, `RefundTooLarge`, `ApprovalPending`.
    """
    async with sessions.begin() as session:
        find = select(GiftBoxesOrder.id).where(GiftBoxesOrder.id == order_id)
        await once.first(session, about=find)
        order = await lock_order(session, order_id)
        wanted = _wanted(order, lines, clock.now())
        proposal = _proposal(order, wanted, stock, reason)
        asked = await propose(session, once, REFUND, proposal, actor=actor)
        if asked is not None:
            return asked
        refund = await _refund(
            session, clock, order, wanted, new_id(), actor=actor, stock=stock, reason=reason
        )
        await once.keep(session, refund)
    return refund


def _wanted(order: OrderFacts, lines: Mapping[UUID, int] | None, now: datetime) -> _Wanted:
    """Raises `InputInvalid` (a line that is not the order's), `StateConflict`, `RefundTooLarge`."""
    left = {line.id: line.left for line in order.lines}
    counts = {line_id: count for line_id, count in left.items() if count}
    if lines is not None:
        unknown = [line_id for line_id in lines if line_id not in left]
        if unknown:
            raise InputInvalid(errors=(_UNKNOWN_LINE,))
        counts = dict(lines)
    left_fen = order.amount_fen - order.refunded_fen
    is_whole = all(counts.get(line_id, 0) >= count for line_id, count in left.items())
    act = REFUND_ALL if is_whole else REFUND_PART
    state = order.state_at(now)
    rules.next_state(state, act)
    if order.kind is OrderKind.FREE:
        raise StateConflict(state=state.value)
    prices = {line.id: line.price_fen for line in order.lines}
    by_lines_fen = sum(prices[line_id] * count for line_id, count in counts.items())
    amount_fen = left_fen if is_whole else by_lines_fen
    too_many = any(count > left[line_id] for line_id, count in counts.items())
    if too_many or not 0 < amount_fen <= left_fen:
        raise RefundTooLarge(left_fen=left_fen)
    return _Wanted(act, amount_fen, counts)


async def _refund(
    session: AsyncSession,
    clock: Clock,
    order: OrderFacts,
    wanted: _Wanted,
    refund_id: UUID,
    *,
    actor: Actor,
    stock: StockFate,
    reason: str,
    why: str | None = None,
) -> RefundFacts:
    """The order is locked. Its payment, its rows, its move, then its units."""
    now = clock.now()
    await refund_payable(
        session,
        clock,
        kind=PAYABLE,
        payable_id=order.id,
        refund_id=refund_id,
        amount_fen=wanted.amount_fen,
        cause=RefundCause.RETURNED,
        actor=actor,
        reason=reason,
    )
    refund = RefundFacts(refund_id, order.id, wanted.amount_fen, stock, now, None, wanted.lines)
    await _insert(session, refund)
    await count_refunded(session, order.id)
    await take(session, order, wanted.act, now=now, actor=actor, kept_reason=why or reason)
    unit_ids = [
        unit_id
        for line_id, count in wanted.lines.items()
        for unit_id in await held_units(session, line_id, count)
    ]
    if stock is StockFate.SCRAP:
        await scrap_units(session, unit_ids, now=now)
    else:
        await return_units(session, unit_ids, why="refund", now=now, actor=actor)
    return refund


async def refund_whole(
    session: AsyncSession,
    clock: Clock,
    order: OrderFacts,
    *,
    actor: Actor,
    stock: StockFate,
    reason: str,
) -> RefundFacts:
    """All that is left of a locked order, by the campaign's rules: time decided it, so nobody has
    to approve it. Raises `StateConflict`, `RefundTooLarge` (nothing is left)."""
    wanted = _wanted(order, None, clock.now())
    return await _refund(
        session, clock, order, wanted, new_id(), actor=actor, stock=stock, reason=reason
    )


async def _insert(session: AsyncSession, refund: RefundFacts) -> None:
    await session.execute(
        insert(GiftBoxesRefund).values(
            id=refund.id,
            order_id=refund.order_id,
            amount_fen=refund.amount_fen,
            stock=refund.stock,
            asked_at=refund.asked_at,
        )
    )
    for line_id, count in refund.lines.items():
        await session.execute(
            insert(GiftBoxesRefundLine).values(refund_id=refund.id, line_id=line_id, quantity=count)
        )
        await session.execute(
            update(GiftBoxesLine)
            .where(GiftBoxesLine.id == line_id)
            .values(refunded_count=GiftBoxesLine.refunded_count + count)
        )


def _proposal(order: OrderFacts, wanted: _Wanted, stock: StockFate, reason: str) -> Proposal:
    amount, count = yuan(wanted.amount_fen), sum(wanted.lines.values())
    payload: dict[str, Any] = {
        "lines": {str(line_id): n for line_id, n in wanted.lines.items()},
        "stock": stock.value,
        "amount_fen": wanted.amount_fen,
    }
    return Proposal(
        object_id=order.id,
        payload=payload,
        summary=Words(
            f"订单 {order.id} 退 {count} 份，退款 {amount} 元",
            f"Refund {count} of the order {order.id}, {amount} yuan",
        ),
        reason=reason,
        amount_fen=wanted.amount_fen,
    )


async def _again(session: AsyncSession, order_id: UUID, payload: Payload) -> _Wanted:
    """What was asked for, judged by how the order stands now, under its lock."""
    order = await lock_order(session, order_id)
    lines = {UUID(line_id): int(count) for line_id, count in payload["lines"].items()}
    wanted = _wanted(order, lines, order.moved_at)
    if wanted.amount_fen != payload["amount_fen"]:
        raise RefundTooLarge(left_fen=order.amount_fen - order.refunded_fen)
    return wanted


async def _check(session: AsyncSession, order_id: UUID, payload: Payload) -> None:
    await _again(session, order_id, payload)


async def _perform(
    session: AsyncSession, approved: Approved, actor: Actor, *, clock: Clock
) -> None:
    wanted = await _again(session, approved.object_id, approved.payload)
    await _refund(
        session,
        clock,
        await lock_order(session, approved.object_id),
        wanted,
        # The approval's own, so whatever is repeated, it is this refund.
        approved.approval_id,
        actor=actor,
        stock=StockFate(approved.payload["stock"]),
        reason=approved.reason,
        why=approved.why,
    )


REFUND = ApprovalKind(
    name="gift_boxes.refund",
    object_kind="order",
    deciders=frozenset({Role.FINANCE}),
    check=_check,
    perform=_perform,
)

_UNKNOWN_LINE = FieldError(
    "#/lines", Words("订单中没有这一行", "the order has no such line"), "line_unknown"
)
