"""The current edition with its packs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign, Pack
from app.models.states import PackKind, PackState
from app.platform.coalescer import Coalescer
from app.platform.db import Sessions
from app.platform.errors import NotFound, Words

_ORDER = {kind: place for place, kind in enumerate(PackKind)}


@dataclass(frozen=True, slots=True)
class PackFacts:
    id: UUID
    kind: PackKind
    title: Words
    summary: Words
    state: PackState


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """An edition; its packs in the order of `PackKind`."""

    id: UUID
    name: Words
    starts_at: datetime
    ends_at: datetime
    packs: tuple[PackFacts, ...]


async def current_campaign(session: AsyncSession) -> CampaignFacts:
    """The edition that is current, as committed. Raises `NotFound` when none is."""
    campaign = await session.scalar(select(Campaign).where(Campaign.is_current))
    if campaign is None:
        raise NotFound()
    packs = await session.scalars(select(Pack).where(Pack.campaign_id == campaign.id))
    return CampaignFacts(
        id=campaign.id,
        name=Words(campaign.name, campaign.name_en),
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        packs=tuple(sorted(map(pack_facts, packs), key=lambda pack: _ORDER[pack.kind])),
    )


def pack_facts(pack: Pack) -> PackFacts:
    """Its row, as plain values."""
    return PackFacts(
        id=pack.id,
        kind=pack.kind,
        title=Words(pack.title, pack.title_en),
        summary=Words(pack.summary, pack.summary_en),
        state=pack.state,
    )


class CurrentCampaign:
    """One a process: everybody's home page asks the same, so a crowd asks once."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._reads: Coalescer[None, CampaignFacts] = Coalescer(self._read, most=4096)

    async def read(self) -> CampaignFacts:
        """Never older than the question. Raises `NotFound` when no edition is current."""
        return await self._reads.ask(None)

    async def _read(self, asked: Sequence[None]) -> list[CampaignFacts]:
        async with self._sessions() as session:
            return [await current_campaign(session)] * len(asked)
