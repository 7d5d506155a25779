"""One year's edition, its packs, and how often their pages were viewed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import CampaignState, PackKind, PackState


class Campaign(Base):
    """An edition. Exactly one is current: the one that is meant where none is named. Several may
    be open beside each other; nothing begins in one that is not. `copied_from`: whose plans it
    took."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_end"),
        CheckConstraint("state <> 'draft' OR NOT is_current", name="draft_is_not_current"),
        Index(
            "uq_campaign_current", "is_current", unique=True, postgresql_where=text("is_current")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_current: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[CampaignState] = mapped_column(
        enum_column(CampaignState, "state"), server_default=text("'open'")
    )
    copied_from: Mapped[UUID | None] = mapped_column(ForeignKey("campaign.id"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CampaignHistory(Base):
    """Every move of a campaign, and of its packs (`pack`): who, when, from, to, why."""

    __tablename__ = "campaign_history"
    __table_args__ = (Index(None, "campaign_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    pack: Mapped[PackKind | None] = mapped_column(enum_column(PackKind, "pack"))
    at: Mapped[datetime]
    act: Mapped[str]
    actor: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason: Mapped[str | None]


class Pack(Base):
    """One of the five activities of a campaign. Open only while its campaign is."""

    __tablename__ = "pack"
    __table_args__ = (UniqueConstraint("campaign_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    kind: Mapped[PackKind] = mapped_column(enum_column(PackKind, "kind"))
    title: Mapped[str]
    title_en: Mapped[str]
    summary: Mapped[str]
    summary_en: Mapped[str]
    state: Mapped[PackState] = mapped_column(
        enum_column(PackState, "state"), server_default=text("'open'")
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))


class PackViews(Base):
    """Page views of a pack by the hour of campaign time."""

    __tablename__ = "pack_views"
    __table_args__ = (CheckConstraint("views > 0", name="views_positive"),)

    pack_id: Mapped[UUID] = mapped_column(ForeignKey("pack.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    views: Mapped[int]
