"""Experts take one consultation at once: one of them has it. A pseudonym is lifted while its
member is erased: neither is thrown out.

The controls take it without the condition under which a row is moved, and must give more; and lock
in the order that is gone, and must wait in a circle.
"""

import asyncio
from collections import Counter

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.shared.identity.callers import Member
from tests.consulting import Consulting
from tests.factories import Factory
from tests.locks import unwritable

pytestmark = pytest.mark.anyio

EXPERTS = 4
LOOK = text("SELECT state FROM health_consultation WHERE id = CAST(:id AS uuid)")
TAKE = text("""
    UPDATE health_consultation SET state = 'taken', expert_id = CAST(:expert_id AS uuid)
     WHERE id = CAST(:id AS uuid)""")


async def race(client: httpx.AsyncClient, make: Factory) -> "Counter[str]":
    """What the experts heard."""
    consulting = Consulting(client, make)
    experts = [await consulting.expert() for _ in range(EXPERTS)]
    thread_id = await consulting.opened(await consulting.asker())
    # Each with a connection of its own, and all together: they have seen that it waits.
    async with unwritable(make.rooms.engine, "health_consultation") as until_waiting:
        takes = [
            asyncio.create_task(consulting.desk(each.headers, thread_id, "take"))
            for each in experts
        ]
        await until_waiting(EXPERTS)
    heard = await asyncio.gather(*takes)
    return Counter(str(each.json().get("code", each.status_code)) for each in heard)


async def test_of_four_experts_one_takes_the_consultation(
    client: httpx.AsyncClient, make: Factory
) -> None:
    assert await race(client, make) == {"200": 1, "state_conflict": EXPERTS - 1}
    await Consulting(client, make).assert_right()


async def test_the_control_that_looks_first_and_takes_then_gives_more(
    client: httpx.AsyncClient, make: Factory
) -> None:
    """The same interleaving, by the way that is not gone: each sees that it waits, and takes it."""
    consulting, engine = Consulting(client, make), make.rooms.engine
    experts = [await consulting.expert() for _ in range(EXPERTS)]
    thread_id = await consulting.opened(await consulting.asker())

    async def look_and_take(expert_id: str) -> bool:
        async with engine.begin() as connection:
            if await connection.scalar(LOOK, {"id": thread_id}) != "waiting":
                return False
            await connection.execute(TAKE, {"id": thread_id, "expert_id": expert_id})
            return True

    async with unwritable(engine, "health_consultation") as until_waiting:
        takes = [asyncio.create_task(look_and_take(each.id)) for each in experts]
        await until_waiting(EXPERTS)
    assert sum(await asyncio.gather(*takes)) > 1


HOLD = text("SELECT id FROM health_consultation WHERE id = CAST(:id AS uuid) FOR UPDATE")
LOOKED = text("""
    INSERT INTO data_access (id, member_id, staff_id, roles, act, at)
    SELECT gen_random_uuid(), CAST(:member_id AS uuid), id, '{}', 'health.lift', now()
      FROM staff LIMIT 1""")


async def asked_who_it_is(consulting: Consulting) -> tuple[Member, str, str]:
    """Somebody without a name, their consultation, and the approval that would tell it."""
    member, doctor = await consulting.asker(), await consulting.expert()
    thread_id = await consulting.taken(member, doctor, topic="psychological", anonymous=True)
    asked = await consulting.desk(doctor.headers, thread_id, "identity", reason="有风险")
    return member, thread_id, f"/v1/admin/approvals/{asked.json()['approval_id']}/decision"


def erase(consulting: Consulting, member: Member) -> "asyncio.Task[httpx.Response]":
    headers = consulting.as_member(member)
    return asyncio.create_task(consulting.client.post("/v1/me/erasure", headers=headers))


async def test_a_pseudonym_is_lifted_while_its_member_is_erased(
    client: httpx.AsyncClient, make: Factory
) -> None:
    """Neither waits for the other in a circle: both take the account first."""
    consulting, engine = Consulting(client, make), make.rooms.engine
    member, _, url = await asked_who_it_is(consulting)
    officer, decision = await consulting.officer(), {"decision": "approve", "reason": "已核实"}
    async with unwritable(engine, "data_access") as until_waiting:
        lifting = asyncio.create_task(client.post(url, headers=officer, json=decision))
        await until_waiting(1)
        erasing = erase(consulting, member)
        await until_waiting(2)
    lifted, erased = await asyncio.gather(lifting, erasing)
    assert (lifted.status_code, erased.status_code) == (200, 200), (lifted.text, erased.text)
    await consulting.assert_right()


async def test_the_control_that_takes_the_consultation_first_waits_in_a_circle(
    client: httpx.AsyncClient, make: Factory
) -> None:
    """The same interleaving by the order that is gone: one of the two is thrown out."""
    consulting, engine = Consulting(client, make), make.rooms.engine
    member, thread_id, _ = await asked_who_it_is(consulting)

    async def lift_by_the_old_order() -> None:
        async with engine.begin() as connection:
            await connection.execute(HOLD, {"id": thread_id})
            await connection.execute(LOOKED, {"member_id": member.id})

    async with unwritable(engine, "data_access") as until_waiting:
        lifting = asyncio.create_task(lift_by_the_old_order())
        await until_waiting(1)
        erasing = erase(consulting, member)
        await until_waiting(2)
    lifted, erased = await asyncio.gather(lifting, erasing, return_exceptions=True)
    assert isinstance(erased, httpx.Response)
    assert isinstance(lifted, DBAPIError) or erased.status_code == 503, (lifted, erased.text)
