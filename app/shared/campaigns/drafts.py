"""A new edition's rows: a draft, its packs closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.campaign import Campaign, Pack
from app.models.states import CampaignState, PackKind, PackState
from app.platform.clock import Clock
from app.platform.errors import Words
from app.platform.ids import new_id
from app.shared.campaigns.current import CampaignFacts, find_campaign
from app.shared.campaigns.history import Move, history_row
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, made, write

OBJECT = "campaign"


@dataclass(frozen=True, slots=True)
class NewPack:
    kind: PackKind
    title: Words
    summary: Words


async def add_draft(
    session: AsyncSession,
    clock: Clock,
    row: Campaign,
    packs: Sequence[NewPack],
    *,
    actor: Actor,
    act: str,
) -> CampaignFacts:
    """A draft whose packs are closed. Whoever adds it raises the topic PACKS when all of it is
    there, so that every process knows whose things it does not show."""
    now, row.state = clock.now(), CampaignState.DRAFT
    row.created_at = now
    session.add(row)
    await session.flush()
    await session.execute(
        insert(Pack),
        [
            {
                "id": new_id(),
                "campaign_id": row.id,
                "kind": pack.kind,
                "title": pack.title.zh,
                "title_en": pack.title.en,
                "summary": pack.summary.zh,
                "summary_en": pack.summary.en,
                "state": PackState.CLOSED,
            }
            for pack in packs
        ],
    )
    session.add(history_row(row.id, Move(act, None, row.state), at=now, actor=actor))
    fields = made(name=row.name, starts_at=row.starts_at, ends_at=row.ends_at)
    await write(session, [Act(actor, f"campaigns.campaign.{act}", OBJECT, row.id, fields, at=now)])
    return await find_campaign(session, row.id)
