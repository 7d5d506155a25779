"""Doing what is due: a few jobs at a time, each alone in its transaction.

It asks for work again whenever a lane is free, and twice a second when there is none;
why it is not told by NOTIFY: docs/adr/0015-outbox.md.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.clock import Clock
from app.platform.db import Sessions, is_passing, sqlstate
from app.platform.errors import Refusal
from app.platform.jobs import Handler, JobFailed, Later, Outside, Periodic
from app.shared.outbox import leases
from app.shared.outbox.backlog import read_backlog
from app.shared.outbox.leases import Lease
from app.shared.outbox.periodic import keep_going, put_successor

LANES = 4
POLL_S = 0.5
# How often periodic jobs are seen to, and the backlog is told.
ROUND_S = 60.0
# What is under way when a worker is told to stop has so long to end. Who stops it waits longer.
DRAIN_S = 6.0

# Two machines' clocks agree to so much.
APART = timedelta(seconds=2)

# The database is away. Leases end by themselves, and it is asked again.
LOST = (SQLAlchemyError, OSError, TimeoutError)

log = structlog.get_logger(__name__)


class WorkerDied(Exception):
    """The job was begun as often as it may be, and whoever began it last did not live to end it."""


class Runner:
    """One a process. `handlers` are bound to their rooms (`handlers.bind`)."""

    def __init__(
        self,
        sessions: Sessions,
        handlers: Mapping[str, Handler],
        *,
        lanes: int = LANES,
        is_paused: Callable[[], bool] = lambda: False,
        clock: Clock | None = None,
    ) -> None:
        """While `is_paused` says so, no job is begun; what is under way ends. `clock`: by which
        the handlers know what is due, where that may not have heard yet that time was moved."""
        self._sessions = sessions
        self._handlers = handlers
        self._lanes = lanes
        self._is_paused = is_paused
        self._clock = clock
        self._next_round = time.monotonic()

    async def run(self, stop: asyncio.Event) -> None:
        """Do jobs until `stop` is set. Then what is under way is ended, or handed back."""
        stopping = asyncio.create_task(stop.wait())
        running: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                free = self._lanes - len(running)
                running |= {asyncio.create_task(self._do(each)) for each in await self._look(free)}
                await asyncio.wait(
                    {stopping, *running},
                    timeout=POLL_S if len(running) < self._lanes else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                running = {task for task in running if not task.done()}
        finally:
            stopping.cancel()
            await _drain(running)

    async def _look(self, free: int) -> list[Lease]:
        if self._is_paused():
            return []
        try:
            if time.monotonic() >= self._next_round:
                await self._round()
            async with self._sessions.begin() as session:
                by = self._clock.now() + APART if self._clock else None
                return await leases.take(session, self._handlers, free, by=by)
        except LOST as error:
            log.warning("outbox_lost", error=type(error).__name__)
            return []

    async def _round(self) -> None:
        self._next_round = time.monotonic() + ROUND_S
        async with self._sessions.begin() as session:
            await keep_going(session, self._handlers)
            backlog = await read_backlog(session)
        log.info(
            "outbox",
            waiting=backlog.waiting_count,
            failed=backlog.failed_count,
            lag_s=round(backlog.lag_s, 1),
        )

    async def _do(self, lease: Lease) -> None:
        """One attempt, to whatever end. Raises nothing but its own cancellation."""
        handler = self._handlers[lease.kind]
        with structlog.contextvars.bound_contextvars(job_id=str(lease.id), job_kind=lease.kind):
            try:
                await self._attempt(handler, lease)
            except asyncio.CancelledError:
                await self._settle(lease, leases.hand_back)
                raise
            except Later as later:
                await self._settle(lease, partial(leases.put_off, due_at=later.due_at))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this job's alone
                _tell(lease, error)
                await self._settle(lease, partial(self._fail, handler=handler, error=error))

    async def _attempt(self, handler: Handler, lease: Lease) -> None:
        if lease.attempt > handler.attempts:
            raise WorkerDied()
        async with asyncio.timeout(handler.limit_s):
            if not isinstance(handler, Outside):
                await self._within(handler, lease)
                return
            await handler.act(lease.id, lease.payload)
        async with self._sessions.begin() as session:
            await leases.finish(session, lease)

    async def _within(self, handler: Handler, lease: Lease) -> None:
        async with self._sessions.begin() as session:
            # First, because it takes the row's lock; it counts when the effect commits.
            if not await leases.finish(session, lease):
                return
            more = await handler.act(session, lease.payload)
            if isinstance(handler, Periodic):
                after = timedelta() if more else handler.every
                await put_successor(session, lease.kind, after)

    async def _fail(
        self, session: AsyncSession, lease: Lease, *, handler: Handler, error: Exception
    ) -> None:
        is_final = isinstance(error, JobFailed) and error.for_good
        for_good = is_final or lease.attempt >= handler.attempts
        is_ours = await leases.fail(session, lease, error=name_of(error), for_good=for_good)
        if is_ours and for_good and isinstance(handler, Periodic):
            await put_successor(session, lease.kind, handler.every)

    async def _settle(
        self, lease: Lease, act: Callable[[AsyncSession, Lease], Awaitable[None]]
    ) -> None:
        try:
            async with self._sessions.begin() as session:
                await act(session, lease)
        except LOST as error:
            log.warning("job_not_settled", error=type(error).__name__)


def name_of(error: Exception) -> str:
    """Its class, and the refusal's code or PostgreSQL's: never its words, which may hold values."""
    code = error.code if isinstance(error, Refusal | JobFailed) else sqlstate(error)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _tell(lease: Lease, error: Exception) -> None:
    if isinstance(error, Refusal | JobFailed) or is_passing(error):
        log.warning("job_failed", attempt=lease.attempt, error=name_of(error))
        return
    # Not its words, and no line of its source: a place is enough to find the bug.
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("job_failed", attempt=lease.attempt, error=name_of(error), where=where)


async def _drain(running: set[asyncio.Task[None]]) -> None:
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=DRAIN_S)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
