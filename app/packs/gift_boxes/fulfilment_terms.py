"""A campaign's rules of handing over: data, which staff change."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.gift_boxes_fulfilment import GiftBoxesFulfilmentRules
from app.packs.gift_boxes.fulfilment_rules import FulfilmentRules
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import VersionStale
from app.shared.campaigns import find_campaign
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed, write

_COLUMNS = (
    GiftBoxesFulfilmentRules.close_after_days,
    GiftBoxesFulfilmentRules.not_fetched_stock,
    GiftBoxesFulfilmentRules.version,
)


async def read_fulfilment_rules(session: AsyncSession, campaign_id: UUID) -> FulfilmentRules:
    """As committed; a campaign that nobody has changed has the edition's."""
    row = (await session.execute(_select(campaign_id))).one_or_none()
    return FulfilmentRules() if row is None else FulfilmentRules(*row)


async def get_fulfilment_rules(
    sessions: Sessions, campaign_id: UUID | None = None
) -> FulfilmentRules:
    """A campaign's, or the current one's. Raises `NotFound`."""
    async with sessions() as session:
        return await read_fulfilment_rules(session, (await find_campaign(session, campaign_id)).id)


async def change_fulfilment_rules(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    version: int,
    changes: dict[str, Any],
    reason: str,
    campaign_id: UUID | None = None,
) -> FulfilmentRules:
    """From now on, for orders that stand as well: nothing is closed or lapsed before its job.

    Raises `NotFound`, `VersionStale`.
    """
    async with sessions.begin() as session:
        campaign_id = (await find_campaign(session, campaign_id)).id
        await session.execute(
            insert(GiftBoxesFulfilmentRules)
            .values(campaign_id=campaign_id)
            .on_conflict_do_nothing()
        )
        row = (await session.execute(_select(campaign_id).with_for_update())).one()
        before = FulfilmentRules(*row)
        if before.version != version:
            raise VersionStale(version=before.version)
        row = (
            await session.execute(
                update(GiftBoxesFulfilmentRules)
                .where(GiftBoxesFulfilmentRules.campaign_id == campaign_id)
                .values(version=GiftBoxesFulfilmentRules.version + 1, **changes)
                .returning(*_COLUMNS)
            )
        ).one()
        after = FulfilmentRules(*row)
        act = Act(
            actor,
            "gift_boxes.fulfilment_rules.change",
            "campaign",
            campaign_id,
            changed(_fields(before), _fields(after)),
            at=clock.now(),
            reason=reason,
        )
        await write(session, [act])
    return after


def _select(campaign_id: UUID) -> AnySelect:
    return select(*_COLUMNS).where(GiftBoxesFulfilmentRules.campaign_id == campaign_id)


def _fields(rules: FulfilmentRules) -> dict[str, Any]:
    return {
        "close_after_days": rules.close_after_days,
        "not_fetched_stock": rules.not_fetched_stock,
    }
