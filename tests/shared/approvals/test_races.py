"""Where two meet: deciders, a decision and the deadline, slices. Each with its control."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from app.models.states import Role
from app.platform.errors import StateConflict
from app.shared.approvals import ApprovalFacts, Asked
from app.shared.identity.callers import Actor
from tests.factories import Factory
from tests.shared.approvals.office import LIVES, Office, outcome
from tests.shared.identity.clients import Clients

pytestmark = pytest.mark.anyio


@dataclass
class Pending:
    store_id: UUID
    approval_id: UUID
    deciders: tuple[Actor, Actor]


@pytest.fixture
async def pending(office: Office, make: Factory) -> Pending:
    """Asked for by one, to be decided by two others; the act stops half-way."""
    store_id = await make.store()
    approval_id = await office.ask(await office.actor(Role.CAMPAIGN_MANAGER), store_id)
    deciders = (await office.actor(Role.FINANCE), await office.actor(Role.ADMINISTRATOR))
    office.entrance.open.clear()
    return Pending(store_id, approval_id, deciders)


async def test_of_two_who_approve_at_once_one_does_it(office: Office, pending: Pending) -> None:
    first, second = pending.deciders
    one = asyncio.create_task(outcome(office.decide(first, pending.approval_id)))
    await office.entrance.until_entered(1)
    other = asyncio.create_task(outcome(office.decide(second, pending.approval_id)))
    await office.until_one_waits()
    office.entrance.open.set()
    done, late = await one, await other
    assert isinstance(done, ApprovalFacts)
    assert isinstance(late, StateConflict)
    assert late.facts == {"state": "approved"}
    assert await office.effects(pending.store_id) == 1
    assert await office.acts(pending.approval_id) == ["approval.ask", "approval.decide"]


async def test_control_without_the_rows_lock_both_do_it(office: Office, pending: Pending) -> None:
    with Clients(office.make).without_row_locks():
        deciding = [
            asyncio.create_task(outcome(office.decide(each, pending.approval_id)))
            for each in pending.deciders
        ]
        await office.entrance.until_entered(2)
        office.entrance.open.set()
        await asyncio.gather(*deciding)
    assert await office.effects(pending.store_id) == 2


async def approve_across_the_deadline(office: Office, pending: Pending) -> asyncio.Task[object]:
    """An approval that began in time and stops half-way; meanwhile its time runs out."""
    approving = asyncio.create_task(
        outcome(office.decide(pending.deciders[0], pending.approval_id))
    )
    await office.entrance.until_entered(1)
    await office.make.move_clock(LIVES + timedelta(seconds=1))
    return approving


async def test_who_has_begun_to_approve_in_time_is_not_overtaken_by_the_deadline(
    office: Office, pending: Pending
) -> None:
    approving = await approve_across_the_deadline(office, pending)
    lapsing = asyncio.create_task(office.lapse(pending.approval_id))
    await office.until_one_waits()
    office.entrance.open.set()
    assert isinstance(await approving, ApprovalFacts)
    await lapsing
    assert await office.state(pending.approval_id) == "approved"
    assert await office.acts(pending.approval_id) == ["approval.ask", "approval.decide"]


async def test_control_without_the_rows_lock_it_lapses_and_is_done(
    office: Office, pending: Pending
) -> None:
    with Clients(office.make).without_row_locks():
        approving = await approve_across_the_deadline(office, pending)
        await office.lapse(pending.approval_id)
        office.entrance.open.set()
        await approving
    assert "approval.lapse" in await office.acts(pending.approval_id)
    assert await office.effects(pending.store_id) == 1


async def test_what_has_lapsed_first_is_not_done(office: Office, pending: Pending) -> None:
    office.entrance.open.set()
    await office.make.move_clock(LIVES)
    await office.lapse(pending.approval_id)
    refused = await outcome(office.decide(pending.deciders[0], pending.approval_id))
    assert isinstance(refused, StateConflict)
    assert refused.facts == {"state": "lapsed"}
    assert await office.effects(pending.store_id) == 0


@pytest.fixture
async def adders(office: Office) -> tuple[Actor, Actor]:
    """Two who may each add three alone, and together not six."""
    await office.set_threshold(5)
    return await office.actor(Role.CAMPAIGN_MANAGER), await office.actor(Role.CAMPAIGN_MANAGER)


async def test_two_slices_at_once_do_not_slip_under_the_threshold(
    office: Office, make: Factory, adders: tuple[Actor, Actor]
) -> None:
    store_id = await make.store()
    office.entrance.open.clear()
    one = asyncio.create_task(office.add(adders[0], store_id, 3))
    await office.entrance.until_entered(1)
    other = asyncio.create_task(office.add(adders[1], store_id, 3))
    await office.until_one_waits()
    office.entrance.open.set()
    assert await one is None
    assert isinstance(await other, Asked)
    assert await office.alone_fen(store_id) == 3


async def test_control_without_the_objects_lock_both_slip_under_it(
    office: Office, make: Factory, adders: tuple[Actor, Actor]
) -> None:
    store_id = await make.store()
    office.entrance.open.clear()
    with Clients(office.make).without_row_locks():
        adding = [asyncio.create_task(office.add(each, store_id, 3)) for each in adders]
        await office.entrance.until_entered(2)
        office.entrance.open.set()
        assert await asyncio.gather(*adding) == [None, None]
    assert await office.alone_fen(store_id) == 6
