"""What a kind of job does: the values of `HANDLERS` in a pack's or room's `jobs.py`.

    async def lapse(session: AsyncSession, payload: Payload, *, clock: Clock) -> None: ...

    HANDLERS: dict[str, Handler] = {"gift_boxes.lapse": Within(lapse)}

The rooms that a handler needs are its arguments by keyword, named as in
`app/routers/rooms.py`; who runs it (`app/shared/outbox`) hands them in. These words
stand on the ground floor so that the outbox may use a room whose jobs it does.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

Payload: TypeAlias = Mapping[str, Any]

# Seconds of real time for one attempt. Each statement has its own limit well below (db.py).
LIMIT_S = 30.0
# With the pauses between them a little more than an hour.
ATTEMPTS = 12


class JobFailed(Exception):
    """Raised by a handler to which the world outside said no.

    `code` says why in snake case and holds no value; staff see it. `for_good`: no later
    attempt would do better, so the job has failed at once.
    """

    def __init__(self, code: str, *, for_good: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.for_good = for_good


class Later(Exception):
    """Raised by a handler that may not act before `due_at` (campaign time).

    The job waits for that as the same job, and this was no attempt.
    """

    def __init__(self, due_at: datetime) -> None:
        super().__init__()
        self.due_at = due_at


@dataclass(frozen=True)
class Handler:
    """One of the kinds below. After `attempts` in vain the job has failed, for staff to see."""

    act: Callable[..., Awaitable[Any]]
    limit_s: float = LIMIT_S
    attempts: int = ATTEMPTS


class Within(Handler):
    """An effect in the database: `act(session, payload)` in the transaction that ends the job.

    It happens once. It waits for nothing but the database, and opens no transaction of its own.
    """


class Outside(Handler):
    """An effect elsewhere (HTTP): `act(job_id, payload)` outside any transaction, under a lease.

    It may happen again if its worker dies, so the other side must know it again by `job_id`,
    its idempotency key.
    """


@dataclass(frozen=True, kw_only=True)
class Periodic(Handler):
    """`Within`, once in so much campaign time: a row that puts its successor as it ends.

    `act` answers whether there is more to do: then the successor is due at once. So what
    piled up is worked off in transactions of bounded size.
    """

    every: timedelta
