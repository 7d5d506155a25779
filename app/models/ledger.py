"""The ledger: one row an act, written with its effect and never changed (docs/ledger.md).

The database itself refuses to change or remove a row (`ledger_guard`); only the sealer gives
it, once, its place in the chain.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import ActorKind


class LedgerEntry(Base):
    """Who did what to which object, from where, in which request, and why.

    `at` is campaign time, `recorded_at` real time. `refusal`: the code with which the act was
    refused; then nothing happened, `times` times. `changes`: for each field that changed the
    keyed digests before and after, never a value. `position` and `digest` are the sealer's.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("(position IS NULL) = (digest IS NULL)", name="sealed_whole"),
        CheckConstraint("times > 0", name="times_positive"),
        CheckConstraint("times = 1 OR refusal IS NOT NULL", name="only_refusals_are_counted"),
        Index("ix_ledger_entry_unsealed", "id", postgresql_where=text("position IS NULL")),
        Index(None, "at", "id"),
        Index(None, "verb", "at", "id"),
        Index(None, "actor_id"),
        Index(None, "object_kind", "object_id"),
        Index(None, "request_id"),
        Index("ix_ledger_entry_refused", "at", "id", postgresql_where=text("refusal IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_kind: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, "actor_kind"))
    actor_id: Mapped[UUID | None]
    actor_roles: Mapped[str]
    origin: Mapped[str]
    verb: Mapped[str]
    refusal: Mapped[str | None]
    object_kind: Mapped[str]
    object_id: Mapped[UUID | None]
    # Text, not jsonb: what was written is what is digested.
    changes: Mapped[dict[str, list[str | None]] | None] = mapped_column(JSON(none_as_null=True))
    times: Mapped[int] = mapped_column(server_default=text("1"))
    request_id: Mapped[str]
    reason: Mapped[str | None]
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    digest: Mapped[bytes | None]


class LedgerSeal(Base):
    """A closed range of positions. `head`: SHA-256 of `previous` and the rows' digests in order."""

    __tablename__ = "ledger_seal"
    __table_args__ = (
        CheckConstraint("rows_count = last_position - first_position + 1", name="range_whole"),
        CheckConstraint("rows_count > 0", name="range_not_empty"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_position: Mapped[int] = mapped_column(BigInteger, unique=True)
    last_position: Mapped[int] = mapped_column(BigInteger, unique=True)
    rows_count: Mapped[int]
    previous: Mapped[bytes]
    head: Mapped[bytes]
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.now())
