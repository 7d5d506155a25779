"""What the app reads all the time: the home page, the batches, my vouchers."""

from functools import partial

from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.paths.noop import MEMBER_READ_NOOP, NOOP, OK
from benchmarks.paths.path import Crowd, Path, Target, Variant

READS = 3_000


async def _reads(ground: Ground, count: int, *, path: str) -> Crowd:
    url = f"{ground.service.url}{path}"
    tokens = [ground.tokens[place % len(ground.tokens)] for place in range(count)]
    return Crowd(ground.service, [crowd.request("GET", url, each) for each in tokens], OK)


def _path(name: str, about: str, path: str) -> Path:
    return Path(
        name=name,
        about=about,
        subject=Variant(path, partial(_reads, path=path), READS),
        references=(MEMBER_READ_NOOP,),
        targets=(Target(NOOP, 0.3, 0.6),),
    )


HOME = _path("home", "首页 · the app's home page", "/v1/me/packs")
BATCHES = _path("batches", "可领批次 · batches on offer", "/v1/breakfast/batches")
VOUCHERS = _path("vouchers", "我的早餐券 · my vouchers", "/v1/breakfast/vouchers")
