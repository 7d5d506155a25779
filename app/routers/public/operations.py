"""For those who run the service: is it alive, is it ready, which one is it, how is it doing."""

import asyncio

from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.platform.errors import TemporarilyUnavailable
from app.platform.migrations import applied, heads
from app.routers.guard import anyone, api_router
from app.routers.rooms import R, Rooms
from app.routers.scrape import is_reachable, scrape
from app.schemas.operations import (
    BooksState,
    Checks,
    Health,
    JobsBehind,
    MigrationsState,
    Readiness,
    TurnstileState,
    Version,
)
from app.shared.outbox import backlog_within
from app.version import VERSION

router = api_router()

CHECK_S = 2.0
NEEDED = heads()


class NotReady(TemporarilyUnavailable):
    """Says which check failed, and never why: the reason may hold an address or a name."""

    def __init__(self, checks: Checks) -> None:
        super().__init__()
        self.facts = {"checks": checks.model_dump(mode="json")}


@router.get("/healthz", summary="进程是否存活")
@anyone(limit=None, asks_nobody=True)
async def healthz() -> Health:
    """The process is alive. Asks nobody else, so a lost database does not restart it."""
    return Health()


@router.get("/readyz", summary="是否可以接收流量")
@anyone(limit=None)
async def readyz(rooms: R) -> Readiness:
    """Books reachable and migrations current; the turnstile and how far the workers are behind
    are reported and not required."""
    (books, migrations), turnstile = await asyncio.gather(_look_at_books(rooms), _ping(rooms))
    checks = Checks(books=books, migrations=migrations, turnstile=turnstile)
    if migrations is not MigrationsState.CURRENT:
        raise NotReady(checks)
    return Readiness(checks=checks, jobs=await _look_at_jobs(rooms))


@router.get("/version", summary="版本")
@anyone(limit=None, asks_nobody=True)
async def version(rooms: R) -> Version:
    """The release, and the commit if the build was told."""
    return Version(version=VERSION, commit=rooms.settings.git_commit or None)


@router.get(
    "/metrics",
    summary="运行指标（Prometheus）",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
@anyone(limit=None, asks_nobody=True)
async def metrics(rooms: R) -> Response:
    """Prometheus text. Each process counts for itself, unless `PROMETHEUS_MULTIPROC_DIR` names
    a folder that all processes share: then whichever is asked answers for all. What the books
    know (stock left, backlog, differences) is read as it is asked; without them the rest is
    answered, and that they are away."""
    return Response(await scrape(rooms), media_type=CONTENT_TYPE_LATEST)


async def _look_at_books(rooms: Rooms) -> tuple[BooksState, MigrationsState]:
    found = await applied(rooms.engine, within_s=CHECK_S)
    if found is None:
        return BooksState.UNREACHABLE, MigrationsState.UNKNOWN
    state = MigrationsState.CURRENT if found == NEEDED else MigrationsState.DIFFERENT
    return BooksState.REACHABLE, state


async def _look_at_jobs(rooms: Rooms) -> JobsBehind | None:
    behind = await backlog_within(rooms.engine, within_s=CHECK_S / 2)
    return None if behind is None else JobsBehind.model_validate(behind)


async def _ping(rooms: Rooms) -> TurnstileState:
    if await is_reachable(rooms, within_s=CHECK_S):
        return TurnstileState.REACHABLE
    return TurnstileState.AWAY
