"""The page of viewers says the figures by which they are counted."""

from app.models.states import PackKind
from app.registrations import all_watched
from app.routers import event_stream
from app.shared.presence import DEFINITIONS, rules, streams
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "presence.md").read_text()


def test_the_page_defines_every_figure() -> None:
    for figure in DEFINITIONS:
        assert f"| `{figure}`" in PAGE, figure


def test_the_page_says_the_lengths_that_hold() -> None:
    for said in (
        f"**{rules.LATE.seconds} s** overdue",
        f"**{rules.RETURN.seconds} s** or more",
        f"{rules.INTERVAL_S} s while it is calm",
        f"{rules.MOST_A_SECOND:,} beacons a second",
        f"{rules.LONGEST_INTERVAL_S} s at most",
        f"{streams.MOST_STREAMS:,} a process",
        f"every {event_stream.HEARTBEAT_S:.0f} s keeps proxies",
    ):
        assert said in PAGE, said


def test_what_can_be_watched_is_named_after_its_pack() -> None:
    assert {watched.kind.split(".")[0] for watched in all_watched()} <= set(PackKind)
