"""Gift boxes on a member's home page: what waits to be paid, what I am offered, what is sold."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from app.models.states import PackKind
from app.shared.home.cards import Act, Card, Categories, Fact, HomePart, Upcoming
from app.shared.stock import LimitReached, SoldOut

# Boxes that are sold now or later, with what is left; how many of each the members' persons have;
# the members' own orders that are not over; what is kept for them.
_FACTS = """
    SELECT CAST(NULL AS uuid) AS member_id, jsonb_build_object(
               'campaign_id', box.campaign_id, 'box_id', box.id, 'opens_at', box.opens_at,
               'closes_at', box.closes_at,
               'per_person', box.per_person, 'free', pool.total - pool.issued) AS fact
      FROM gift_boxes_box box JOIN stock_pool pool ON pool.id = box.sold_pool_id
     WHERE box.closes_at > :now
    UNION ALL
    SELECT asked.member_id, jsonb_build_object(
               'campaign_id', box.campaign_id, 'has_box_id', box.id, 'used', used.used)
      FROM unnest(CAST(:members AS uuid[]), CAST(:persons AS uuid[]))
           AS asked (member_id, person_id)
      JOIN stock_use used ON used.person_id = asked.person_id AND used.day = '-infinity'
      JOIN stock_pool pool ON pool.group_id = used.group_id
      JOIN gift_boxes_box box ON box.sold_pool_id = pool.id
    UNION ALL
    SELECT o.member_id, jsonb_build_object(
               'campaign_id', o.campaign_id, 'order_id', o.id, 'state', o.state,
               'until', o.pay_before)
      FROM gift_boxes_order o
     WHERE o.member_id = ANY (CAST(:members AS uuid[]))
       AND o.state IN ('placed', 'paid', 'packed', 'shipped')
    UNION ALL
    SELECT offer.member_id, jsonb_build_object(
               'campaign_id', box.campaign_id, 'offer_id', offer.id, 'until', offer.expires_at)
      FROM waiting_offer offer
      JOIN gift_boxes_box box ON box.sold_pool_id = offer.pool_id
     WHERE offer.member_id = ANY (CAST(:members AS uuid[]))
       AND offer.state = 'open' AND offer.expires_at > :now
"""


def _card(
    categories: Categories, for_all: Sequence[Fact], own: Sequence[Fact], now: datetime
) -> Card:
    """First what is held and offered, what is due first in front; then what can be ordered."""
    mine = sorted(_own_acts(own, now), key=_by_until)
    used = {fact["has_box_id"]: fact["used"] for fact in own if "has_box_id" in fact}
    boxes = sorted(for_all, key=lambda fact: (fact["opens_at"], fact["box_id"]))
    open_now = [fact for fact in boxes if _at(fact["opens_at"]) <= now]
    later = [fact for fact in boxes if _at(fact["opens_at"]) > now]
    within = [fact for fact in open_now if used.get(fact["box_id"], 0) < fact["per_person"]]
    order = [_order(fact) for fact in within if fact["free"]]
    reason = None
    if not order and open_now:
        reason = SoldOut.code if within else LimitReached.code
    return Card(
        held=sum("order_id" in fact and _is_mine(fact, now) for fact in own),
        can=(*mine, *order),
        next=_upcoming(later[0]) if later else None,
        reason=reason,
    )


HOME = HomePart(PackKind.GIFT_BOXES, _FACTS, _card)


def _own_acts(own: Sequence[Fact], now: datetime) -> Iterator[Act]:
    for fact in own:
        if "offer_id" in fact:
            yield Act("accept", UUID(fact["offer_id"]), _at(fact["until"]))
        elif fact.get("state") == "placed" and _is_mine(fact, now):
            yield Act("pay", UUID(fact["order_id"]), _at(fact["until"]), while_open=False)


def _is_mine(fact: Fact, now: datetime) -> bool:
    """Whether an order stands, read as of now."""
    return bool(fact["state"] != "placed" or now < _at(fact["until"]))


def _order(fact: Fact) -> Act:
    return Act("order", UUID(fact["box_id"]), _at(fact["closes_at"]))


def _upcoming(fact: Fact) -> Upcoming:
    return Upcoming("order", UUID(fact["box_id"]), _at(fact["opens_at"]))


def _by_until(act: Act) -> datetime:
    return act.until


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
