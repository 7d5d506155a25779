"""Editions as staff look at them: all of them, and what a copy of one would take along."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign
from app.models.states import PackKind
from app.platform.db import Sessions
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.campaigns.current import CampaignFacts, PackFacts, find_campaign, read_campaigns
from app.shared.campaigns.edition import EditionPart

BY_START = Keyset(Campaign.starts_at, Campaign.id, descending=True)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of something a copy takes along."""

    pack: PackKind
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Planned:
    """An edition, and what a copy of it would take along: of a draft, what it was given."""

    campaign: CampaignFacts
    contents: Sequence[Counted]


async def list_campaigns(sessions: Sessions, *, page: PageRequest) -> Page[CampaignFacts]:
    """All of them, those that begin last first, drafts too."""
    async with sessions() as session:
        rows = await BY_START.page(session, select(Campaign.id), page)
        wanted = Campaign.id.in_(rows.items)
        found = {each.id: each for each in await read_campaigns(session, wanted)}
    return rows.map(lambda campaign_id: found[campaign_id])


async def list_packs_of(sessions: Sessions, campaign_id: UUID | None) -> Sequence[PackFacts]:
    """An edition's packs, or the current one's. Raises `NotFound`."""
    async with sessions() as session:
        return (await find_campaign(session, campaign_id)).packs


async def look_at_campaign(
    sessions: Sessions, parts: Sequence[EditionPart], *, campaign_id: UUID
) -> Planned:
    """Raises `NotFound`."""
    async with sessions() as session:
        return await read_planned(session, parts, campaign_id)


async def read_planned(
    session: AsyncSession, parts: Sequence[EditionPart], campaign_id: UUID
) -> Planned:
    campaign = await find_campaign(session, campaign_id)
    return Planned(campaign, await count_contents(session, parts, campaign_id))


async def count_contents(
    session: AsyncSession, parts: Sequence[EditionPart], campaign_id: UUID
) -> list[Counted]:
    """What a copy takes of each pack, in the packs' order."""
    found = []
    for part in parts:
        for what, statement in part.counts.items():
            count = await session.scalar(text(statement), {"campaign": campaign_id})
            found.append(Counted(part.kind, what, int(count or 0)))
    return found
