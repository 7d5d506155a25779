"""Campaign time as whoever plays reads it: a device, say, that has to tell when it did what."""

import time
from datetime import datetime, timedelta
from typing import Any

from app.platform.clock import day_start, shanghai_day
from app.replay.stage import Stage
from app.schemas.seed_ids import FIRST_MEMBER_NO

# From now to the eve of a play's first day, at least.
AHEAD = timedelta(hours=6)


class Watch:
    """Set whenever the deployment's clock is moved; goes on by itself in between."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._moment: datetime | None = None
        self._moved = 0.0

    async def move_clock(self, moment: datetime) -> None:
        """Campaign time is `moment` now, for the deployment and for this watch."""
        self._moment, self._moved = moment, time.monotonic()
        await self._stage.move_clock(moment)

    def now(self) -> datetime:
        assert self._moment is not None, "the play moves the clock before anything else"
        return self._moment + timedelta(seconds=time.monotonic() - self._moved)


async def read_campaign(stage: Stage) -> dict[str, Any]:
    """The edition that is played: the current one. Raises `NotPlayable`."""
    answer = await stage.wire.send("GET", "/v1/campaign", token=stage.member_token(FIRST_MEMBER_NO))
    stage.must(answer, "200", act="reading the campaign")
    campaign: dict[str, Any] = answer.body
    return campaign


async def campaign_time(stage: Stage) -> datetime:
    """What time it is on the deployment. Raises `NotPlayable`."""
    return datetime.fromisoformat((await read_campaign(stage))["server_time"])


async def next_first_day(stage: Stage) -> datetime:
    """Midnight of the day on which a part that begins at any time begins: whatever day it is,
    campaign time goes forward only. Raises `NotPlayable`."""
    return day_start(shanghai_day(await campaign_time(stage) + AHEAD) + timedelta(days=1))


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> timedelta:
    """Since a play's first day began; days count from 0."""
    return timedelta(days=day, hours=hour, minutes=minute, seconds=second)
