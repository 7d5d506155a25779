"""What is decided about batches and vouchers without a database: to the instant and the unit."""

from datetime import date, datetime, timedelta

import pytest

from app.models.states import Category, PoolState, VoucherState
from app.packs.breakfast.rules import (
    BATCH_MOVES,
    VOUCHER_MOVES,
    Limits,
    batch_state,
    is_eligible,
    next_day_start,
    validity,
    voucher_state,
)
from app.platform.clock import SHANGHAI
from app.shared.identity.callers import Entitlement
from app.shared.identity.entitlements import lapsed

NOON = datetime(2023, 1, 5, 12, 0, tzinfo=SHANGHAI)
MOMENT = timedelta(microseconds=1)
OUTDOOR, HARDSHIP = Category.OUTDOOR, Category.HARDSHIP


@pytest.mark.parametrize(
    ("state", "before", "at_its_end"),
    [
        (PoolState.DRAFT, PoolState.DRAFT, PoolState.DRAFT),
        (PoolState.RUNNING, PoolState.RUNNING, PoolState.ENDED),
        (PoolState.PAUSED, PoolState.PAUSED, PoolState.ENDED),
        (PoolState.ENDED, PoolState.ENDED, PoolState.ENDED),
    ],
)
def test_a_batch_that_was_started_has_ended_the_instant_its_window_is_over(
    state: PoolState, before: PoolState, at_its_end: PoolState
) -> None:
    assert batch_state(state, NOON, NOON - MOMENT) is before
    assert batch_state(state, NOON, NOON) is at_its_end


@pytest.mark.parametrize("state", VoucherState)
def test_only_an_issued_voucher_expires_and_does_so_at_its_instant(state: VoucherState) -> None:
    assert voucher_state(state, NOON, NOON - MOMENT) is state
    is_over = VoucherState.EXPIRED if state is VoucherState.ISSUED else state
    assert voucher_state(state, NOON, NOON) is is_over


def test_every_state_has_its_moves_and_every_move_leads_to_a_state() -> None:
    assert set(BATCH_MOVES) == set(PoolState)
    assert set(VOUCHER_MOVES) == set(VoucherState)
    assert {act for moves in BATCH_MOVES.values() for act in moves} == {
        "start", "pause", "resume", "end"
    }  # fmt: skip
    assert VOUCHER_MOVES[VoucherState.REDEEMED] == {"reverse": VoucherState.ISSUED}


@pytest.mark.parametrize(
    ("held", "eligible", "is_it"),
    [
        ([], [], True),
        ([OUTDOOR], [], True),
        ([OUTDOOR], [OUTDOOR], True),
        ([HARDSHIP, OUTDOOR], [OUTDOOR], True),
        ([HARDSHIP], [OUTDOOR, HARDSHIP], True),
        ([HARDSHIP], [OUTDOOR], False),
        ([], [OUTDOOR], False),
    ],
)
def test_any_of_the_categories_will_do(
    held: list[Category], eligible: list[Category], is_it: bool
) -> None:
    assert is_eligible(held, eligible) is is_it


def test_the_category_that_ran_out_last_is_told_and_none_that_still_holds() -> None:
    today = date(2023, 1, 5)
    yesterday = Entitlement(OUTDOOR, today - timedelta(days=1))
    long_ago = Entitlement(OUTDOOR, date(2020, 1, 1))
    assert lapsed([long_ago, yesterday], [OUTDOOR], today) == yesterday
    assert lapsed([Entitlement(OUTDOOR, today)], [OUTDOOR], today) is None
    assert lapsed([Entitlement(OUTDOOR, None)], [OUTDOOR], today) is None
    assert lapsed([yesterday], [HARDSHIP], today) is None


@pytest.mark.parametrize(
    ("days", "valid_from", "begins", "until"),
    [
        (1, None, NOON, "2023-01-06T00:00:00+08:00"),
        (7, None, NOON, "2023-01-12T00:00:00+08:00"),
        (1, NOON - timedelta(days=3), NOON, "2023-01-06T00:00:00+08:00"),
        (2, NOON + timedelta(days=3), NOON + timedelta(days=3), "2023-01-10T00:00:00+08:00"),
    ],
)
def test_the_first_day_counts_and_the_last_ends_at_midnight_in_shanghai(
    days: int, valid_from: datetime | None, begins: datetime, until: str
) -> None:
    found = validity(NOON, days, valid_from)
    assert (found.valid_from, found.valid_until) == (begins, datetime.fromisoformat(until))


@pytest.mark.parametrize(
    ("limits", "used_day", "used_total", "rule"),
    [
        (Limits(None, None), 99, 99, None),
        (Limits(2, None), 1, 99, None),
        (Limits(2, None), 2, 2, ("per_person_per_day", 2)),
        (Limits(None, 3), 99, 2, None),
        (Limits(None, 3), 0, 3, ("per_person_total", 3)),
        (Limits(1, 3), 1, 3, ("per_person_total", 3)),
        (Limits(1, 3), 1, 2, ("per_person_per_day", 1)),
    ],
)
def test_a_limit_is_named_when_one_more_would_pass_it(
    limits: Limits, used_day: int, used_total: int, rule: tuple[str, int] | None
) -> None:
    assert limits.reached(used_day, used_total) == rule


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    midnight = datetime(2023, 1, 6, tzinfo=SHANGHAI)
    assert next_day_start(date(2023, 1, 5)) == midnight
