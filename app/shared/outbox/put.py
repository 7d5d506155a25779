"""Jobs put and taken back, in the transaction of the business rows that cause it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.outbox import LIVE, Job
from app.platform.ids import new_id

Transaction: TypeAlias = AsyncSession | AsyncConnection
Value: TypeAlias = UUID | int | date | StrEnum | list[UUID]

# By their keys in one order, so that two who put the same ones do not wait in a circle.
_PUT = text("""
    INSERT INTO job (id, kind, payload, dedupe_key, due_at)
    SELECT id, kind, CAST(payload AS jsonb), dedupe_key,
           coalesce(due_at, (SELECT campaign_now()))
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:payloads AS text[]),
                CAST(:keys AS text[]), CAST(:dues AS timestamptz[]))
         AS given (id, kind, payload, dedupe_key, due_at)
    ORDER BY dedupe_key
    ON CONFLICT (dedupe_key) WHERE state IN ('queued', 'leased') DO NOTHING
    RETURNING id
""")


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is to happen, of a kind that somebody's `jobs.py` handles.

    The payload names things (ids, numbers, times, states); free text has no place in it,
    for it could be about a person. `due_at` is campaign time, None is now. Of jobs with
    one `dedupe_key` (`<room>:<what>:<id>`) one at most is live.
    """

    kind: str
    payload: Mapping[str, Value] = field(default_factory=dict)
    dedupe_key: str | None = None
    due_at: datetime | None = None


async def put(transaction: Transaction, job: NewJob) -> UUID | None:
    """The job's id; None where one with its key is live already, which stays as it is.

    One that a worker is just doing is waited for: what it could not see is done anew.
    """
    ids = await put_many(transaction, [job])
    return ids[0] if ids else None


async def put_many(transaction: Transaction, jobs: Iterable[NewJob]) -> list[UUID]:
    """All of them in one statement; the ids of those that were put, as in `put`."""
    given = list(jobs)
    put_ids = await transaction.execute(
        _PUT,
        {
            "ids": [new_id() for _ in given],
            "kinds": [job.kind for job in given],
            "payloads": [_written(job.payload) for job in given],
            "keys": [job.dedupe_key for job in given],
            "dues": [job.due_at for job in given],
        },
    )
    return list(put_ids.scalars())


async def cancel(transaction: Transaction, dedupe_key: str) -> bool:
    """Whether the job was still to be done; then it is gone, once this commits.

    A worker that is just doing it is waited for, and if it succeeds this came too late.
    Only an effect outside the database may be under way all the same. To move a deadline,
    cancel it and put it anew.
    """
    gone = await transaction.execute(
        delete(Job).where(Job.dedupe_key == dedupe_key, text(LIVE)).returning(Job.id)
    )
    return gone.first() is not None


def _written(payload: Mapping[str, Value]) -> str:
    return json.dumps({name: _plain(value) for name, value in payload.items()})


def _plain(value: Value) -> Any:
    match value:
        case int() | StrEnum():
            return value
        case UUID():
            return str(value)
        case datetime() if value.tzinfo is None:
            raise TypeError("a time in a job's payload needs its offset")
        case date():
            return value.isoformat()
        case list():
            return [_plain(each) for each in value]
    raise TypeError(f"a job's payload names things, and holds no {type(value).__name__}")
