"""The books: the only place that grants anything limited (docs/stock.md).

A pool's `issued` is always the sum of its entries and `seq` the number of the
last one. Only functions of the database and `app/shared/stock` write here.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import PoolState


class StockGroup(Base):
    """Pools that share limits per person. Its row is locked before theirs."""

    __tablename__ = "stock_group"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class StockPool(Base):
    """Units of one limited thing. No limit is NULL. The window is `[opens_at, closes_at)`."""

    __tablename__ = "stock_pool"
    __table_args__ = (
        CheckConstraint("0 <= issued AND issued <= total", name="issued_within_total"),
        CheckConstraint("opens_at < closes_at", name="opens_before_close"),
        CheckConstraint("per_person_per_day > 0", name="per_person_per_day_positive"),
        CheckConstraint("per_person_total > 0", name="per_person_total_positive"),
        Index(None, "group_id"),
        Index(None, "owner_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("stock_group.id"))
    kind: Mapped[str]
    owner_id: Mapped[UUID]
    total: Mapped[int]
    issued: Mapped[int] = mapped_column(server_default=text("0"))
    seq: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[PoolState] = mapped_column(enum_column(PoolState, "state"))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    per_person_per_day: Mapped[int | None]
    per_person_total: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StockEntry(Base):
    """One line of the books, append-only. Quantity 0 records a change of the pool itself."""

    __tablename__ = "stock_entry"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN -1 AND 1", name="one_unit"),
        CheckConstraint(
            "(quantity = 0) = (claim_id IS NULL) AND (quantity = 0) = (member_id IS NULL) "
            "AND (quantity = 0) = (person_id IS NULL) AND (quantity = 0) = (day IS NULL)",
            name="whose",
        ),
        CheckConstraint("(quantity > 0) = (fingerprint IS NOT NULL)", name="fingerprint_of_grant"),
        Index(
            "uq_stock_entry_grant", "claim_id", unique=True, postgresql_where=text("quantity > 0")
        ),
        Index(
            "uq_stock_entry_return", "claim_id", unique=True, postgresql_where=text("quantity < 0")
        ),
    )

    pool_id: Mapped[UUID] = mapped_column(ForeignKey("stock_pool.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    total_after: Mapped[int]
    claim_id: Mapped[UUID | None]
    fingerprint: Mapped[bytes | None]
    member_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    day: Mapped[date | None]
    at: Mapped[datetime]
    why: Mapped[str | None]


class StockInspection(Base):
    """What the worker found when it last held every pool against its entries and rows. One row;
    `inspected_at` is real time."""

    __tablename__ = "stock_inspection"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("0 <= unequal_count AND unequal_count <= pools_count", name="counts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pools_count: Mapped[int]
    unequal_count: Mapped[int]
    inspected_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StockUse(Base):
    """What a person holds of a group: a row a Shanghai day, and one of day `-infinity` for all."""

    __tablename__ = "stock_use"
    __table_args__ = (CheckConstraint("0 <= used AND used <= cap", name="used_within_cap"),)

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("stock_group.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int]
    cap: Mapped[int | None]
