"""What is sent under one key more than once: at the same time, again, and with something else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

import httpx
from sqlalchemy import text

from app.shared.identity.callers import Member
from tests.factories import Factory, auth

ATTEMPTS = 5
Told = tuple[int, str]
Send = Callable[[], Awaitable[httpx.Response]]


class Sent(NamedTuple):
    who: Member
    path: str
    body: dict[str, Any] | None = None


class Kept(NamedTuple):
    """What is told besides the first answer: to a repeat while the first is under way, and to
    another body."""

    meanwhile: Told
    other: Told


async def sent_again(client: httpx.AsyncClient, make: Factory, sent: Sent) -> Kept:
    """The first succeeds and a repeat after it hears the same, or this fails."""

    async def send(body: dict[str, Any] | None) -> httpx.Response:
        headers = auth(make.token(sent.who), "once")
        return await client.post(sent.path, headers=headers, json=body)

    first, [repeat] = await meanwhile(make, partial(send, sent.body), partial(send, sent.body))
    assert first.is_success, first.text
    again = await send(sent.body)
    assert (again.status_code, again.content) == (first.status_code, first.content), sent.path
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await send({**(sent.body or {}), "anything": 1})
    return Kept(_told(repeat), _told(other))


def _told(answer: httpx.Response) -> Told:
    assert answer.is_error, answer.text
    return answer.status_code, answer.json()["code"]


async def meanwhile(
    make: Factory, first: Send, *repeats: Send
) -> tuple[httpx.Response, list[httpx.Response]]:
    """What the first is answered, and what repeats are that were sent while it was under way.

    On a machine that is busy its patience may end before they are heard: then it is told "not
    now", has done nothing, and is sent again.
    """
    for _ in range(ATTEMPTS):
        async with records_held(make) as until_waiting:
            under_way = asyncio.ensure_future(first())
            await until_waiting(under_way)
            heard = await asyncio.gather(*(repeat() for repeat in repeats))
            was_under_way = not under_way.done()
        answer = await under_way
        if was_under_way and answer.status_code != 503:
            return answer, heard
    raise TimeoutError("repeats queue behind the first, or the machine is far too busy")


@asynccontextmanager
async def records_held(
    make: Factory,
) -> AsyncIterator[Callable[["asyncio.Future[Any]"], Awaitable[None]]]:
    """Meanwhile records of keys can be read and not written. Yields a wait until the task
    wants to write one, or has ended."""
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'idempotency'::regclass"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with make.rooms.engine.connect() as connection:

        async def until_waiting(task: "asyncio.Future[Any]") -> None:
            while not task.done():
                if await connection.scalar(waiting):
                    return
                await asyncio.sleep(0.01)

        await connection.execute(text("SET LOCAL statement_timeout = '20s'"))
        await connection.execute(text("LOCK TABLE idempotency IN EXCLUSIVE MODE"))
        yield until_waiting
        await connection.rollback()
