"""Viewers: their phones say that they are there, as docs/presence.md has it.

Campaign time is moved from wave to wave, and stands for the half hour between them. Within a wave
it is as long as the crowd takes, which must be less than the minute in which somebody is still
there after a beacon: so the first wave is the peak.
"""

from collections.abc import Sequence

from app.replay.couplets.event import Event
from app.replay.couplets.plan import Plan
from app.replay.members import NewMember
from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.replay.wire import crowd
from app.schemas.presence import LiveFiguresOut

VIEWERS_AT_ONCE = 256
# Of the estimate of different members: five of its standard errors, and one for the smallest.
OFF_BY_AT_MOST = 0.04


async def watch(stage: Stage, event: Event, viewers: Sequence[NewMember]) -> None:
    """One wave: everybody's first beacon."""

    async def look(viewer: NewMember) -> None:
        await _beacon(stage, event, viewer, act="a beacon")
        stage.progress.step()

    await crowd(viewers, look, at_once=VIEWERS_AT_ONCE)


async def come_early(stage: Stage, event: Event, viewers: Sequence[NewMember]) -> None:
    """They are told to come back when it begins, and count for nothing."""

    async def look(viewer: NewMember) -> None:
        asked_for = await _beacon(stage, event, viewer, act="a beacon before the session")
        if asked_for is not None and asked_for < 60:
            stage.surprises.note("a beacon before the session: to be repeated before it begins")

    await crowd(viewers, look, at_once=VIEWERS_AT_ONCE)


async def leave_the_tunnel(stage: Stage, event: Event, viewers: Sequence[NewMember]) -> None:
    """They were away for less than three minutes: no viewing of its own."""

    async def look(viewer: NewMember) -> None:
        await _beacon(stage, event, viewer, act="a beacon after a tunnel")

    await crowd(viewers, look, at_once=VIEWERS_AT_ONCE)


async def _beacon(stage: Stage, event: Event, viewer: NewMember, *, act: str) -> int | None:
    """In how many seconds the next one is wanted."""
    answer = await stage.wire.send(
        "POST", f"{event.path}/presence", token=stage.member_token(viewer.account)
    )
    return int(answer.body["next_in_s"]) if stage.expect(answer, "200", act=act) else None


async def read_live(troupe: Troupe, event: Event, plan: Plan) -> LiveFiguresOut:
    """When the session is over, as anybody reads it: final, without a gap, and with as many
    different members as its estimate can tell. Raises `NotPlayable`."""
    path = f"/v1/public/couplets/{event.id}/live"
    live = LiveFiguresOut.model_validate(
        await troupe.read_public(path, act="reading the live figures")
    )
    note = troupe.stage.surprises.note
    if not live.final or live.missing:
        note("the live figures after the session are not final, or miss somebody")
    if abs(live.members - plan.viewers) > max(OFF_BY_AT_MOST * plan.viewers, 1):
        note(f"the live figures estimate {live.members} members of {plan.viewers}")
    return live
