"""Breakfast on a member's home page: vouchers to use, drops to claim, the next opening."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.models.states import PackKind, PoolState
from app.packs.breakfast.rules import Limits, Offer, batch_state, why_not
from app.platform.errors import Refusal
from app.shared.home.cards import Act, Card, Categories, Fact, HomePart, Upcoming
from app.shared.stock import NotOpen

# Of each edition the batches that are open, and those that open next; what the persons used of
# the groups' limits; how many vouchers the members may still use, and which of them runs
# out first.
_FACTS = """
    WITH shown AS (
        SELECT batch.id, batch.campaign_id, pool.group_id, pool.state, pool.opens_at,
               pool.closes_at, pool.total - pool.issued AS free, batch.eligible_categories,
               pool.per_person_per_day, pool.per_person_total,
               min(pool.opens_at) FILTER (WHERE pool.opens_at > :now)
                   OVER (PARTITION BY batch.campaign_id) AS next_opening
          FROM breakfast_batch batch JOIN stock_pool pool ON pool.id = batch.pool_id
         WHERE pool.closes_at > :now AND pool.state IN ('running', 'paused') AND NOT batch.test
    ), near AS (
        SELECT * FROM shown WHERE opens_at <= COALESCE(next_opening, :now)
    )
    SELECT CAST(NULL AS uuid) AS member_id, to_jsonb(near) AS fact FROM near
    UNION ALL
    SELECT looking.id, jsonb_build_object(
               'campaign_id', shared.campaign_id, 'group_id', used.group_id,
               'in_all', used.day = '-infinity', 'used', used.used)
      FROM unnest(CAST(:members AS uuid[]), CAST(:persons AS uuid[])) looking (id, person_id)
      JOIN stock_use used ON used.person_id = looking.person_id
      JOIN (SELECT DISTINCT group_id, campaign_id FROM near) shared
        ON shared.group_id = used.group_id
     WHERE used.day IN ('-infinity', CAST(:day AS date))
    UNION ALL
    SELECT voucher.member_id, jsonb_build_object(
               'campaign_id', batch.campaign_id, 'vouchers', count(*),
               'voucher_id', (array_agg(voucher.id ORDER BY voucher.valid_until, voucher.id))[1],
               'valid_until', min(voucher.valid_until))
      FROM breakfast_voucher voucher JOIN breakfast_batch batch ON batch.id = voucher.batch_id
     WHERE voucher.member_id = ANY (CAST(:members AS uuid[]))
       AND voucher.state = 'issued' AND voucher.valid_until > :now AND NOT batch.test
     GROUP BY voucher.member_id, batch.campaign_id
"""


def _card(
    categories: Categories, for_all: Sequence[Fact], own: Sequence[Fact], now: datetime
) -> Card:
    """First what is held (the voucher that runs out first), then what can be claimed."""
    vouchers = [fact for fact in own if "vouchers" in fact]
    used = {(fact["group_id"], fact["in_all"]): fact["used"] for fact in own if "used" in fact}
    batches = sorted(for_all, key=lambda fact: (fact["opens_at"], fact["id"]))
    refusals = [(_why_not(fact, categories, used, now), fact) for fact in batches]
    claims = [_claim(fact) for refusal, fact in refusals if refusal is None]
    closed = [fact for refusal, fact in refusals if refusal is NotOpen]
    others = [refusal.code for refusal, _ in refusals if refusal and refusal is not NotOpen]
    return Card(
        held=sum(fact["vouchers"] for fact in vouchers),
        can=(*map(_voucher, vouchers), *claims),
        next=_upcoming(closed[0]) if closed else None,
        reason=others[0] if others and not claims else None,
    )


HOME = HomePart(PackKind.BREAKFAST, _FACTS, _card)


def _why_not(
    fact: Fact, categories: Categories, used: dict[tuple[str, bool], int], now: datetime
) -> type[Refusal] | None:
    group, closes_at = fact["group_id"], _at(fact["closes_at"])
    offer = Offer(
        state=batch_state(PoolState(fact["state"]), closes_at, now),
        opens_at=_at(fact["opens_at"]),
        eligible=fact["eligible_categories"],
        limits=Limits(fact["per_person_per_day"], fact["per_person_total"]),
        free=fact["free"],
    )
    return why_not(
        offer,
        categories,
        used_day=used.get((group, False), 0),
        used_total=used.get((group, True), 0),
        now=now,
    )


def _voucher(fact: Fact) -> Act:
    return Act("redeem", UUID(fact["voucher_id"]), _at(fact["valid_until"]), while_open=False)


def _claim(fact: Fact) -> Act:
    return Act("claim", UUID(fact["id"]), _at(fact["closes_at"]))


def _upcoming(fact: Fact) -> Upcoming:
    return Upcoming("claim", UUID(fact["id"]), _at(fact["opens_at"]))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
