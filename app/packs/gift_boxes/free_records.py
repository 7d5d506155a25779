"""Free boxes as the flush writes them, all of a batch together: an order of one box that costs
nothing, with the proof of what entitled to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.gift_boxes import GiftBoxesLine, GiftBoxesOrder, GiftBoxesUnit
from app.models.gift_boxes_fulfilment import GiftBoxesFreeClaim
from app.models.states import Category, PackKind
from app.models.states_gift_boxes import OrderKind, OrderState, UnitState
from app.packs.gift_boxes.acts import order_act
from app.packs.gift_boxes.history import Move, write_history
from app.packs.gift_boxes.orders import Delivery, delivery_columns
from app.packs.gift_boxes.queries import BoxFacts
from app.platform.crypto import Sealer
from app.platform.db import is_one_of
from app.shared.campaigns import hold_open
from app.shared.identity.callers import Actor
from app.shared.ledger import write
from app.shared.stock import Grant, Recorder

CLAIM = "claim_free"
_NEW = (None, OrderState.PAID)


@dataclass(frozen=True, slots=True)
class Proof:
    """What entitles: a category, by whose word, until which Shanghai day."""

    category: Category
    source: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a press is for, and who presses."""

    box: BoxFacts
    delivery: Delivery
    proof: Proof
    actor: Actor
    sealer: Sealer


@dataclass(frozen=True, slots=True)
class FreeClaimRow:
    """A free box as it was given, which never changes: the answer to every repeat. Its order, the
    order's line and the unit all have the claim's id."""

    id: UUID
    box_id: UUID
    category: Category
    source: str
    valid_until: date | None
    claimed_at: datetime


async def _insert(connection: AsyncConnection, grants: Sequence[Grant]) -> list[FreeClaimRow]:
    # One pool, so one box.
    await hold_open(connection, grants[0].press.payload.box.campaign_id, PackKind.GIFT_BOXES)
    await connection.execute(insert(GiftBoxesOrder), [_order(each) for each in grants])
    await connection.execute(insert(GiftBoxesLine), [_line(each) for each in grants])
    await connection.execute(insert(GiftBoxesUnit), [_unit(each) for each in grants])
    rows = [_row(each) for each in grants]
    await connection.execute(insert(GiftBoxesFreeClaim), [_claim(row) for row in rows])
    for each in grants:
        actor: Actor = each.press.payload.actor
        await write_history(connection, Move(each.press.claim_id, CLAIM, _NEW, each.at, actor))
    await write(
        connection,
        [
            order_act(each.press.payload.actor, CLAIM, each.press.claim_id, _NEW, each.at)
            for each in grants
        ],
    )
    return rows


def _order(grant: Grant) -> dict[str, Any]:
    wanted: Wanted = grant.press.payload
    return {
        "id": grant.press.claim_id,
        "campaign_id": wanted.box.campaign_id,
        "member_id": grant.press.member_id,
        "kind": OrderKind.FREE,
        "state": OrderState.PAID,
        "amount_fen": 0,
        "placed_at": grant.at,
        "moved_at": grant.at,
        **delivery_columns(wanted.delivery, wanted.sealer),
    }


def _line(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.press.claim_id,
        "order_id": grant.press.claim_id,
        "number": 1,
        "box_id": grant.press.payload.box.id,
        "quantity": 1,
        "price_fen": 0,
    }


def _unit(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.press.claim_id,
        "line_id": grant.press.claim_id,
        "pool_id": grant.press.payload.box.free.id,
        "state": UnitState.HELD,
        "taken_at": grant.at,
    }


def _row(grant: Grant) -> FreeClaimRow:
    wanted: Wanted = grant.press.payload
    proof = wanted.proof
    return FreeClaimRow(
        grant.press.claim_id,
        wanted.box.id,
        proof.category,
        proof.source,
        proof.valid_until,
        grant.at,
    )


def _claim(row: FreeClaimRow) -> dict[str, Any]:
    return {
        "order_id": row.id,
        "box_id": row.box_id,
        "category": row.category,
        "source": row.source,
        "valid_until": row.valid_until,
        "claimed_at": row.claimed_at,
    }


_BY_ORDERS = select(
    GiftBoxesFreeClaim.order_id,
    GiftBoxesFreeClaim.box_id,
    GiftBoxesFreeClaim.category,
    GiftBoxesFreeClaim.source,
    GiftBoxesFreeClaim.valid_until,
    GiftBoxesFreeClaim.claimed_at,
).where(is_one_of(GiftBoxesFreeClaim.order_id, "ids"))


async def _read(connection: AsyncConnection, claim_ids: Sequence[UUID]) -> dict[UUID, FreeClaimRow]:
    rows = await connection.execute(_BY_ORDERS, {"ids": list(claim_ids)})
    return {row.order_id: FreeClaimRow(*row) for row in rows}


RECORDER: Recorder[FreeClaimRow] = Recorder(insert=_insert, read=_read)
