"""Before the first drop: staff see to twenty drops of the right size, and the stores' tills
come in by their onboarding codes."""

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, zip_longest
from urllib.parse import quote
from uuid import UUID

from app.platform.clock import day_end, day_start, shanghai_day
from app.replay.breakfast.plan import DROPS, VALID_DAYS
from app.replay.stage import NotPlayable, Stage
from app.replay.wire import crowd
from app.schemas.breakfast import StaffBatchOut
from app.schemas.stores import StoreOut

BATCHES = "/v1/admin/breakfast/batches"
STORES = "/v1/admin/stores"
PLANNER, STORE_MANAGER = "campaign_manager", "store_manager"
ELIGIBLE = ("new_employment", "outdoor")
FACE_VALUE_FEN = 1_000
REASON = "活动回放 / replay of the campaign"

TILLS_AT_ONCE = 16
# Well within the half hour that a till's token is good for.
TOKEN_KEPT_S = 20 * 60
BREAKFAST_TIME = "08:00"


@dataclass(slots=True)
class Till:
    """A store's till with its client, which fetches a token whenever the old one is stale."""

    store: StoreOut
    client_id: str
    client_secret: str
    _token: str = ""
    _fetched: float = 0.0

    async def token(self, stage: Stage) -> str:
        if not self._token or time.monotonic() - self._fetched > TOKEN_KEPT_S:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            }
            answer = await stage.wire.send("POST", "/v1/oauth/token", form=form)
            stage.must(answer, "200", act="a till's fetching its token")
            self._token, self._fetched = answer.body["access_token"], time.monotonic()
        return self._token


async def find_drops(stage: Stage, units: int) -> list[StaffBatchOut]:
    """Twenty drops that nobody has touched, first to last, of that many vouchers each.

    The edition's own, if they are still whole; else staff set up a new series from tomorrow.
    """
    drops = _untouched(await list_batches(stage))
    if not drops:
        series = await _new_series(stage, units)
        drops = [batch for batch in await list_batches(stage) if batch.series_id == series]
    for drop in drops:
        await _set_total(stage, drop, units)
    return drops


async def list_batches(stage: Stage) -> list[StaffBatchOut]:
    """All batches as staff see them, by opening time."""
    found = await _all_pages(stage, BATCHES, PLANNER)
    return sorted(map(StaffBatchOut.model_validate, found), key=lambda batch: batch.opens_at)


def _untouched(batches: list[StaffBatchOut]) -> list[StaffBatchOut]:
    by_series: dict[UUID, list[StaffBatchOut]] = defaultdict(list)
    for batch in batches:
        by_series[batch.series_id].append(batch)
    return next((drops for drops in by_series.values() if _is_playable(drops)), [])


def _is_playable(drops: list[StaffBatchOut]) -> bool:
    return (
        len(drops) == DROPS
        and all(_is_whole(drop) for drop in drops)
        and all(one.closes_at == other.opens_at for one, other in pairwise(drops))
    )


def _is_whole(drop: StaffBatchOut) -> bool:
    """Started, nothing issued, a day long, for whoever the play sends, at whichever store."""
    return (
        drop.state == "running"
        and drop.issued == 0
        and not drop.test
        and drop.valid_days == VALID_DAYS
        and drop.valid_from is None
        and drop.per_person_per_day == 1
        and drop.per_person_total is None
        and drop.store_districts is drop.store_count is None
        and (drop.opens_at, drop.closes_at) == _whole_day(drop.opens_at)
    )


def _whole_day(moment: datetime) -> tuple[datetime, datetime]:
    day = shanghai_day(moment)
    return day_start(day), day_end(day)


async def _new_series(stage: Stage, units: int) -> UUID:
    opens_at, closes_at = _whole_day(await _campaign_time(stage) + timedelta(days=1))
    batch = {
        "name": "户外劳动者早餐券 · 回放",
        "total": units,
        "opens_at": opens_at.isoformat(),
        "closes_at": closes_at.isoformat(),
        "valid_days": VALID_DAYS,
        "face_value_fen": FACE_VALUE_FEN,
        "per_person_per_day": 1,
        "eligible_categories": ELIGIBLE,
        "repeat_days": DROPS,
    }
    token = stage.staff[PLANNER]
    made = await stage.wire.send("POST", BATCHES, token=token, body=batch)
    stage.must(made, "201", act="setting up the drops")
    start = f"{BATCHES}/{made.body['id']}/start?series=true"
    started = await stage.wire.send("POST", start, token=token, body={"reason": REASON})
    stage.must(started, "200", act="starting the drops")
    return UUID(made.body["series_id"])


async def _campaign_time(stage: Stage) -> datetime:
    answer = await stage.wire.send("GET", "/v1/campaign", token=stage.member_token("M00000001"))
    stage.must(answer, "200", act="reading the campaign")
    return datetime.fromisoformat(answer.body["server_time"])


async def _set_total(stage: Stage, drop: StaffBatchOut, units: int) -> None:
    if drop.total == units:
        return
    budget = {"expected_total": drop.total, "total": units, "reason": REASON}
    answer = await stage.wire.send(
        "POST", f"{BATCHES}/{drop.id}/budget", token=stage.staff[PLANNER], body=budget
    )
    stage.must(answer, "200", act="setting a drop's total")


async def choose_stores(stage: Stage, count: int) -> list[StoreOut]:
    """That many stores that serve breakfast, from every district in turn.

    Raises `NotPlayable` when there are fewer.
    """
    found = map(StoreOut.model_validate, await _all_pages(stage, STORES, STORE_MANAGER))
    by_district: dict[str, list[StoreOut]] = defaultdict(list)
    for store in found:
        if _serves_breakfast(store):
            by_district[store.district].append(store)
    turns = zip_longest(*by_district.values())
    chosen = [store for turn in turns for store in turn if store is not None][:count]
    if len(chosen) < count:
        raise NotPlayable(f"{count} stores are needed, and {len(chosen)} serve breakfast")
    return chosen


def _serves_breakfast(store: StoreOut) -> bool:
    is_past_midnight = store.closes <= store.opens
    return (
        store.state == "active"
        and store.opens <= BREAKFAST_TIME
        and (BREAKFAST_TIME < store.closes or is_past_midnight)
    )


async def connect_tills(stage: Stage, stores: list[StoreOut]) -> list[Till]:
    """A till a store, in the stores' order, each by an onboarding code of its own."""
    tills: dict[UUID, Till] = {}

    async def connect(store: StoreOut) -> None:
        tills[store.id] = await _connect(stage, store)
        stage.progress.step()

    await crowd(stores, connect, at_once=TILLS_AT_ONCE)
    return [tills[store.id] for store in stores]


async def _connect(stage: Stage, store: StoreOut) -> Till:
    code = await stage.wire.send(
        "POST", f"{STORES}/{store.id}/onboarding-codes", token=stage.staff[STORE_MANAGER]
    )
    stage.must(code, "201", act="making an onboarding code")
    connection = {"onboarding_code": code.body["onboarding_code"], "name": "1 号收银机"}
    made = await stage.wire.send("POST", "/v1/store/devices", body=connection)
    stage.must(made, "201", act="connecting a till")
    till = Till(store, made.body["client_id"], made.body["client_secret"])
    await till.token(stage)
    return till


async def _all_pages(stage: Stage, path: str, role: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    cursor = ""
    while cursor is not None:
        page = await stage.wire.send(
            "GET", f"{path}?limit=200{cursor}", token=stage.staff[role]
        )
        stage.must(page, "200", act=f"listing {path}")
        items += page.body["items"]
        following = page.body["next_cursor"]
        cursor = f"&cursor={quote(following)}" if following else None
    return items
