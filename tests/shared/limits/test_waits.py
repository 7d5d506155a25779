"""Who was told to wait hears the same until then, and nobody else does."""

from app.shared.limits import Wait, Waits
from app.shared.limits.waits import MOST_BYTES, MOST_TOLD, SECOND_NS

PRESS, LOOK = b"POST /claims", b"GET /claims"
LONG_NS, PAST_NS = 90 * SECOND_NS, -1


def told(*tokens: bytes, for_ns: int = LONG_NS) -> Waits:
    waits = Waits()
    for token in tokens:
        waits.note(token, PRESS, policy="claim", for_ns=for_ns)
    return waits


def test_whoever_was_told_to_wait_is_told_again_for_what_he_asked() -> None:
    waits = told(b"eager")
    assert waits.are_any
    assert waits.of(b"eager", PRESS) == Wait(90, "claim"), "seconds are rounded up"
    assert waits.of(b"eager", LOOK) is None, "another path may have a quota of its own"
    assert waits.of(b"other", PRESS) is None


def test_nothing_is_known_once_the_time_is_over() -> None:
    waits = told(b"eager", for_ns=PAST_NS)
    assert not waits.are_any
    assert waits.of(b"eager", PRESS) is None


def test_the_longest_wait_counts_for_all_together() -> None:
    waits = told(b"eager")
    waits.note(b"brief", PRESS, policy="claim", for_ns=PAST_NS)
    assert waits.are_any
    assert waits.of(b"eager", PRESS) is not None


def test_more_than_any_app_sends_is_not_kept() -> None:
    long = b"Bearer " + b"a" * MOST_BYTES
    waits = told(long)
    assert waits.of(long, PRESS) is None


def test_a_flood_of_tokens_does_not_fill_the_memory() -> None:
    waits = told(*(b"%d" % number for number in range(MOST_TOLD + 2)))
    assert [waits.of(b"%d" % number, PRESS) is None for number in range(3)] == [True, True, False]
