"""Campaign time as whoever plays reads it: a device, say, that has to tell when it did what."""

import time
from datetime import datetime, timedelta

from app.replay.stage import Stage
from app.schemas.seed_ids import FIRST_MEMBER_NO


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


async def campaign_time(stage: Stage) -> datetime:
    """What time it is on the deployment. Raises `NotPlayable`."""
    answer = await stage.wire.send("GET", "/v1/campaign", token=stage.member_token(FIRST_MEMBER_NO))
    stage.must(answer, "200", act="reading the campaign")
    return datetime.fromisoformat(answer.body["server_time"])
