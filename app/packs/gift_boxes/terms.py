"""A campaign's rules of the sale: data, which staff change and which the next order feels."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes import GiftBoxesRules
from app.packs.gift_boxes.rules import SaleRules
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import VersionStale
from app.shared.campaigns import find_campaign
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed, write

_COLUMNS = (
    GiftBoxesRules.hold_min,
    GiftBoxesRules.offer_valid_min,
    GiftBoxesRules.offer_lead_min,
    GiftBoxesRules.version,
)


async def read_rules(session: AsyncSession, campaign_id: UUID) -> SaleRules:
    """As committed; a campaign that nobody has changed has the edition's."""
    row = (await session.execute(_select(campaign_id))).one_or_none()
    return SaleRules() if row is None else SaleRules(*row)


async def get_rules(sessions: Sessions, campaign_id: UUID | None = None) -> SaleRules:
    """A campaign's, or the current one's. Raises `NotFound`."""
    async with sessions() as session:
        return await read_rules(session, (await find_campaign(session, campaign_id)).id)


async def change_rules(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    version: int,
    changes: dict[str, Any],
    reason: str,
    campaign_id: UUID | None = None,
) -> SaleRules:
    """For orders and offers from now on; those that stand keep their time.

    Raises `NotFound`, `VersionStale`.
    """
    async with sessions.begin() as session:
        campaign_id = (await find_campaign(session, campaign_id)).id
        await session.execute(
            insert(GiftBoxesRules).values(campaign_id=campaign_id).on_conflict_do_nothing()
        )
        row = (await session.execute(_select(campaign_id).with_for_update())).one()
        before = SaleRules(*row)
        if before.version != version:
            raise VersionStale(version=before.version)
        row = (
            await session.execute(
                update(GiftBoxesRules)
                .where(GiftBoxesRules.campaign_id == campaign_id)
                .values(version=GiftBoxesRules.version + 1, **changes)
                .returning(*_COLUMNS)
            )
        ).one()
        after = SaleRules(*row)
        fields, at = changed(_fields(before), _fields(after)), clock.now()
        act = Act(
            actor, "gift_boxes.rules.change", "campaign", campaign_id, fields, at=at, reason=reason
        )
        await write(session, [act])
    return after


def _select(campaign_id: UUID) -> AnySelect:
    return select(*_COLUMNS).where(GiftBoxesRules.campaign_id == campaign_id)


def _fields(rules: SaleRules) -> dict[str, Any]:
    return {
        "hold_min": rules.hold_min,
        "offer_valid_min": rules.offer_valid_min,
        "offer_lead_min": rules.offer_lead_min,
    }
