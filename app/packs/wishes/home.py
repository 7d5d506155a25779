"""Wishes on a member's home page: what waits for me, as wisher and as volunteer."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from app.models.states import ClaimState, PackKind, WishState
from app.packs.wishes import rules
from app.shared.home.cards import Act, Card, Categories, Fact, HomePart

# The members' own wishes that are not over, with their live claims; the claims that they hold;
# the questions of staff that they have not answered.
_FACTS = """
    SELECT wish.member_id, jsonb_build_object(
               'campaign_id', wish.campaign_id, 'wish_id', wish.id, 'decided', wish.state,
               'needed_by', wish.needed_by,
               'claim', claim.state, 'start_before', claim.start_before,
               'submitted_at', claim.submitted_at) AS fact
      FROM wish LEFT JOIN wish_claim claim ON claim.wish_id = wish.id
                      AND claim.state IN ('claimed', 'in_progress', 'submitted')
     WHERE wish.member_id = ANY (CAST(:members AS uuid[]))
       AND wish.state IN ('pending_review', 'open')
    UNION ALL
    SELECT claim.member_id, jsonb_build_object(
               'campaign_id', wish.campaign_id, 'claim_id', claim.id, 'claim', claim.state,
               'start_before', claim.start_before,
               'needed_by', wish.needed_by)
      FROM wish_claim claim JOIN wish ON wish.id = claim.wish_id
     WHERE claim.member_id = ANY (CAST(:members AS uuid[]))
       AND claim.state IN ('claimed', 'in_progress', 'submitted')
    UNION ALL
    SELECT dispatch.member_id, jsonb_build_object(
               'campaign_id', wish.campaign_id, 'dispatch_id', dispatch.id,
               'needed_by', wish.needed_by)
      FROM wish_dispatch dispatch JOIN wish ON wish.id = dispatch.wish_id
     WHERE dispatch.member_id = ANY (CAST(:members AS uuid[])) AND dispatch.state = 'offered'
       AND wish.state = 'open' AND wish.needed_by > :now
       AND NOT EXISTS (SELECT FROM wish_claim claim WHERE claim.wish_id = wish.id
                          AND (claim.state IN ('in_progress', 'submitted')
                               OR claim.state = 'claimed' AND claim.start_before > :now))
"""


def _card(
    categories: Categories, for_all: Sequence[Fact], own: Sequence[Fact], now: datetime
) -> Card:
    """`held`: my open wishes and the wishes that I have taken on. What is due first is first."""
    wishes = [fact for fact in own if "wish_id" in fact and _state(fact, now) not in rules.ENDED]
    claims = [fact for fact in own if "claim_id" in fact and _is_live(fact, now)]
    asked = [fact for fact in own if "dispatch_id" in fact]
    acts = [*_confirmations(wishes), *_next_steps(claims), *map(_answer, asked)]
    return Card(held=len(wishes) + len(claims), can=tuple(sorted(acts, key=_by_until)))


HOME = HomePart(PackKind.WISHES, _FACTS, _card)


def _state(fact: Fact, now: datetime) -> WishState:
    claim = (ClaimState(fact["claim"]), _at(fact["start_before"])) if fact["claim"] else None
    return rules.wish_state(WishState(fact["decided"]), _at(fact["needed_by"]), claim, now)


def _is_live(fact: Fact, now: datetime) -> bool:
    return not rules.is_lapsed(ClaimState(fact["claim"]), _at(fact["start_before"]), now)


def _confirmations(wishes: Sequence[Fact]) -> Iterator[Act]:
    """After seven days staff may answer as well."""
    for fact in wishes:
        if fact["claim"] == ClaimState.SUBMITTED:
            until = _at(fact["submitted_at"]) + rules.SILENCE
            yield Act("confirm", UUID(fact["wish_id"]), until, while_open=False)


def _next_steps(claims: Sequence[Fact]) -> Iterator[Act]:
    for fact in claims:
        claim_id = UUID(fact["claim_id"])
        if fact["claim"] == ClaimState.CLAIMED:
            yield Act("start", claim_id, _at(fact["start_before"]), while_open=False)
        if fact["claim"] == ClaimState.IN_PROGRESS:
            yield Act("submit", claim_id, _at(fact["needed_by"]), while_open=False)


def _answer(fact: Fact) -> Act:
    return Act("accept", UUID(fact["dispatch_id"]), _at(fact["needed_by"]))


def _by_until(act: Act) -> datetime:
    return act.until


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
