"""A bucket a caller: a whole quota at once, then evenly, and nothing kept for nothing."""

import time

from app.platform.errors import Words
from app.shared.limits import RatePolicy, Rates
from app.shared.limits.waits import SECOND_NS

NOBODY = Words("无", "nobody")


def policy(quota: int, window_s: int, name: str = "test") -> RatePolicy:
    return RatePolicy(name, quota, window_s, NOBODY, NOBODY)


def test_a_whole_quota_may_come_at_once_and_no_more() -> None:
    few = policy(3, 60)
    rates = Rates([few])
    told = [rates.take(few, "one") for _ in range(5)]
    assert [each.is_allowed for each in told] == [True, True, True, False, False]
    assert [each.left for each in told] == [2, 1, 0, 0, 0]
    assert all(0 < each.for_s <= 20 for each in told[2:]), "the next one comes back within 20 s"


def test_whoever_is_refused_is_told_when_the_next_one_is_allowed() -> None:
    few, quick = policy(3, 60), policy(10, 1, "quick")
    rates = Rates([few, quick])
    began = time.monotonic_ns()
    standings = [rates.take(few, "one") for _ in range(5)]
    gone = time.monotonic_ns() - began
    for refused in standings[3:]:
        assert 20 * SECOND_NS - gone <= refused.for_ns <= 20 * SECOND_NS
    while (standing := rates.take(quick, "one")).is_allowed:
        pass
    time.sleep(standing.for_ns / SECOND_NS)
    assert rates.take(quick, "one").is_allowed


def test_one_callers_requests_are_not_anothers() -> None:
    one, other = policy(1, 60), policy(1, 60, "other")
    rates = Rates([one, other])
    assert rates.take(one, "a").is_allowed
    assert rates.take(one, "b").is_allowed
    assert rates.take(other, "a").is_allowed
    assert not rates.take(one, "a").is_allowed


def test_a_quota_comes_back_with_time() -> None:
    quick = policy(10, 1)
    rates = Rates([quick])
    while rates.take(quick, "one").is_allowed:
        pass
    time.sleep(0.15)
    assert rates.take(quick, "one").is_allowed
    assert not all(rates.take(quick, "one").is_allowed for _ in range(3))


def test_callers_whose_bucket_is_full_again_are_forgotten() -> None:
    brief = policy(1000, 1)
    rates = Rates([brief])
    for caller in range(500):
        rates.take(brief, caller)
    time.sleep(0.05)
    for caller in range(1000, 1300):
        rates.take(brief, caller)
    assert rates.remembered(brief) < 500


def test_a_flood_of_callers_does_not_fill_the_memory() -> None:
    slow = policy(1, 3600)
    rates = Rates([slow])
    for caller in range(25_000):
        rates.take(slow, caller)
    assert rates.remembered(slow) <= 20_000
