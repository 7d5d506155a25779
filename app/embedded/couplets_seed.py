"""One event of couplets, so that a newcomer can try it."""

from datetime import date, timedelta

from app.embedded.edition import COUPLETS
from app.models.couplets import CoupletsEvent
from app.packs.couplets.events import create_event
from app.packs.couplets.new_events import NewSite, NewVariant
from app.platform.clock import Clock, day_start
from app.platform.db import Sessions
from app.schemas.seed_ids import (
    FIRST_COUPLETS_EVENT_ID,
    FIRST_COUPLETS_SITE_ID,
    FIRST_COUPLETS_VARIANT_ID,
)
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor


async def seed_couplets(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, first_day: date
) -> None:
    """A week from the first day, to be reserved until its day begins. Once, however often."""
    async with sessions() as session:
        if await session.get(CoupletsEvent, FIRST_COUPLETS_EVENT_ID) is not None:
            return
    begins = day_start(first_day + timedelta(days=COUPLETS.day))
    opens_at, closes_at = begins + timedelta(hours=9), begins + timedelta(hours=17)
    variant_ids = (FIRST_COUPLETS_VARIANT_ID, *[None] * len(COUPLETS.variants))
    site_ids = (FIRST_COUPLETS_SITE_ID, *[None] * len(COUPLETS.sites))
    await create_event(
        sessions,
        clock,
        once,
        actor=actor,
        title=COUPLETS.title,
        live_from=opens_at,
        live_to=opens_at + timedelta(hours=2),
        reserve_opens_at=day_start(first_day),
        reserve_closes_at=begins,
        variants=[
            NewVariant(title, reserved, walk_in, wording, id=variant_id)
            for (title, wording, reserved, walk_in), variant_id in zip(
                COUPLETS.variants, variant_ids, strict=False
            )
        ],
        sites=[
            NewSite(name, address, opens_at, closes_at, site_id)
            for (name, address), site_id in zip(COUPLETS.sites, site_ids, strict=False)
        ],
        event_id=FIRST_COUPLETS_EVENT_ID,
    )
