"""The event: what staff announce, when everything is, and a pair on its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.replay.couplets.plan import Course, Plan
from app.replay.troupe import Troupe
from app.replay.watch import at

EVENTS, STAFFS, RESERVATIONS = (
    "/v1/couplets/events",
    "/v1/admin/couplets/events",
    "/v1/couplets/reservations",
)
MANAGER, DESK, SECOND_DESK = "campaign_manager", "desk", "administrator"

# Since midnight of the play's first day. Before the rush staff announce it, and one comes early.
ANNOUNCED, RUSH = at(0, 8), at(0, 10)
# Two hours after the offers were made they are over.
OFFERS_OVER = at(0, 12, 30)
EARLY, LIVE_FROM, LIVE_TO = at(2, 8, 55), at(2, 9), at(2, 11)
# Whoever is in the tunnel comes out before the absence counts as one.
WAVES_AT, TUNNEL_AT = (at(2, 9, 5), at(2, 9, 30), at(2, 10)), at(2, 9, 7, 30)
PICKED_UP, UPLOADED = at(2, 11, 30), at(2, 12)
SITES_OPEN, SITES_CLOSE = at(2, 9), at(2, 17)
# Half an hour before the sites close, what nobody collected is the door's.
RELEASED, THE_COUNT = at(2, 16, 31), at(3, 8)
RELEASE_BEFORE_MIN, OFFER_VALID_MIN, OFFER_LEAD_MIN = 30, 120, 30


@dataclass(slots=True)
class Pair:
    """A pair that was reserved, and whose it is. `pass_text`: what the holder showed a desk."""

    course: Course
    holder: str
    reservation_id: str
    site_id: str
    pass_text: str = ""

    @property
    def path(self) -> str:
        return f"{RESERVATIONS}/{self.reservation_id}"


@dataclass(frozen=True, slots=True)
class Event:
    """As its creation answered it."""

    body: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def path(self) -> str:
        return f"{EVENTS}/{self.id}"

    @property
    def staffs_path(self) -> str:
        return f"{STAFFS}/{self.id}"

    def choice(self, variant: int, place: int) -> dict[str, str]:
        """A variant and a site; sites by turns."""
        sites = self.body["sites"]
        return {
            "variant_id": self.body["variants"][variant]["id"],
            "site_id": sites[place % len(sites)]["id"],
        }


async def announce(troupe: Troupe, plan: Plan, first_day: datetime) -> Event:
    """An event of this play's own, so that none that was killed is in its way."""
    planned = _planned(plan, first_day)
    return Event(await troupe.set_up(MANAGER, STAFFS, planned, act="announcing couplets"))


def _planned(plan: Plan, first_day: datetime) -> dict[str, object]:
    times = {
        "live_from": LIVE_FROM,
        "live_to": LIVE_TO,
        "reserve_opens_at": RUSH,
        "reserve_closes_at": SITES_OPEN,
    }
    first, second = plan.reserved
    hours = {"opens_at": SITES_OPEN, "closes_at": SITES_CLOSE}
    shown = {name: (first_day + when).isoformat() for name, when in hours.items()}
    return {
        "title": "送万福、进万家 · 回放",
        "stream_url": "https://live.example.cn/couplets",
        **{name: (first_day + when).isoformat() for name, when in times.items()},
        "opening": "first_come",
        "release_before_min": RELEASE_BEFORE_MIN,
        "offer_valid_min": OFFER_VALID_MIN,
        "offer_lead_min": OFFER_LEAD_MIN,
        "variants": [
            {
                "title": "七言春联",
                "text": "春风入喜财入户",
                "reserved": first,
                "walk_in": plan.paper_at_the_door,
            },
            {"title": "福字", "size": "斗方", "reserved": second, "walk_in": 0},
        ],
        "sites": [
            {"name": "市工人文化宫", "address": "市南区东海西路 1 号", **shown},
            {"name": "李沧工会驿站", "address": "李沧区书院路 2 号", **shown},
        ],
    }
