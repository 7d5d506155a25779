"""What was counted of advice, appointments and talks that are erased by now."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import District


class HealthCount(Base):
    """One thing that a figure counts: for when (`at`), and as of which times it was so. Nobody is
    found by it; it is written when what it tells of is erased, so that a report of then stays as
    it was (app/packs/health/counted.py)."""

    __tablename__ = "health_count"
    __table_args__ = (
        CheckConstraint("known_until IS NULL OR known_until >= known_from", name="known_in_order"),
        Index(None, "campaign_id", "figure"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    figure: Mapped[str]
    at: Mapped[datetime]
    known_from: Mapped[datetime]
    known_until: Mapped[datetime | None]
    district: Mapped[District | None] = mapped_column(enum_column(District, "district"))
