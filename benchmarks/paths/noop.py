"""The reference of references: a FastAPI operation that checks the token and does nothing."""

from benchmarks import crowd
from benchmarks.ground import Ground
from benchmarks.paths.path import Crowd, Variant

NOOP = "no-op with token"
OK = frozenset({"200"})


async def _post(ground: Ground, count: int) -> Crowd:
    url = f"{ground.references.url}/noop"
    tokens = (ground.tokens[place % len(ground.tokens)] for place in range(count))
    return Crowd(ground.references, [crowd.request("POST", url, each) for each in tokens], OK)


async def _get(ground: Ground, count: int) -> Crowd:
    url = f"{ground.references.url}/noop"
    tokens = (ground.tokens[place % len(ground.tokens)] for place in range(count))
    return Crowd(ground.references, [crowd.request("GET", url, each) for each in tokens], OK)


async def _put(ground: Ground, count: int) -> Crowd:
    url, body = f"{ground.references.url}/noop", b'{"code":"0000-0000-0000-0000-0"}'
    tokens = (ground.till_tokens[place % len(ground.till_tokens)] for place in range(count))
    requests = [crowd.request("PUT", url, each, body=body) for each in tokens]
    return Crowd(ground.references, requests, OK)


COUNT = 6_000
MEMBER_NOOP = Variant(NOOP, _post, COUNT)
MEMBER_READ_NOOP = Variant(NOOP, _get, COUNT)
TILL_NOOP = Variant(NOOP, _put, COUNT)
