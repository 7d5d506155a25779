"""Next year's edition, as staff bring it about: copied, its drops started, opened, made the current
one.

Every part plays in the edition that is current and on days that are still to come. So this is all
that it takes to play another one: copy the current edition to the same day of another year, end
the old one, and move the clock to the eve of the new.
"""

from calendar import isleap
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from app.platform.clock import shanghai_day
from app.replay.stage import NotPlayable, Stage
from app.replay.watch import AHEAD, read_campaign

CAMPAIGNS, BATCHES = "/v1/admin/campaigns", "/v1/admin/breakfast/batches"
MANAGER = "campaign_manager"
REASON = "回放：新一届活动 / replay: next year's edition"


async def begin_next_edition(stage: Stage, year: int) -> None:
    """From now on that year's edition is the current one. Raises `NotPlayable` (also where that
    day is over), `Unreachable`."""
    old = await read_campaign(stage)
    stage.progress.scene(f"staff copy the edition to {year}")
    starts_on = same_day_of(shanghai_day(datetime.fromisoformat(old["starts_at"])), year)
    now = datetime.fromisoformat(old["server_time"])
    if starts_on <= shanghai_day(now + AHEAD):
        raise NotPlayable(f"an edition that begins on {starts_on}, which is over")
    name = {"name": f"{year}年冬送温暖·五大礼包", "name_en": f"Winter Warmth {year}"}
    plan = {**name, "starts_on": starts_on.isoformat()}
    new = await _act(stage, f"{CAMPAIGNS}/{old['id']}/copies", plan, "201")
    for first_id in await _first_of_each_series(stage, new["id"]):
        await _act(stage, f"{BATCHES}/{first_id}/start?series=true")
    await _act(stage, f"{CAMPAIGNS}/{new['id']}/open")
    await _act(stage, f"{CAMPAIGNS}/{new['id']}/current")
    await _act(stage, f"{CAMPAIGNS}/{old['id']}/end")
    await stage.move_clock(datetime.fromisoformat(new["starts_at"]) - 2 * AHEAD)


def same_day_of(day: date, year: int) -> date:
    """The same day of another year; of a year without that day, the one after it."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return day.replace(year=year)


async def _first_of_each_series(stage: Stage, campaign_id: str) -> list[str]:
    batches = await stage.read_all(BATCHES, stage.staff[MANAGER])
    mine = [each for each in batches if each["campaign_id"] == campaign_id]
    return list({each["series_id"]: each["id"] for each in reversed(mine)}.values())


async def _act(
    stage: Stage, path: str, body: dict[str, Any] | None = None, status: str = "200"
) -> dict[str, Any]:
    answer = await stage.wire.send(
        "POST", path, token=stage.staff[MANAGER], key=str(uuid4()), body=body or {"reason": REASON}
    )
    stage.must(answer, status, act=f"POST {path}")
    done: dict[str, Any] = answer.body
    return done
