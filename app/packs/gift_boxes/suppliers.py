"""Suppliers: which accounts act for which merchant, whose a box is, and how far that reaches.

An account in the role `supplier` and in no wider one sees the boxes of its merchant alone, and of
an order its own lines; it acts on orders that are wholly its own. Without a merchant it sees
nothing. What it may not see is not found.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, false, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.models.gift_boxes import GiftBoxesBox, GiftBoxesLine, GiftBoxesOrder
from app.models.gift_boxes_fulfilment import GiftBoxesBoxSupplier, GiftBoxesSupplier
from app.models.identity import Merchant, Staff, StaffRole
from app.models.states import Role
from app.packs.gift_boxes import queries
from app.packs.gift_boxes.acts import BOX
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import InputInvalid, NotFound, StateConflict, invalid
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.identity.callers import Actor, StaffMember
from app.shared.ledger import Act, changed, write
from app.shared.stock import lock_pools

# Who of those that may call sees the boxes of every supplier.
WIDER = frozenset({Role.ADMINISTRATOR, Role.SHOP_MANAGER, Role.FINANCE, Role.AUDITOR})
_BY_NAME = Keyset(Staff.name)


@dataclass(frozen=True, slots=True)
class Share:
    """What of all boxes a caller sees: a merchant's, or (`is_all`) everybody's."""

    is_all: bool = False
    merchant_id: UUID | None = None

    def of_box(self, box_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
        """Whether that box is within it."""
        if self.is_all:
            return true()
        if self.merchant_id is None:
            return false()
        mine = select(GiftBoxesBoxSupplier.box_id).where(
            GiftBoxesBoxSupplier.merchant_id == self.merchant_id
        )
        return box_id.in_(mine)

    def of_order(self) -> ColumnElement[bool]:
        """Whether an order has a line within it."""
        line = GiftBoxesLine
        return self._lines(line.order_id == GiftBoxesOrder.id, self.of_box(line.box_id))

    def of_whole_order(self) -> ColumnElement[bool]:
        """Whether nobody else has a line of the order."""
        if self.is_all:
            return true()
        line = GiftBoxesLine
        return self.of_order() & ~self._lines(
            line.order_id == GiftBoxesOrder.id, ~self.of_box(line.box_id)
        )

    def _lines(self, *where: ColumnElement[bool]) -> ColumnElement[bool]:
        return true() if self.is_all else exists().where(*where)


@dataclass(frozen=True, slots=True)
class SupplierFacts:
    """An account in the role of supplier, and whom it acts for."""

    staff_id: UUID
    name: str
    merchant_id: UUID | None
    merchant_name: str | None


@dataclass(frozen=True, slots=True)
class BoxSupplier:
    box_id: UUID
    merchant_id: UUID | None


async def share_of(session: AsyncSession, staff: StaffMember) -> Share:
    if staff.roles & WIDER:
        return Share(is_all=True)
    found = select(GiftBoxesSupplier.merchant_id).where(GiftBoxesSupplier.staff_id == staff.id)
    return Share(merchant_id=await session.scalar(found))


async def list_suppliers(sessions: Sessions, *, page: PageRequest) -> Page[SupplierFacts]:
    """All accounts in the role, by name."""
    statement = (
        select(Staff.id, Staff.name, GiftBoxesSupplier.merchant_id, Merchant.name)
        .join(StaffRole, (StaffRole.staff_id == Staff.id) & (StaffRole.role == Role.SUPPLIER))
        .outerjoin(GiftBoxesSupplier, GiftBoxesSupplier.staff_id == Staff.id)
        .outerjoin(Merchant, Merchant.id == GiftBoxesSupplier.merchant_id)
    )
    async with sessions() as session:
        found = await _BY_NAME.page(session, statement, page)
    return found.map(lambda row: SupplierFacts(*row[:4]))


async def bind_supplier(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    staff_id: UUID,
    merchant_id: UUID | None,
) -> SupplierFacts:
    """From its next call on the account acts for this merchant, or (None) for nobody.

    Raises `NotFound` (no such account, or not in the role), `InputInvalid` (no such merchant).
    """
    async with sessions.begin() as session:
        name = await session.scalar(
            select(Staff.name)
            .join(StaffRole, StaffRole.staff_id == Staff.id)
            .where(Staff.id == staff_id, StaffRole.role == Role.SUPPLIER)
            .with_for_update(of=Staff, key_share=True)
        )
        if name is None:
            raise NotFound()
        merchant_name = await _merchant_name(session, merchant_id)
        before = await session.scalar(
            select(GiftBoxesSupplier.merchant_id).where(GiftBoxesSupplier.staff_id == staff_id)
        )
        await session.execute(
            delete(GiftBoxesSupplier).where(GiftBoxesSupplier.staff_id == staff_id)
        )
        if merchant_id is not None:
            await session.execute(
                insert(GiftBoxesSupplier).values(staff_id=staff_id, merchant_id=merchant_id)
            )
        changes = changed({"merchant_id": before}, {"merchant_id": merchant_id})
        at = clock.now()
        await write(
            session, [Act(actor, "gift_boxes.supplier.bind", "staff", staff_id, changes, at=at)]
        )
    return SupplierFacts(staff_id, name, merchant_id, merchant_name)


async def set_box_supplier(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    box_id: UUID,
    merchant_id: UUID | None,
) -> BoxSupplier:
    """Whose a box is, as long as nobody has ordered it: what was sold stays on the sheet of whom
    it was sold for.

    Raises `NotFound`, `InputInvalid` (no such merchant), `StateConflict`.
    """
    async with sessions.begin() as session:
        box = await queries.require_box(session, box_id)
        # Orders and free claims are written under these: none comes in between.
        await lock_pools(session, [box.sold.id, box.free.id])
        await _merchant_name(session, merchant_id)
        before = await session.scalar(
            select(GiftBoxesBoxSupplier.merchant_id).where(GiftBoxesBoxSupplier.box_id == box_id)
        )
        if before != merchant_id:
            await _replace(session, box_id, merchant_id)
            act = _act(actor, box_id, before, merchant_id, clock.now())
            await write(session, [act])
    return BoxSupplier(box_id, merchant_id)


async def _replace(session: AsyncSession, box_id: UUID, merchant_id: UUID | None) -> None:
    ordered = exists().where(GiftBoxesLine.box_id == box_id)
    if await session.scalar(select(GiftBoxesBox.id).where(GiftBoxesBox.id == box_id, ordered)):
        raise StateConflict(state="ordered")
    await session.execute(delete(GiftBoxesBoxSupplier).where(GiftBoxesBoxSupplier.box_id == box_id))
    if merchant_id is not None:
        await session.execute(
            insert(GiftBoxesBoxSupplier).values(box_id=box_id, merchant_id=merchant_id)
        )


def _act(actor: Actor, box_id: UUID, before: UUID | None, after: UUID | None, at: datetime) -> Act:
    changes = changed({"merchant_id": before}, {"merchant_id": after})
    return Act(actor, "gift_boxes.box.set_supplier", BOX, box_id, changes, at=at)


async def _merchant_name(session: AsyncSession, merchant_id: UUID | None) -> str | None:
    """Raises `InputInvalid`."""
    if merchant_id is None:
        return None
    found = await session.scalar(select(Merchant.name).where(Merchant.id == merchant_id))
    if found is None:
        raise unknown_merchant()
    return found


def unknown_merchant() -> InputInvalid:
    return invalid("merchant_id", "没有这个商户", "there is no such merchant", "merchant_unknown")
