"""A campaign's limits of wishes: data, which staff change and which is felt at once."""

from typing import Unpack

from sqlalchemy import select

from app.models.states import WishState
from app.models.wishes import Wish, WishLimits
from app.packs.wishes.rules import Limits
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.shared.campaigns import CampaignRules, Change
from app.shared.stock import change_person_limit

LIMITS = CampaignRules(WishLimits, Limits, "wishes.limits.change")


async def change_limits(sessions: Sessions, clock: Clock, **how: Unpack[Change]) -> Limits:
    """The next claim and the next wish feel it; what was claimed and posted before stays.

    The cap of claims is also stock's: the pools of all wishes that are not over take it under
    the flush's own locks. As `CampaignRules.change`.
    """
    async with sessions.begin() as session:
        changed = await LIMITS.change_in(session, clock, **how)
        if changed.after.open_claims != changed.before.open_claims:
            pools = await session.scalars(
                select(Wish.pool_id).where(
                    Wish.campaign_id == changed.campaign_id,
                    Wish.state.in_([WishState.PENDING_REVIEW, WishState.OPEN]),
                )
            )
            await change_person_limit(
                session,
                pools.all(),
                why="limits changed",
                per_person_total=changed.after.open_claims,
            )
    return changed.after
