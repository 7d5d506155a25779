"""Acts that need a second person: what was asked, who decided, and from which amount on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import ApprovalState

PENDING = "state = 'pending'"


class Approval(Base):
    """An act that somebody asked for and somebody else decides. Times are campaign time.

    A pending one past `expires_at` has lapsed. `counted_fen`: `amount_fen` with what was done
    alone before it, which is what was compared with `threshold_fen`; null where a kind always
    needs a second person. `refusal`: why the act could not be done when it was approved.
    """

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('pending', 'lapsed')) = (decided_at IS NULL) "
            "AND (decided_at IS NULL) = (decided_by IS NULL) "
            "AND (decided_at IS NULL) = (decision_reason IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint(
            "decided_by IS NULL OR (state = 'withdrawn') = (decided_by = asked_by)",
            name="nobody_decides_their_own",
        ),
        CheckConstraint(
            "private_sealed IS NULL OR state = 'pending'", name="nothing_private_outlasts_it"
        ),
        CheckConstraint("(state = 'failed') = (refusal IS NOT NULL)", name="failed_with_its_code"),
        CheckConstraint(
            "(amount_fen IS NULL) = (counted_fen IS NULL) "
            "AND (amount_fen IS NULL) = (threshold_fen IS NULL)",
            name="measured_whole",
        ),
        Index(
            "uq_approval_pending",
            "kind",
            "object_id",
            unique=True,
            postgresql_where=text(PENDING),
        ),
        Index(None, "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[UUID]
    # Ids, numbers and times, never what has to be sealed: that waits beside it, until the end.
    payload: Mapped[dict[str, Any]]
    private_sealed: Mapped[bytes | None]
    summary_zh: Mapped[str]
    summary_en: Mapped[str]
    reason: Mapped[str]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    counted_fen: Mapped[int | None] = mapped_column(BigInteger)
    threshold_fen: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[ApprovalState] = mapped_column(
        enum_column(ApprovalState, "state"), server_default=text("'pending'")
    )
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    refusal: Mapped[str | None]


class ApprovalThreshold(Base):
    """Above it a kind of act needs a second person. Null, like no row: it never does."""

    __tablename__ = "approval_threshold"
    __table_args__ = (CheckConstraint("threshold_fen >= 0", name="threshold_not_negative"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(unique=True)
    threshold_fen: Mapped[int | None] = mapped_column(BigInteger)


class UnapprovedAct(Base):
    """What somebody did alone: later slices of the same are counted with it."""

    __tablename__ = "unapproved_act"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        Index(None, "object_id", "kind", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    object_id: Mapped[UUID]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
