"""What the service says of the event afterwards: its statistics, its lists, the live figures.

Nothing that the play counted itself is a figure; where two of the service's own disagree, that is
a surprise.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.replay.couplets.event import DESK, MANAGER, Event, Pair
from app.replay.couplets.holder import count_recipients
from app.replay.couplets.plan import (
    CANCELLED,
    PUBLISHED_COLLECTED,
    PUBLISHED_RESERVED,
    PUBLISHED_VIEWINGS,
    UPLOADED,
    Course,
    Plan,
    Walk,
)
from app.replay.figures import Figure
from app.replay.troupe import Troupe
from app.schemas.couplets_oversight import StatisticsOut
from app.schemas.presence import LiveFiguresOut

PACK = "couplets"


async def read_statistics(troupe: Troupe, event: Event) -> StatisticsOut:
    """As staff see it now. Raises `NotPlayable`."""
    answer = await troupe.stage.wire.send(
        "GET", f"{event.staffs_path}/statistics", token=troupe.stage.staff[MANAGER]
    )
    troupe.stage.must(answer, "200", act="reading the event's statistics")
    return StatisticsOut.model_validate(answer.body)


def total(statistics: StatisticsOut, name: str) -> int:
    """Of all sites."""
    return sum(getattr(site, name) for site in statistics.sites)


def offered(statistics: StatisticsOut) -> int:
    """Offers that are open in the books."""
    return sum(variant.offered for variant in statistics.variants)


@dataclass(frozen=True, slots=True)
class Lists:
    """What staff and holders read when all is over."""

    statistics: StatisticsOut
    pickups: Sequence[Mapping[str, Any]]
    places: Sequence[Mapping[str, Any]]
    disputes: Sequence[Mapping[str, Any]]
    recipients: int

    @classmethod
    async def read(cls, troupe: Troupe, event: Event, pairs: Sequence[Pair]) -> "Lists":
        """Raises `NotPlayable`."""
        token = troupe.stage.staff[DESK]

        async def of(name: str) -> list[Any]:
            return await troupe.stage.read_all(f"{event.staffs_path}/{name}", token)

        return cls(
            await read_statistics(troupe, event),
            await of("pickups"),
            await of("waitlist"),
            await of("disputes"),
            await count_recipients(troupe, pairs),
        )

    @property
    def handed_out(self) -> list[Mapping[str, Any]]:
        """What stands."""
        return [pickup for pickup in self.pickups if pickup["state"] == "collected"]

    def contradictions(self) -> list[str]:
        """Where the statistics say something else than the lists, or than themselves."""
        by_site = total(self.statistics, "collected") + total(self.statistics, "walk_in")
        by_hour = sum(hour.collected + hour.walk_in for hour in self.statistics.hours)
        by_variant = sum(variant.handed_out for variant in self.statistics.variants)
        counts = {"sites": by_site, "hours": by_hour, "variants": by_variant}
        handed = len(self.handed_out)
        by_proxy = sum(pickup["input"] == "proxy_code" for pickup in self.handed_out)
        found = {
            f"{handed} pairs by the list, by {name} {n}": n != handed for name, n in counts.items()
        }
        found["another number of proxies by the list"] = by_proxy != total(
            self.statistics, "by_proxy"
        )
        return [words for words, is_so in found.items() if is_so]


def figures(
    plan: Plan, live: LiveFiguresOut, after_the_rush: StatisticsOut, lists: Lists
) -> list[Figure]:
    statistics, handed = lists.statistics, lists.handed_out
    reserved, collected = total(after_the_rush, "reserved"), len(handed)
    joins, peak = live.joins, live.peak
    expected_reserved, expected = sum(plan.reserved), plan.collected + plan.walk_ins
    left_over = sum(variant.left_over for variant in statistics.variants)
    return [
        Figure(PACK, "viewings_by_joins", PUBLISHED_VIEWINGS, plan.viewers, joins),
        Figure(PACK, "viewers_at_once_at_the_peak", None, plan.peak, peak),
        Figure(PACK, "reserved_online", PUBLISHED_RESERVED, expected_reserved, reserved),
        Figure(PACK, "collected_on_site", PUBLISHED_COLLECTED, expected, collected),
        *_by_input(plan, handed),
        *_ways(plan, lists),
        Figure(PACK, "left_over", None, 0, left_over),
    ]


def _by_input(plan: Plan, handed: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """The split of what was collected on site."""
    inputs = Counter(pickup["input"] for pickup in handed)
    by_name = plan.of(Course.BY_NAME, Course.BY_RECIPIENT)
    members = plan.walks[Walk.MEMBER] + plan.walks[Walk.OFFLINE]
    split = {
        "collected_by_pass": (plan.by_pass, inputs["pass"]),
        "collected_by_name": (by_name, inputs["name"]),
        "collected_by_proxy": (plan.of(Course.BY_PROXY), inputs["proxy_code"]),
        "walk_ins_by_member": (members, inputs["member"]),
        "walk_ins_anonymous": (plan.walks[Walk.ANONYMOUS], inputs["anonymous"]),
    }
    return [Figure(PACK, name, None, *counts) for name, counts in split.items()]


def _ways(plan: Plan, lists: Lists) -> list[Figure]:
    """What went otherwise than it usually does, and left its mark."""
    statistics, offers = lists.statistics, Counter(place["offer"] for place in lists.places)
    offline = sum(pickup["pickup_no"] is not None for pickup in lists.handed_out)
    undone = sum(pickup["state"] == "reversed" for pickup in lists.pickups)
    reached = {
        "cancelled": (plan.of(*CANCELLED), total(statistics, "cancelled")),
        "offers_accepted": (plan.of(Course.PASSED_ON), offers["accepted"]),
        "offers_expired": (plan.of(Course.LAPSED), offers["lapsed"]),
        "no_shows": (plan.of(Course.NO_SHOW), total(statistics, "no_show")),
        "recipients_changed": (plan.of(Course.BY_RECIPIENT), lists.recipients),
        "collected_offline": (plan.of(*UPLOADED) + plan.walks[Walk.OFFLINE], offline),
        "handed_out_twice": (plan.of(Course.DISPUTED), len(lists.disputes)),
        "reversed": (plan.of(Course.REVERSED), undone),
    }
    return [Figure(PACK, name, None, *counts) for name, counts in reached.items()]
