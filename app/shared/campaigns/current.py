"""Editions with their packs: the current one, one by its id, and those that members see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.models.campaign import Campaign, Pack
from app.models.states import CampaignState, PackKind, PackState
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
    version: int = 1


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """An edition; its packs in the order of `PackKind`."""

    id: UUID
    name: Words
    starts_at: datetime
    ends_at: datetime
    packs: tuple[PackFacts, ...]
    state: CampaignState = CampaignState.OPEN
    is_current: bool = True
    copied_from: UUID | None = None
    version: int = 1


async def current_campaign(session: AsyncSession) -> CampaignFacts:
    """The edition that is current, as committed. Raises `NotFound` when none is."""
    return await find_campaign(session, None)


async def find_campaign(session: AsyncSession, campaign_id: UUID | None) -> CampaignFacts:
    """That edition, drafts too, or the current one. Raises `NotFound`."""
    current = Campaign.is_current.is_(True)
    this = current if campaign_id is None else Campaign.id == campaign_id
    found = await read_campaigns(session, this)
    if not found:
        raise NotFound()
    return found[0]


async def shown_campaign(session: AsyncSession, campaign_id: UUID | None) -> CampaignFacts:
    """That edition, unless it is a draft, or the current one: what a member may name. Raises
    `NotFound`."""
    found = await find_campaign(session, campaign_id)
    if found.state is CampaignState.DRAFT:
        raise NotFound()
    return found


async def read_campaigns(session: AsyncSession, *where: ColumnElement[bool]) -> list[CampaignFacts]:
    """The current one first, then those that begin last."""
    campaigns = await session.scalars(
        select(Campaign)
        .where(*where)
        .order_by(Campaign.is_current.desc(), Campaign.starts_at.desc(), Campaign.id)
    )
    rows = campaigns.all()
    packs = await session.scalars(
        select(Pack).where(Pack.campaign_id.in_([row.id for row in rows]))
    )
    of: dict[UUID, list[PackFacts]] = {row.id: [] for row in rows}
    for pack in packs:
        of[pack.campaign_id].append(pack_facts(pack))
    return [_facts(row, of[row.id]) for row in rows]


def shown(
    column: InstrumentedAttribute[UUID], campaign_id: UUID | None = None
) -> ColumnElement[bool]:
    """Whether what belongs to the edition in this column is for members to see: of one edition
    if it is named, else of those that are open and of the current one. Never a draft's."""
    running = or_(Campaign.is_current, Campaign.state == CampaignState.OPEN)
    wanted = running if campaign_id is None else Campaign.id == campaign_id
    return column.in_(select(Campaign.id).where(wanted, Campaign.state != CampaignState.DRAFT))


def is_no_draft(column: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether what belongs to the edition in this column may be known outside, ended or not."""
    return column.not_in(select(Campaign.id).where(Campaign.state == CampaignState.DRAFT))


def _facts(row: Campaign, packs: Sequence[PackFacts]) -> CampaignFacts:
    return CampaignFacts(
        id=row.id,
        name=Words(row.name, row.name_en),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        packs=tuple(sorted(packs, key=lambda pack: _ORDER[pack.kind])),
        state=row.state,
        is_current=row.is_current,
        copied_from=row.copied_from,
        version=row.version,
    )


def pack_facts(pack: Pack) -> PackFacts:
    """Its row, as plain values."""
    return PackFacts(
        id=pack.id,
        kind=pack.kind,
        title=Words(pack.title, pack.title_en),
        summary=Words(pack.summary, pack.summary_en),
        state=pack.state,
        version=pack.version,
    )


class CurrentCampaign:
    """One a process: everybody's home page asks the same, so a crowd asks once."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._reads: Coalescer[None, list[CampaignFacts]] = Coalescer(self._read, most=4096)

    async def read(self) -> CampaignFacts:
        """Never older than the question. Raises `NotFound` when no edition is current."""
        return (await self.shown())[0]

    async def shown(self) -> list[CampaignFacts]:
        """The current edition, then the others that are open. Raises `NotFound` when none is
        current."""
        found = await self._reads.ask(None)
        if not found or not found[0].is_current:
            raise NotFound()
        return found

    async def _read(self, asked: Sequence[None]) -> list[list[CampaignFacts]]:
        wanted = or_(Campaign.is_current, Campaign.state == CampaignState.OPEN)
        async with self._sessions() as session:
            return [await read_campaigns(session, wanted)] * len(asked)
