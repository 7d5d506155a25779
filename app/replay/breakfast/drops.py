"""Staff see to twenty drops of the right size before the first of them opens."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from app.platform.clock import day_end, day_start, shanghai_day
from app.replay.breakfast.sizes import DROPS, VALID_DAYS
from app.replay.stage import Stage
from app.replay.watch import campaign_time, read_campaign
from app.schemas.breakfast import StaffBatchOut

BATCHES = "/v1/admin/breakfast/batches"
PLANNER = "campaign_manager"
ELIGIBLE = ("new_employment", "outdoor")
FACE_VALUE_FEN = 1_000
NAME = "户外劳动者早餐券 · 回放"
REASON = "活动回放 / replay of the campaign"
# So long before the first drop opens the play begins.
EVE = timedelta(hours=6)


async def find_drops(stage: Stage, units: int) -> list[StaffBatchOut]:
    """Twenty drops that nobody has touched, first to last, of that many vouchers each.

    The edition's own, if they are still whole; else staff set up a new series, from the next
    day whose eve is still to come.
    """
    drops = _untouched(await list_batches(stage))
    if not drops:
        series = await _new_series(stage, units)
        drops = [batch for batch in await list_batches(stage) if batch.series_id == series]
    for drop in drops:
        await _set_total(stage, drop, units)
    return drops


async def list_batches(stage: Stage) -> list[StaffBatchOut]:
    """All batches of the edition that is played, as staff see them, by opening time."""
    edition = (await read_campaign(stage))["id"]
    found = await stage.read_all(BATCHES, stage.staff[PLANNER])
    mine = [each for each in found if each["campaign_id"] == edition]
    return sorted(map(StaffBatchOut.model_validate, mine), key=lambda batch: batch.opens_at)


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
        and drop.store_districts is None
        and drop.store_count is None
        and (drop.opens_at, drop.closes_at) == _whole_day(drop.opens_at)
    )


def _whole_day(moment: datetime) -> tuple[datetime, datetime]:
    day = shanghai_day(moment)
    return day_start(day), day_end(day)


async def _new_series(stage: Stage, units: int) -> UUID:
    opens_at, closes_at = _whole_day(await campaign_time(stage) + EVE + timedelta(days=1))
    batch = {
        "name": NAME,
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
    made = await stage.wire.send("POST", BATCHES, token=token, key=str(uuid4()), body=batch)
    stage.must(made, "201", act="setting up the drops")
    start = f"{BATCHES}/{made.body['id']}/start?series=true"
    started = await stage.wire.send(
        "POST", start, token=token, key=str(uuid4()), body={"reason": REASON}
    )
    stage.must(started, "200", act="starting the drops")
    return UUID(made.body["series_id"])


async def _set_total(stage: Stage, drop: StaffBatchOut, units: int) -> None:
    if drop.total == units:
        return
    budget = {"expected_total": drop.total, "total": units, "reason": REASON}
    answer = await stage.wire.send(
        "POST",
        f"{BATCHES}/{drop.id}/budget",
        token=stage.staff[PLANNER],
        key=str(uuid4()),
        body=budget,
    )
    stage.must(answer, "200", act="setting a drop's total")
