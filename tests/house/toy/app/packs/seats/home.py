"""Seats on a member's home page: those that the member has, and talks with seats to claim."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.models.states import PackKind
from app.shared.home.cards import Act, Card, Categories, Fact, HomePart

_FACTS = """
    SELECT CAST(NULL AS uuid) AS member_id,
           jsonb_build_object('talk_id', talk.id, 'until', pool.closes_at) AS fact
      FROM seats_talk talk JOIN stock_pool pool ON pool.id = talk.pool_id
     WHERE pool.state = 'running' AND pool.opens_at <= :now AND :now < pool.closes_at
       AND pool.issued < pool.total
    UNION ALL
    SELECT seat.member_id, jsonb_build_object('talk_id', seat.talk_id)
      FROM seats_seat seat JOIN seats_talk talk ON talk.id = seat.talk_id
     WHERE seat.member_id = ANY (CAST(:members AS uuid[])) AND :now < talk.starts_at
"""


def _card(
    categories: Categories, for_all: Sequence[Fact], own: Sequence[Fact], now: datetime
) -> Card:
    held = {fact["talk_id"] for fact in own}
    free = [fact for fact in for_all if fact["talk_id"] not in held]
    return Card(held=len(held), can=tuple(_claim(fact) for fact in sorted(free, key=_by_start)))


HOME = HomePart(PackKind.SEATS, _FACTS, _card)


def _claim(fact: Fact) -> Act:
    return Act("claim", UUID(fact["talk_id"]), datetime.fromisoformat(fact["until"]))


def _by_start(fact: Fact) -> tuple[str, str]:
    return fact["until"], fact["talk_id"]
