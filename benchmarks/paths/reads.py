"""What the app reads all the time: the home page, the batches, my vouchers.

Whoever reads holds as many vouchers as the edition gave a worker, and no more: what the other
paths leave behind is not in it.
"""

from functools import partial

from sqlalchemy import func, select

from app.models.breakfast import Voucher
from app.platform.ids import new_id
from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.measured import NotAFigure
from benchmarks.paths.batches import end_batch, open_batch
from benchmarks.paths.claims import claims_url
from benchmarks.paths.noop import MEMBER_READ_NOOP, NOOP, OK
from benchmarks.paths.path import Crowd, Path, Target, Variant

READS = 3_000
# 20,000 vouchers for 1,250 workers.
HELD = 16
CONNECTIONS = 64


async def _reads(ground: Ground, count: int, *, path: str) -> Crowd:
    await _fill_wallets(ground)
    url, tokens = f"{ground.service.url}{path}", ground.reader_tokens
    asking = [tokens[place % len(tokens)] for place in range(count)]
    return Crowd(ground.service, [crowd.request("GET", url, each) for each in asking], OK)


async def _fill_wallets(ground: Ground) -> None:
    """Each reader holds `HELD`, claimed as everybody claims; from the second round on they do."""
    async with ground.rooms.sessions() as session:
        held = await session.scalar(
            select(func.count()).where(Voucher.member_id == ground.readers[0].id)
        )
    for _ in range(HELD - (held or 0)):
        batch = await open_batch(ground, total=len(ground.readers))
        url = claims_url(ground.service, batch.id)
        presses = [
            crowd.request("POST", url, token, key=str(new_id())) for token in ground.reader_tokens
        ]
        heard = crowd.send(ground.service.url, presses, connections=CONNECTIONS)
        if heard.counts != {"201": len(presses)}:
            raise NotAFigure(f"readers who claim were answered {dict(heard.counts)}")
        await end_batch(ground, batch.id)


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
