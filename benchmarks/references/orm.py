"""The references' tables as an ORM would have them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    __table_args__ = {"schema": "reference"}  # noqa: RUF012 - as SQLAlchemy reads it


class Pool(Base):
    __tablename__ = "pool"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    total: Mapped[int]
    issued: Mapped[int] = mapped_column(server_default=text("0"))


class Voucher(Base):
    __tablename__ = "voucher"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("reference.pool.id"))
    member_no: Mapped[str]
    request_key: Mapped[str]
    code_digest: Mapped[bytes] = mapped_column(LargeBinary)
    code_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(server_default=text("'issued'"))
    issued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    valid_until: Mapped[datetime] = mapped_column(server_default=text("now() + interval '7 days'"))


class Redemption(Base):
    __tablename__ = "redemption"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID]
    redemption_no: Mapped[str]
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("reference.voucher.id"))
    redeemed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Box(Base):
    __tablename__ = "box"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    left_count: Mapped[int]
    per_person: Mapped[int]
    price_fen: Mapped[int]


class BoxOrder(Base):
    __tablename__ = "box_order"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_no: Mapped[str]
    request_key: Mapped[str]
    site_id: Mapped[UUID]
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'placed'"))
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    pay_before: Mapped[datetime] = mapped_column(
        server_default=text("now() + interval '15 minutes'")
    )


class BoxLine(Base):
    __tablename__ = "box_line"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("reference.box_order.id"))
    box_id: Mapped[UUID] = mapped_column(ForeignKey("reference.box.id"))
    quantity: Mapped[int]
    price_fen: Mapped[int]
