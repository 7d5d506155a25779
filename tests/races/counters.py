"""Rush hour: several server processes, many tills, each voucher at several of them at once."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import httpx

from tests.factories import auth
from tests.races.drop import until_answered
from tests.refusals import NOTING

GROUPS_AT_ONCE = 6


class Scan(NamedTuple):
    """One till's attempt: its token, the store's number, the code."""

    token: str
    number: str
    code: str


@dataclass
class Answered:
    """What the tills were told."""

    answers: Counter[str] = field(default_factory=Counter)
    redeemed: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def redemptions(self) -> int:
        return self.answers["201"]


async def redeem_all(urls: Sequence[str], groups: Sequence[Sequence[Scan]]) -> Answered:
    """Present every group; the scans of one group start together, on different processes."""
    answered = Answered()
    pending = iter(groups)

    async def scan(client: httpx.AsyncClient, url: str, each: Scan) -> None:
        answer = await until_answered(
            partial(
                client.put,
                f"{url}/v1/store/redemptions/{each.number}",
                headers=auth(each.token),
                json={"code": each.code},
            )
        )
        body = answer.json()
        told = str(answer.status_code) if answer.is_success else body["code"]
        answered.answers[told] += 1
        if answer.is_success:
            answered.redeemed[each.code].append(body)

    async def counter(client: httpx.AsyncClient) -> None:
        for group in pending:
            async with asyncio.TaskGroup() as rivals:
                for place, each in enumerate(group):
                    rivals.create_task(scan(client, urls[place % len(urls)], each))

    async with asyncio.TaskGroup() as counters:
        for _ in range(GROUPS_AT_ONCE):
            counters.create_task(_with_client(counter))
    return answered


async def _with_client(counter: Any) -> None:
    async with httpx.AsyncClient(timeout=10, event_hooks=NOTING) as client:
        await counter(client)
