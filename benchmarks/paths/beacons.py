"""Beacons of viewers: what a crowd sends every half a minute."""

from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.paths.live import live_event
from benchmarks.paths.noop import MEMBER_NOOP, NOOP, OK
from benchmarks.paths.path import Crowd, Measure, Path, Target, Variant

BEACONS = 6_000


async def _beacons(ground: Ground, count: int) -> Crowd:
    event, tokens = await live_event(ground, pairs=1), ground.tokens
    requests = [
        crowd.request("POST", event.presence_url, tokens[place % len(tokens)])
        for place in range(count)
    ]

    async def check() -> list[str]:
        viewers, joins = min(count, len(tokens)), (await event.figures())["joins"]
        return [] if joins == viewers else [f"{viewers} viewers came, {joins} were counted"]

    return Crowd(ground.service, requests, OK, check)


BEACON = Path(
    name="beacon",
    about="直播观众的心跳 · beacons of viewers",
    subject=Variant("beacon", _beacons, BEACONS),
    references=(MEMBER_NOOP,),
    targets=(Target(NOOP, 0.8, 1.5), Target(NOOP, 1.3, 0.7, Measure.CPU)),
)
