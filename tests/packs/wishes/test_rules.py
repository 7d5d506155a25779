"""What a wish is at a moment, and the first thing that stands in the way of a claim."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import update

from app.models.states import ClaimState, WishFlag, WishState
from app.models.wishes import Wish, WishClaim
from app.packs.wishes import queries, rules
from app.packs.wishes.rules import Attempt, Suitability, claim_refusal, start_before, why_not
from tests.wishing import Wishing

NOW = datetime(2023, 1, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
FREE = Attempt(WishState.OPEN, False, 0, None, frozenset(), None)
SUITS = Suitability(is_adult=True, is_trained=True, is_healthy=True)


def test_a_claim_is_to_be_started_within_the_kinds_hours_and_the_wishs_own_time() -> None:
    assert start_before(NOW, 72, NOW + 100 * HOUR) == NOW + 72 * HOUR
    assert start_before(NOW, 72, NOW + 5 * HOUR) == NOW + 5 * HOUR


@pytest.mark.parametrize(
    ("decided", "claim", "state"),
    [
        (WishState.OPEN, None, WishState.OPEN),
        (WishState.OPEN, (ClaimState.CLAIMED, NOW + HOUR), WishState.CLAIMED),
        (WishState.OPEN, (ClaimState.CLAIMED, NOW), WishState.OPEN),
        (WishState.OPEN, (ClaimState.IN_PROGRESS, NOW - HOUR), WishState.IN_PROGRESS),
        (WishState.PENDING_REVIEW, None, WishState.PENDING_REVIEW),
        (WishState.REJECTED, None, WishState.REJECTED),
    ],
)
def test_a_wish_is_what_its_live_claim_is(
    decided: WishState, claim: tuple[ClaimState, datetime] | None, state: WishState
) -> None:
    assert rules.wish_state(decided, NOW + HOUR, claim, NOW) is state


def test_only_what_is_open_expires_and_at_the_very_instant() -> None:
    def read(decided: WishState, at: datetime) -> WishState:
        return rules.wish_state(decided, NOW, None, at)

    assert read(WishState.OPEN, NOW - timedelta(microseconds=1)) is WishState.OPEN
    assert read(WishState.OPEN, NOW) is WishState.EXPIRED
    assert read(WishState.PENDING_REVIEW, NOW + HOUR) is WishState.PENDING_REVIEW


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"state": WishState.CLAIMED}, "already_claimed"),
        ({"is_own": True}, "own_wish"),
        ({"open_claims": 3}, "limit_reached"),
        ({"open_claims": 2}, None),
        ({"left_at": NOW - 23 * HOUR}, "claim_cooldown"),
        ({"left_at": NOW - 24 * HOUR}, None),
        ({"flags": frozenset({WishFlag.MINORS})}, "volunteer_not_suitable"),
        ({"flags": frozenset({WishFlag.MINORS}), "suitability": SUITS}, None),
        (
            {"flags": {WishFlag.MINORS}, "suitability": replace(SUITS, is_healthy=False)},
            "volunteer_not_suitable",
        ),
        ({"state": WishState.EXPIRED}, "state_conflict"),
    ],
)
def test_what_stands_in_the_way_of_a_claim(changes: dict[str, object], code: str | None) -> None:
    refusal = why_not(replace(FREE, **changes), NOW)  # type: ignore[arg-type]
    assert (refusal and refusal.code) == code


def test_of_several_reasons_the_contracts_first_is_told() -> None:
    """One after the other is put right."""
    worst = Attempt(WishState.SUBMITTED, True, 3, NOW, frozenset({WishFlag.MINORS}), None)
    mends: list[dict[str, object]] = [
        {"state": WishState.WITHDRAWN},
        {"is_own": False},
        {"open_claims": 0},
        {"left_at": None},
        {"flags": frozenset()},
        {"state": WishState.OPEN},
    ]
    told = []
    for mend in mends:
        refusal = why_not(worst, NOW)
        told.append(refusal and refusal.code)
        worst = replace(worst, **mend)  # type: ignore[arg-type]
    assert told == [
        "already_claimed",
        "own_wish",
        "limit_reached",
        "claim_cooldown",
        "volunteer_not_suitable",
        "state_conflict",
    ]
    assert why_not(worst, NOW) is None


@pytest.mark.parametrize(
    ("state", "until", "code"),
    [
        (ClaimState.CLAIMED, NOW + HOUR, None),
        (ClaimState.CLAIMED, NOW, "claim_expired"),
        (ClaimState.LAPSED, NOW, "claim_expired"),
        (ClaimState.IN_PROGRESS, NOW - HOUR, None),
        (ClaimState.RELEASED, NOW + HOUR, "state_conflict"),
        (ClaimState.FULFILLED, NOW - HOUR, "state_conflict"),
    ],
)
def test_a_claim_that_is_over_is_refused_by_what_ended_it(
    state: ClaimState, until: datetime, code: str | None
) -> None:
    refusal = claim_refusal(state, until, NOW)
    assert (refusal and refusal.code) == code


STORED = (WishState.OPEN, WishState.PENDING_REVIEW)


def rows() -> Iterator[tuple[WishState, datetime, ClaimState | None, datetime]]:
    times = (NOW - HOUR, NOW, NOW + HOUR)
    return product(STORED, times, (None, *sorted(rules.LIVE_CLAIMS)), times)


@pytest.mark.anyio
async def test_lists_are_narrowed_by_the_very_rule_that_is_shown(wishing: Wishing) -> None:
    """The rule in Python and its twin in SQL, row by row, over everything that a row can be."""
    wish_id = UUID(await wishing.opened())
    claim_id = UUID(await wishing.claimed(await wishing.make.member(), str(wish_id)))
    compared = 0
    async with wishing.make.rooms.sessions() as session:
        for stored, needed_by, claim, until in rows():
            await session.execute(update(Wish).values(state=stored, needed_by=needed_by))
            live = claim or ClaimState.RELEASED
            closed_at = None if claim else NOW
            await session.execute(
                update(WishClaim)
                .where(WishClaim.id == claim_id)
                .values(state=live, start_before=until, closed_at=closed_at)
            )
            found = await session.execute(
                queries.select_wishes().add_columns(queries.state_at(NOW).label("told"))
            )
            row = found.one()
            assert row.told == queries.wish_facts(row).state_at(NOW)
            compared += 1
    assert compared == 72
