"""Viewers in figures: what the books have of them, and when some may be missing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class PresenceFigure(Base):
    """One subject's viewers as of `counted_until` (docs/presence.md).

    `look_us`: when Redis was looked at last, and `life`: which of its lives was seen then, in
    microseconds of Redis's own time. `known`: who is there or may still come back without
    joining. `joins_before`, `known_before`: as they stood when that life was first seen.
    `sketch`: who was there, as a HyperLogLog; gone when the figure is final.
    """

    __tablename__ = "presence_figure"
    __table_args__ = (
        CheckConstraint(
            "present >= 0 AND known >= 0 AND members >= 0 AND joins >= joins_before "
            "AND joins_before >= 0 AND known_before >= 0 AND peak >= 0",
            name="counts_not_negative",
        ),
        CheckConstraint("(peak = 0) = (peak_at IS NULL)", name="peak_has_its_time"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    counted_until: Mapped[datetime]
    look_us: Mapped[int] = mapped_column(BigInteger)
    life: Mapped[int | None] = mapped_column(BigInteger)
    present: Mapped[int]
    known: Mapped[int]
    members: Mapped[int]
    joins: Mapped[int]
    peak: Mapped[int]
    peak_at: Mapped[datetime | None]
    joins_before: Mapped[int]
    known_before: Mapped[int]
    sketch: Mapped[bytes | None]


class PresenceHistory(Base):
    """Figures as they were when they became final, which `at` says. Never changed: where what
    is watched is prolonged afterwards, its next end is another row."""

    __tablename__ = "presence_history"

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    members: Mapped[int]
    joins: Mapped[int]
    peak: Mapped[int]
    peak_at: Mapped[datetime | None]


class PresenceGap(Base):
    """From when until when viewers of a subject may be missing from its figures."""

    __tablename__ = "presence_gap"
    __table_args__ = (CheckConstraint("missed_from <= missed_until", name="from_before_until"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    missed_from: Mapped[datetime] = mapped_column(primary_key=True)
    missed_until: Mapped[datetime]
