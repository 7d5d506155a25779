"""Claims: everybody wins, everybody is too late, and both without Redis."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from app.platform.ids import new_id
from app.shared.stock import read_pools
from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.paths.batches import end_batch, open_batch
from benchmarks.paths.noop import MEMBER_NOOP, NOOP
from benchmarks.paths.path import Crowd, Measure, Path, Target, Variant
from benchmarks.references import tables
from benchmarks.site import Site

WON, GONE = frozenset({"201"}), frozenset({"sold_out"})
CLAIMS = 9_000
ROW_LOCK, ONE_STATEMENT = "row lock", "one statement each"
SKIP_LOCKED, REDIS_DECREMENT = "a row a unit, SKIP LOCKED", "Redis decrement, then write"
WITH_REDIS = "with Redis"


def presses(ground: Ground, url: str, count: int) -> list[bytes]:
    """One press a member, each with a key of its own."""
    assert count <= len(ground.tokens), "each press is another member's"
    return [crowd.request("POST", url, token, key=str(new_id())) for token in ground.tokens[:count]]


def claims_url(site: Site, batch_id: UUID) -> str:
    return f"{site.url}/v1/breakfast/batches/{batch_id}/claims"


async def _winners(ground: Ground, count: int, *, site: Callable[[Ground], Site]) -> Crowd:
    batch = await open_batch(ground, total=count)
    requests = presses(ground, claims_url(site(ground), batch.id), count)

    async def check() -> list[str]:
        async with ground.rooms.sessions() as session:
            issued = (await read_pools(session, [batch.pool.id]))[batch.pool.id].issued
        await end_batch(ground, batch.id)
        return [] if issued == count else [f"{count} were to be told yes, {issued} are issued"]

    return Crowd(site(ground), requests, WON, check)


async def _late(ground: Ground, count: int) -> Crowd:
    """Nothing is left, and the turnstile has heard of it."""
    batch = await open_batch(ground, total=1)
    url = claims_url(ground.service, batch.id)
    last = crowd.send(ground.service.url, presses(ground, url, 1), connections=1)
    if last.counts != {"201": 1}:
        raise AssertionError(f"the only one was answered {last.counts}")
    requests = [
        crowd.request(
            "POST", url, ground.tokens[1 + place % (len(ground.tokens) - 1)], key=str(new_id())
        )
        for place in range(count)
    ]

    async def check() -> list[str]:
        await end_batch(ground, batch.id)
        return []

    return Crowd(ground.service, requests, GONE, check)


async def _reference(
    ground: Ground,
    count: int,
    *,
    design: str,
    fill: Callable[[Ground, UUID, int], Awaitable[None]] | None = None,
    units: bool = False,
) -> Crowd:
    pool_id = await tables.new_pool(ground.rooms.engine, total=count, units=units)
    if fill is not None:
        await fill(ground, pool_id, count)
    url = f"{ground.references.url}/{design}/{pool_id}/claims"

    async def check() -> list[str]:
        over = await tables.over_issued(ground.rooms.engine, pool_id)
        return [f"the reference {design} gave out more than there was"] if over else []

    return Crowd(ground.references, presses(ground, url, count), WON, check)


async def _fill_redis(ground: Ground, pool_id: UUID, count: int) -> None:
    await ground.rooms.redis.set(f"reference:{pool_id}:left", count)


_ROW_LOCK = Variant(ROW_LOCK, partial(_reference, design="row_lock"), 600)
_ONE_STATEMENT = Variant(ONE_STATEMENT, partial(_reference, design="one_statement"), CLAIMS)
_SKIP_LOCKED = Variant(SKIP_LOCKED, partial(_reference, design="skip_locked", units=True), CLAIMS)
_REDIS = Variant(
    REDIS_DECREMENT, partial(_reference, design="redis_decrement", fill=_fill_redis), CLAIMS
)

WINNERS = Path(
    name="claim",
    about="每次都领到：写下一张券所需的全部 · everybody wins; all that a claim writes",
    subject=Variant("claim", partial(_winners, site=lambda ground: ground.service), CLAIMS),
    references=(_ROW_LOCK, _ONE_STATEMENT, _SKIP_LOCKED, _REDIS, MEMBER_NOOP),
    targets=(
        Target(ROW_LOCK, 8, 20),
        Target(ONE_STATEMENT, 1.8, 3),
        Target(SKIP_LOCKED, None, None),
        Target(REDIS_DECREMENT, None, None),
        Target(NOOP, 0.4, 0.6),
        Target(NOOP, 3, 1.6, Measure.CPU),
    ),
)

SOLD_OUT = Path(
    name="sold_out",
    about="领完之后 · everybody is too late",
    subject=Variant("refusal", _late, 6_000),
    references=(MEMBER_NOOP,),
    targets=(Target(NOOP, 0.8, 1.5), Target(NOOP, 1.3, 0.7, Measure.CPU)),
)

NO_REDIS = Path(
    name="claim_without_redis",
    about="Redis 停止时领取 · the same claims, Redis stopped",
    subject=Variant(
        "claim, no Redis", partial(_winners, site=lambda ground: ground.without_redis), CLAIMS
    ),
    references=(
        Variant(WITH_REDIS, partial(_winners, site=lambda ground: ground.service), CLAIMS),
    ),
    targets=(Target(WITH_REDIS, 0.7, 1),),
)
