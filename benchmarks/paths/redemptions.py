"""Redemptions: each another voucher, and a crowd of tills at one voucher."""

import asyncio

from sqlalchemy import insert

from app.packs.breakfast.claim import claim
from app.platform.ids import new_id
from app.shared.idempotency import KeyedRequest
from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.paths.batches import open_batch
from benchmarks.paths.noop import NOOP, TILL_NOOP
from benchmarks.paths.path import Crowd, Measure, Path, Target, Variant
from benchmarks.references import tables
from benchmarks.references.codes import Codes
from benchmarks.references.orm import Voucher

DONE, LOOKED_UP = frozenset({"201"}), frozenset({"200"})
ONE_OF_MANY = frozenset({"201", "already_redeemed"})
REDEMPTIONS = 2_000
ORM = "one ORM transaction each"


async def _codes(ground: Ground, count: int) -> list[str]:
    """Claimed vouchers, by the service's own way."""
    rooms, batch = ground.rooms, await open_batch(ground, total=count)

    async def won(place: int) -> str:
        member = ground.members[place]
        request = KeyedRequest(str(member.id), "bench", str(new_id()), b"0" * 16)
        claimed = await claim(
            rooms.stock,
            rooms.catalogue,
            rooms.directory,
            rooms.vouchers,
            rooms.clock,
            member=member,
            actor=member.acting(rooms.digester),
            batch_id=batch.id,
            request=request,
        )
        return claimed.voucher.code

    return list(await asyncio.gather(*(won(place) for place in range(count))))


def _scans(ground: Ground, url: str, codes: list[str]) -> list[bytes]:
    tokens = ground.till_tokens
    return [
        crowd.request(
            "PUT",
            f"{url}/{new_id()}",
            tokens[place % len(tokens)],
            body=f'{{"code":"{code}"}}'.encode(),
        )
        for place, code in enumerate(codes)
    ]


async def looked_up(ground: Ground, count: int) -> Crowd:
    """What a till sees of a voucher before it redeems it: whose it is, what it is worth."""
    url = f"{ground.service.url}/v1/store/redemptions/lookup"
    tokens = ground.till_tokens
    requests = [
        crowd.request(
            "POST", url, tokens[place % len(tokens)], body=f'{{"code":"{code}"}}'.encode()
        )
        for place, code in enumerate(await _codes(ground, count))
    ]
    return Crowd(ground.service, requests, LOOKED_UP)


async def _each_another(ground: Ground, count: int) -> Crowd:
    url = f"{ground.service.url}/v1/store/redemptions"
    return Crowd(ground.service, _scans(ground, url, await _codes(ground, count)), DONE)


async def _all_the_same(ground: Ground, count: int) -> Crowd:
    url = f"{ground.service.url}/v1/store/redemptions"
    [code] = await _codes(ground, 1)
    return Crowd(ground.service, _scans(ground, url, [code] * count), ONE_OF_MANY)


async def _orm(ground: Ground, count: int) -> Crowd:
    rooms = ground.rooms
    codes = Codes(rooms.sealer, rooms.digester)
    pool_id = await tables.new_pool(rooms.engine, total=count)
    new = [codes.new() for _ in range(count)]
    rows = [
        {
            "id": new_id(),
            "pool_id": pool_id,
            "member_no": member.member_no,
            "request_key": str(new_id()),
            "code_digest": code.digest,
            "code_sealed": code.sealed,
        }
        for member, code in zip(ground.members, new, strict=False)
    ]
    async with rooms.sessions.begin() as session:
        await session.execute(insert(Voucher), rows)
    url = f"{ground.references.url}/orm/redemptions"
    return Crowd(ground.references, _scans(ground, url, [code.text for code in new]), DONE)


REDEMPTION = Path(
    name="redemption",
    about="每次核销另一张券 · each another voucher",
    subject=Variant("redemption", _each_another, REDEMPTIONS),
    references=(Variant(ORM, _orm, 800), TILL_NOOP),
    targets=(Target(ORM, 3, 4), Target(NOOP, 3, 1.6, Measure.CPU)),
)

SAME_VOUCHER = Path(
    name="same_voucher",
    about="众多终端核销同一张券 · many tills on one voucher",
    subject=Variant("redemption", _all_the_same, REDEMPTIONS),
    references=(TILL_NOOP,),
    targets=(Target(NOOP, 0.5, 0.8),),
)
