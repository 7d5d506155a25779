"""What next year's edition takes of couplets: its events, with as much paper as staff planned."""

# ruff: noqa: S608 - what is put together is all of this module.

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.couplets import CoupletsEvent
from app.models.states import PackKind
from app.packs.couplets import queries
from app.packs.couplets.events import add_event
from app.packs.couplets.new_events import NewEvent, NewSite, NewVariant
from app.packs.couplets.queries import EventFacts, VariantFacts
from app.shared.campaigns import Copying, EditionPart
from app.shared.draws import OPENING_WINDOW_MIN

_EVENTS = "SELECT id FROM couplets_event WHERE campaign_id = :campaign"


async def _copy(session: AsyncSession, copying: Copying) -> None:
    rows = await session.execute(
        queries.select_events()
        .where(CoupletsEvent.campaign_id == copying.source_id)
        .order_by(CoupletsEvent.live_from, CoupletsEvent.id)
    )
    for event in await queries.with_parts(session, rows):
        new = _planned(event, copying)
        await add_event(session, copying.target, new, actor=copying.actor, now=copying.now)


def _planned(event: EventFacts, copying: Copying) -> NewEvent:
    """Without its recording, which is of that day. A fair opening gets a draw of its own."""
    return NewEvent(
        title=event.title,
        live_from=copying.moved(event.live_from),
        live_to=copying.moved(event.live_to),
        reserve_opens_at=copying.moved(event.reserve_opens_at),
        reserve_closes_at=copying.moved(event.reserve_closes_at),
        variants=[_variant(each) for each in event.variants],
        sites=[
            NewSite(
                each.name,
                each.address,
                copying.moved(each.opens_at),
                copying.moved(each.closes_at),
            )
            for each in event.sites
        ],
        opening=event.opening,
        stream_url=event.stream_url,
        replay_url=None,
        release_before_min=event.release_before_min,
        offer_valid_min=event.offer_valid_min,
        offer_lead_min=event.offer_lead_min,
        opening_window_min=event.opening_window_min or OPENING_WINDOW_MIN,
    )


def _variant(variant: VariantFacts) -> NewVariant:
    planned = variant.planned_reserved
    reserved = variant.reserved.total if planned is None else min(max(planned, 0), variant.paper)
    return NewVariant(
        variant.title, reserved, variant.paper - reserved, variant.wording, variant.size
    )


EDITION = EditionPart(
    PackKind.COUPLETS,
    counts={
        "events": f"SELECT count(*) FROM ({_EVENTS}) event",
        "pairs": f"SELECT sum(paper) FROM couplets_variant WHERE event_id IN ({_EVENTS})",
    },
    copy=_copy,
)
