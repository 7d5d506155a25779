"""Draws as staff list them, as anybody sees them, and a member's own ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawAward, DrawEntry
from app.models.states import PackKind
from app.models.states_draws import AwardState, DrawState
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.campaigns import ClosedPacks
from app.shared.draws import picking_rules, rules
from app.shared.draws.entrants import Draws
from app.shared.draws.picking_rules import Claim
from app.shared.draws.queries import (
    AwardFacts,
    DrawFacts,
    awards_of,
    find_draw,
    of_pack,
    select_awards,
    select_draws,
    with_prizes,
)

_NEWEST_FIRST = Keyset(Draw.id, descending=True)
_IS_PUBLIC = Draw.state != DrawState.DRAFT


@dataclass(frozen=True, slots=True)
class PublicDraw:
    """A draw, what fell to whom, and what may be said of its numbers (None before they are
    named)."""

    draw: DrawFacts
    awards: Sequence[AwardFacts]
    as_of: datetime

    @property
    def bits_needed(self) -> float | None:
        if self.draw.entrants_count is None:
            return None
        return picking_rules.bits_needed(self.draw.entrants_count, self.draw.quantities)

    @property
    def bits_supplied(self) -> float | None:
        if self.draw.sources is None:
            return None
        return sum(source.bits for source in self.draw.named)

    @property
    def claim(self) -> Claim | None:
        if self.bits_supplied is None:
            return None
        tickets = self.draw.entrants_count or 0
        return picking_rules.claim_of(self.bits_supplied, tickets, self.draw.quantities)

    def state_of(self, award: AwardFacts) -> AwardState:
        return rules.award_state(award.state, award.accept_before, self.as_of)


@dataclass(frozen=True, slots=True)
class MyTicket:
    """A member's ticket, and what it won, as it is read."""

    draw: DrawFacts
    ticket_no: str
    entered_at: datetime
    is_listed: bool
    won: AwardFacts | None
    as_of: datetime

    @property
    def won_state(self) -> AwardState | None:
        if self.won is None:
            return None
        return rules.award_state(self.won.state, self.won.accept_before, self.as_of)


async def list_draws(
    sessions: Sessions,
    *,
    pack: PackKind,
    page: PageRequest,
    state: DrawState | None = None,
) -> Page[DrawFacts]:
    """A pack's, drafts too, the newest first."""
    statement = select_draws().where(of_pack(pack))
    if state is not None:
        statement = statement.where(Draw.state == state)
    async with sessions() as session:
        rows = await _NEWEST_FIRST.page(session, statement, page)
        return Page(await with_prizes(session, rows.items), rows.next_cursor)


async def find_for_staff(
    sessions: Sessions, clock: Clock, *, pack: PackKind, draw_id: UUID
) -> PublicDraw:
    """A draft too. Raises `NotFound`."""
    async with sessions() as session:
        draw = await find_draw(session, draw_id, of_pack(pack))
        return await _shown(session, clock, draw)


async def find_public(
    sessions: Sessions, clock: Clock, draws: Draws, packs: ClosedPacks, *, draw_id: UUID
) -> PublicDraw:
    """From its publication on, once its edition is no draft. Raises `NotFound`."""
    async with sessions() as session:
        draw = await find_published(session, draws, packs, draw_id)
        return await _shown(session, clock, draw)


async def my_ticket(
    sessions: Sessions, clock: Clock, *, pack: PackKind, draw_id: UUID, member_id: UUID
) -> MyTicket:
    """Mine alone. Raises `NotFound`: no such draw, or no ticket in it."""
    async with sessions() as session:
        draw = await find_draw(session, draw_id, of_pack(pack), _IS_PUBLIC)
        entry = (
            await session.execute(
                select(
                    DrawEntry.id, DrawEntry.ticket_no, DrawEntry.entered_at, DrawEntry.is_listed
                ).where(DrawEntry.draw_id == draw_id, DrawEntry.member_id == member_id)
            )
        ).one_or_none()
        if entry is None:
            raise NotFound()
        row = (
            await session.execute(select_awards().where(DrawAward.entry_id == entry.id))
        ).one_or_none()
    won = None if row is None else AwardFacts(*row)
    return MyTicket(draw, entry.ticket_no, entry.entered_at, entry.is_listed, won, clock.now())


async def find_published(
    session: AsyncSession, draws: Draws, packs: ClosedPacks, draw_id: UUID
) -> DrawFacts:
    """What anybody may read. Raises `NotFound`, for drafts and what is of a draft edition too."""
    draw = await find_draw(session, draw_id, _IS_PUBLIC)
    campaign_id = await draws.edition(session, draw.source, draw.subject_id)
    if campaign_id is not None and packs.is_draft(campaign_id):
        raise NotFound()
    return draw


async def _shown(session: AsyncSession, clock: Clock, draw: DrawFacts) -> PublicDraw:
    return PublicDraw(draw, await awards_of(session, draw.id), clock.now())
