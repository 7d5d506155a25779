"""Couplets on a member's home page: the pair that waits for me, what I am offered, what opens."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from app.models.states import PackKind
from app.packs.couplets.refusals import AlreadyReserved
from app.shared.draws import Phase, ResultPending, phase_at
from app.shared.home.cards import Act, Card, Categories, Fact, HomePart, Upcoming
from app.shared.stock import SoldOut

# Events that can be reserved now or later, with the pairs that are left; the members' own pairs
# that wait for them; what is kept for them; what they asked for where the order is still to be
# drawn.
_FACTS = """
    SELECT CAST(NULL AS uuid) AS member_id, jsonb_build_object(
               'campaign_id', event.campaign_id,
               'event_id', event.id, 'opens_at', event.reserve_opens_at,
               'closes_at', event.reserve_closes_at,
               'asks_until', event.reserve_opens_at
                             + make_interval(mins => event.opening_window_min),
               'is_ordered', event.ordered_at IS NOT NULL,
               'free', (SELECT sum(pool.total - pool.issued) FROM couplets_variant variant
                          JOIN stock_pool pool ON pool.id = variant.reserved_pool_id
                         WHERE variant.event_id = event.id)) AS fact
      FROM couplets_event event WHERE event.reserve_closes_at > :now
    UNION ALL
    SELECT reservation.member_id, jsonb_build_object(
               'campaign_id', event.campaign_id, 'reservation_id', reservation.id,
               'of_event_id', reservation.event_id,
               'state', reservation.state,
               'until', site.closes_at - make_interval(mins => event.release_before_min))
      FROM couplets_reservation reservation
      JOIN couplets_site site ON site.id = reservation.site_id
      JOIN couplets_event event ON event.id = reservation.event_id
     WHERE reservation.member_id = ANY (CAST(:members AS uuid[]))
       AND reservation.state IN ('reserved', 'collected')
    UNION ALL
    SELECT offer.member_id, jsonb_build_object(
               'campaign_id', event.campaign_id, 'offer_id', offer.id,
               'of_event_id', variant.event_id, 'until', offer.expires_at)
      FROM waiting_offer offer
      JOIN couplets_variant variant ON variant.reserved_pool_id = offer.pool_id
      JOIN couplets_event event ON event.id = variant.event_id
     WHERE offer.member_id = ANY (CAST(:members AS uuid[]))
       AND offer.state = 'open' AND offer.expires_at > :now
    UNION ALL
    SELECT entry.member_id, jsonb_build_object(
               'campaign_id', event.campaign_id, 'entry_id', entry.id, 'of_event_id', event.id)
      FROM draw_entry entry
      JOIN couplets_event event ON event.draw_id = entry.draw_id
     WHERE entry.member_id = ANY (CAST(:members AS uuid[]))
       AND entry.is_listed AND event.ordered_at IS NULL
"""


def _card(
    categories: Categories, for_all: Sequence[Fact], own: Sequence[Fact], now: datetime
) -> Card:
    """First what is held and offered, what is due first in front; then what can be reserved."""
    mine = sorted(_own_acts(own, now), key=_by_until)
    have = {fact["of_event_id"] for fact in own}
    events = sorted(for_all, key=lambda fact: (fact["opens_at"], fact["event_id"]))
    others = [fact for fact in events if fact["event_id"] not in have]
    open_now = [fact for fact in others if _phase(fact, now) in {Phase.ASKING, Phase.FIRST_COME}]
    later = [fact for fact in others if _phase(fact, now) is Phase.EARLY]
    pending = [fact for fact in events if _phase(fact, now) is Phase.PENDING]
    reserve = [_reserve(fact, now) for fact in open_now if fact["free"]]
    reason = None
    if not reserve and open_now:
        reason = SoldOut.code
    elif not reserve and (pending or any("entry_id" in fact for fact in own)):
        reason = ResultPending.code
    elif not reserve and have & {fact["event_id"] for fact in events}:
        reason = AlreadyReserved.code
    return Card(
        held=sum(act.act == "collect" for act in mine),
        can=(*mine, *reserve),
        next=_upcoming(later[0]) if later else None,
        reason=reason,
    )


HOME = HomePart(PackKind.COUPLETS, _FACTS, _card)


def _own_acts(own: Sequence[Fact], now: datetime) -> Iterator[Act]:
    for fact in own:
        if "entry_id" in fact:
            continue
        until = _at(fact["until"])
        if "offer_id" in fact:
            yield Act("accept", UUID(fact["offer_id"]), until)
        elif fact["state"] == "reserved" and now < until:
            yield Act("collect", UUID(fact["reservation_id"]), until, while_open=False)


def _phase(fact: Fact, now: datetime) -> Phase:
    asks_until = fact["asks_until"] and _at(fact["asks_until"])
    return phase_at(_at(fact["opens_at"]), asks_until, fact["is_ordered"], now)


def _reserve(fact: Fact, now: datetime) -> Act:
    is_asked = _phase(fact, now) is Phase.ASKING
    until = fact["asks_until"] if is_asked else fact["closes_at"]
    return Act("reserve", UUID(fact["event_id"]), _at(until))


def _upcoming(fact: Fact) -> Upcoming:
    return Upcoming("reserve", UUID(fact["event_id"]), _at(fact["opens_at"]))


def _by_until(act: Act) -> datetime:
    return act.until


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
