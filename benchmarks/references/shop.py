"""A small shop as most teams write it: lock the box, look, take, write the order, commit."""

from typing import Any, Literal
from uuid import UUID

from fastapi import HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import Sessions
from app.platform.ids import new_id
from benchmarks.references.claims import LIMIT_REACHED, SOLD_OUT
from benchmarks.references.orm import Box, BoxLine, BoxOrder


class Line(BaseModel):
    box_id: UUID
    quantity: int = Field(ge=1, le=50)
    price_fen: int | None = None


class Delivery(BaseModel):
    mode: Literal["pickup"]
    site_id: UUID


class Basket(BaseModel):
    lines: list[Line] = Field(min_length=1, max_length=20)
    delivery: Delivery


async def order(sessions: Sessions, basket: Basket, number: str, key: str) -> dict[str, Any]:
    """All lines or none, held for a quarter of an hour; a repeated key is the same order."""
    async with sessions.begin() as session:
        known = await session.scalar(
            select(BoxOrder).where(BoxOrder.member_no == number, BoxOrder.request_key == key)
        )
        if known is not None:
            return _shown(known)
        placed = BoxOrder(
            id=new_id(),
            member_no=number,
            request_key=key,
            site_id=basket.delivery.site_id,
            amount_fen=0,
        )
        session.add(placed)
        await session.flush()
        # In one order, so that two baskets do not wait for each other.
        for line in sorted(basket.lines, key=lambda each: each.box_id):
            placed.amount_fen += await _take(session, placed.id, line, number)
        await session.flush()
        await session.refresh(placed, ["state", "placed_at", "pay_before"])
    # Only now: the block's end has committed.
    return _shown(placed)


async def _take(session: AsyncSession, order_id: UUID, line: Line, number: str) -> int:
    """What so many of a box cost; they are this order's now."""
    box = await session.scalar(select(Box).where(Box.id == line.box_id).with_for_update())
    if box is None:
        raise HTTPException(404)
    held = await session.scalar(
        select(func.coalesce(func.sum(BoxLine.quantity), 0))
        .join(BoxOrder, BoxOrder.id == BoxLine.order_id)
        .where(BoxLine.box_id == box.id, BoxOrder.member_no == number)
    )
    if (held or 0) + line.quantity > box.per_person:
        raise HTTPException(409, LIMIT_REACHED)
    if box.left_count < line.quantity:
        raise HTTPException(409, SOLD_OUT)
    if line.price_fen not in {None, box.price_fen}:
        raise HTTPException(409, {"code": "price_changed"})
    box.left_count -= line.quantity
    session.add(
        BoxLine(
            id=new_id(),
            order_id=order_id,
            box_id=box.id,
            quantity=line.quantity,
            price_fen=box.price_fen,
        )
    )
    return box.price_fen * line.quantity


def _shown(order: BoxOrder) -> dict[str, Any]:
    return {
        "id": order.id,
        "state": order.state,
        "amount_fen": order.amount_fen,
        "placed_at": order.placed_at,
        "pay_before": order.pay_before,
    }
