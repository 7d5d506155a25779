"""Presses on one pool, decided together: one short transaction a batch.

Only after its commit is anybody told yes. A definite error, of the database or
of the pack's recorder, halves the batch until the culprit stands alone; a refusal
that the recorder raises is meant for all whom it would have recorded; presses that
it calls outdated leave the batch; where it is not known whether the commit happened,
the same claim ids are sent once more.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.coalescer import Coalescer
from app.platform.db import is_passing
from app.platform.errors import Refusal, TemporarilyUnavailable
from app.platform.fault_points import Point, reach
from app.platform.telemetry import FLUSH_PRESSES, FLUSH_SECONDS
from app.shared.stock.books import Flushed
from app.shared.stock.decisions import Decision, Outdated, Press, Recorder, Verdict
from app.shared.stock.granting import flush_with_rows, recall

Row = TypeVar("Row")
Asked = tuple[Press, Recorder[Any]]
Answer = Decision[Any] | BaseException
Stamp = Callable[[], int]
OnCommit = Callable[[int, Sequence[Press], Flushed], None]

BATCH = 256
QUEUE = 4_096
# A second try must still end within the caller's four seconds.
RETRY_WITHIN_S = 0.8
# The letter of `stock_flush` for the second press of a claim id in one call.
DOUBLED = "D"

log = structlog.get_logger(__name__)


class Batcher:
    """One a process and pool.

    `on_commit` hears of every batch that committed, with the `stamp` that was
    taken before the books were read.
    """

    def __init__(
        self, engine: AsyncEngine, pool_id: UUID, stamp: Stamp, on_commit: OnCommit
    ) -> None:
        self._engine = engine
        self._pool_id = pool_id
        self._stamp = stamp
        self._on_commit = on_commit
        self._queue: Coalescer[Asked, Decision[Any]] = Coalescer(
            self._decide, most=BATCH, queue=QUEUE
        )

    async def press(self, press: Press, recorder: Recorder[Row]) -> Decision[Row]:
        return await self._queue.ask((press, recorder))

    @property
    def idle(self) -> bool:
        return self._queue.idle

    async def drain(self) -> None:
        await self._queue.drain()

    async def _decide(self, asked: Sequence[Asked]) -> Sequence[Answer]:
        """One answer a press. Presses of one claim id share a flush's single answer."""
        places: dict[tuple[UUID, bytes], int] = {}
        presses, place_of = list[Press](), list[int]()
        for press, _ in asked:
            place = places.setdefault((press.claim_id, press.fingerprint), len(presses))
            if place == len(presses):
                presses.append(press)
            place_of.append(place)
        recorder = asked[0][1]
        answers = await self._attempt(presses, recorder)
        return [answers[place] for place in place_of]

    async def _attempt(
        self, presses: list[Press], recorder: Recorder[Any], *, again: bool = True
    ) -> list[Answer]:
        began = time.monotonic()
        try:
            flushed, rows = await self._flush(presses, recorder)
        except Refusal as refusal:
            return await self._refuse(presses, recorder, refusal)
        except Outdated as outdated:
            return await self._send_back(presses, recorder, outdated)
        except Exception as error:
            if not is_passing(error):
                return await self._halve(presses, recorder, error)
            if not again or time.monotonic() - began > RETRY_WITHIN_S:
                raise TemporarilyUnavailable() from error
            return await self._attempt(presses, recorder, again=False)
        return await self._answers(presses, recorder, flushed, rows)

    async def _refuse(
        self, presses: list[Press], recorder: Recorder[Any], refusal: Refusal
    ) -> list[Answer]:
        """The pack's no to everything new; what was granted before keeps its answer."""
        async with self._engine.connect() as connection:
            known = await recall(connection, presses, recorder)
        return [refusal if decision is None else decision for decision in known]

    async def _send_back(
        self, presses: list[Press], recorder: Recorder[Any], outdated: Outdated
    ) -> list[Answer]:
        """All of those to whoever pressed; the others are decided without them."""
        others = [press for press in presses if not outdated.names(press)]
        decided = iter(await self._attempt(others, recorder) if others else ())
        return [outdated if outdated.names(press) else next(decided) for press in presses]

    async def _halve(
        self, presses: list[Press], recorder: Recorder[Any], error: BaseException
    ) -> list[Answer]:
        if len(presses) == 1:
            log.error("press_failed", pool=str(self._pool_id), error=str(type(error).__name__))
            return [error]
        middle = len(presses) // 2
        left = await self._attempt(presses[:middle], recorder)
        return left + await self._attempt(presses[middle:], recorder)

    async def _flush(
        self, presses: list[Press], recorder: Recorder[Any]
    ) -> tuple[Flushed, dict[UUID, Any]]:
        """One transaction; with what it decided the pack's rows by claim id."""
        stamp, began = self._stamp(), time.perf_counter()
        await reach(Point.BEFORE_FLUSH)
        async with self._engine.begin() as connection:
            flushed, rows = await flush_with_rows(connection, self._pool_id, presses, recorder)
            await reach(Point.IN_FLUSH)
        await reach(Point.AFTER_COMMIT)
        FLUSH_PRESSES.observe(len(presses))
        FLUSH_SECONDS.observe(time.perf_counter() - began)
        self._on_commit(stamp, presses, flushed)
        return flushed, rows

    async def _answers(
        self,
        presses: list[Press],
        recorder: Recorder[Any],
        flushed: Flushed,
        rows: dict[UUID, Any],
    ) -> list[Answer]:
        """After the commit: a letter becomes a decision."""
        # Another body under a key of this very batch: its first is decided now, so ask again.
        doubled = [
            press
            for press, letter in zip(presses, flushed.letters, strict=True)
            if letter == DOUBLED
        ]
        late = iter(await self._attempt(doubled, recorder) if doubled else ())
        return [
            next(late) if letter == DOUBLED else Decision(Verdict(letter), rows.get(press.claim_id))
            for press, letter in zip(presses, flushed.letters, strict=True)
        ]
