"""A campaign's limits of wishes: data, which staff change and which is felt at once."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states import WishState
from app.models.wishes import Wish, WishLimits
from app.packs.wishes.rules import Limits
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import VersionStale
from app.shared.campaigns import find_campaign
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed, write
from app.shared.stock import change_person_limit

_COLUMNS = (
    WishLimits.open_claims,
    WishLimits.open_wishes,
    WishLimits.cooldown_h,
    WishLimits.similar_days,
    WishLimits.version,
)


async def read_limits(session: AsyncSession, campaign_id: UUID) -> Limits:
    """As committed; a campaign that nobody has changed has the edition's."""
    row = (await session.execute(_select(campaign_id))).one_or_none()
    return Limits() if row is None else Limits(*row)


async def hold_limits(session: AsyncSession, campaign_id: UUID) -> Limits:
    """They stay as they are until this transaction ends: what is made by them is right."""
    return await _lock(
        session, campaign_id, _select(campaign_id).with_for_update(key_share=True, read=True)
    )


async def get_limits(sessions: Sessions, campaign_id: UUID | None = None) -> Limits:
    """A campaign's, or the current one's. Raises `NotFound`."""
    async with sessions() as session:
        return await read_limits(session, (await find_campaign(session, campaign_id)).id)


async def change_limits(
    sessions: Sessions,
    clock: Clock,
    *,
    actor: Actor,
    version: int,
    changes: dict[str, Any],
    reason: str,
    campaign_id: UUID | None = None,
) -> Limits:
    """The next claim and the next wish feel it; what was claimed and posted before stays.

    The cap of claims is also stock's: the pools of all wishes that are not over take it under
    the flush's own locks. Raises `NotFound`, `VersionStale`.
    """
    async with sessions.begin() as session:
        campaign_id = (await find_campaign(session, campaign_id)).id
        before = await _lock(session, campaign_id, _select(campaign_id).with_for_update())
        if before.version != version:
            raise VersionStale(version=before.version)
        row = await session.execute(
            update(WishLimits)
            .where(WishLimits.campaign_id == campaign_id)
            .values(version=WishLimits.version + 1, **changes)
            .returning(*_COLUMNS)
        )
        after = Limits(*row.one())
        if after.open_claims != before.open_claims:
            pools = await session.scalars(
                select(Wish.pool_id).where(
                    Wish.campaign_id == campaign_id,
                    Wish.state.in_([WishState.PENDING_REVIEW, WishState.OPEN]),
                )
            )
            await change_person_limit(
                session, pools.all(), why="limits changed", per_person_total=after.open_claims
            )
        fields = changed(_fields(before), _fields(after))
        verb, at = "wishes.limits.change", clock.now()
        await write(
            session, [Act(actor, verb, "campaign", campaign_id, fields, at=at, reason=reason)]
        )
    return after


async def _lock(session: AsyncSession, campaign_id: UUID, statement: AnySelect) -> Limits:
    """A campaign's row comes into being when it is first held."""
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        await session.execute(
            insert(WishLimits).values(campaign_id=campaign_id).on_conflict_do_nothing()
        )
        row = (await session.execute(statement)).one()
    return Limits(*row)


def _select(campaign_id: UUID) -> AnySelect:
    return select(*_COLUMNS).where(WishLimits.campaign_id == campaign_id)


def _fields(limits: Limits) -> dict[str, Any]:
    return {
        "open_claims": limits.open_claims,
        "open_wishes": limits.open_wishes,
        "cooldown_h": limits.cooldown_h,
        "similar_days": limits.similar_days,
    }
