"""What is sent under one key more than once: at the same time, again, and with something else."""

import asyncio
from typing import Any, NamedTuple

import httpx

from app.shared.identity.callers import Member
from tests.factories import Factory, auth
from tests.routers.test_order_of_refusals import ATTEMPTS, records_held

Told = tuple[int, str]


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
    """The first succeeds and a repeat after it hears the same, or this fails.

    Where the machine is busy the first hears "not now", and is sent again.
    """

    async def send(body: dict[str, Any] | None) -> httpx.Response:
        headers = auth(make.token(sent.who), "once")
        return await client.post(sent.path, headers=headers, json=body)

    for _ in range(ATTEMPTS):
        async with records_held(make) as until_waiting:
            under_way = asyncio.create_task(send(sent.body))
            await until_waiting(under_way)
            repeat = await send(sent.body)
            was_under_way = not under_way.done()
        first = await under_way
        if was_under_way and first.status_code != 503:
            break
    assert first.is_success, first.text
    again = await send(sent.body)
    assert (again.status_code, again.content) == (first.status_code, first.content), sent.path
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await send({**(sent.body or {}), "anything": 1})
    return Kept(_told(repeat), _told(other))


def _told(answer: httpx.Response) -> Told:
    assert answer.is_error, answer.text
    return answer.status_code, answer.json()["code"]
