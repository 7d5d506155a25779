"""A client's secret is rolled without a gap, whichever answer is lost."""

import asyncio
from contextlib import nullcontext
from datetime import timedelta

import pytest

from app.models.identity import StoreDevice
from app.platform.errors import Unauthenticated
from app.shared.identity.device_secrets import OVERLAP
from app.shared.identity.onboarding import Onboarded
from app.shared.identity.owners import Owner
from tests.factories import Factory
from tests.shared.identity.clients import Clients

pytestmark = pytest.mark.anyio

MOMENT = timedelta(seconds=1)


@pytest.fixture
async def owner(make: Factory) -> Owner:
    return Owner(store_id=await make.store())


@pytest.fixture
async def client(clients: Clients, owner: Owner) -> Onboarded:
    return await clients.connected(owner)


async def test_a_rolled_secret_waits_until_it_is_used(
    clients: Clients, make: Factory, owner: Owner, client: Onboarded
) -> None:
    (device,) = await clients.devices(owner)
    assert (device.secret_pending, device.overlap_until) == (False, None)
    await clients.roll(client)
    # However long the till takes to begin with the new one, and if it never does.
    await make.move_clock(10 * OVERLAP)
    assert await clients.works(client.client_id, client.client_secret)
    (device,) = await clients.devices(owner)
    assert (device.secret_pending, device.overlap_until) == (True, None)


async def test_the_first_use_promotes_it_and_the_one_before_works_for_an_hour_more(
    clients: Clients, make: Factory, owner: Owner, client: Onboarded
) -> None:
    rolled = await clients.roll(client)
    used_at = make.rooms.clock.now()
    assert await clients.works(client.client_id, rolled)
    (device,) = await clients.devices(owner)
    assert not device.secret_pending
    assert device.overlap_until is not None
    assert timedelta() <= device.overlap_until - used_at - OVERLAP < timedelta(minutes=1)
    # Another machine of the same system, which has not heard of it yet.
    await make.move_clock(OVERLAP - timedelta(minutes=1))
    assert await clients.works(client.client_id, client.client_secret)
    await make.move_clock(timedelta(minutes=1))
    assert not await clients.works(client.client_id, client.client_secret)
    assert await clients.works(client.client_id, rolled)
    (device,) = await clients.devices(owner)
    assert device.overlap_until is None


async def test_the_overlap_is_counted_from_the_first_use_alone(
    clients: Clients, make: Factory, client: Onboarded
) -> None:
    rolled = await clients.roll(client)
    await clients.fetch(client.client_id, rolled)
    await make.move_clock(OVERLAP / 2)
    await clients.fetch(client.client_id, rolled)
    await make.move_clock(OVERLAP / 2 + MOMENT)
    assert not await clients.works(client.client_id, client.client_secret)


async def test_a_lost_answer_is_asked_for_again_and_the_lost_secret_stops(
    clients: Clients, client: Onboarded
) -> None:
    lost, found = await clients.roll(client), await clients.roll(client)
    assert not await clients.works(client.client_id, lost)
    assert await clients.works(client.client_id, client.client_secret)
    assert await clients.works(client.client_id, found)
    assert not await clients.works(client.client_id, lost)


async def test_a_lost_token_is_fetched_again_with_either_secret(
    clients: Clients, client: Onboarded
) -> None:
    rolled = await clients.roll(client)
    await clients.fetch(client.client_id, rolled)
    assert await clients.works(client.client_id, rolled)
    assert await clients.works(client.client_id, client.client_secret)
    assert await clients.works(client.client_id, rolled)


async def test_who_forgot_the_new_secret_rolls_again_with_the_one_before(
    clients: Clients, make: Factory, client: Onboarded
) -> None:
    forgotten = await clients.roll(client)
    await clients.fetch(client.client_id, forgotten)
    assert await clients.works(client.client_id, client.client_secret)
    found = await clients.roll(client)
    assert await clients.works(client.client_id, found)
    # Two secrets work at a time: the first one stops before its hour is over.
    assert not await clients.works(client.client_id, client.client_secret)
    assert await clients.works(client.client_id, forgotten)
    await make.move_clock(OVERLAP)
    assert not await clients.works(client.client_id, forgotten)


async def test_revoking_stops_every_secret_at_once(
    clients: Clients, owner: Owner, client: Onboarded
) -> None:
    second = await clients.roll(client)
    await clients.fetch(client.client_id, second)
    third = await clients.roll(client)
    revoked = await clients.revoke(client.client_id)
    assert (revoked.secret_pending, revoked.overlap_until) == (False, None)
    for secret in (client.client_secret, second, third):
        assert not await clients.works(client.client_id, secret)
    with pytest.raises(Unauthenticated):
        await clients.roll(client)
    assert await clients.devices(owner) == [revoked]


async def test_one_devices_secret_is_nobody_elses(clients: Clients, client: Onboarded) -> None:
    other = await clients.connected()
    rolled = await clients.roll(client)
    assert not await clients.works(other.client_id, rolled)
    assert await clients.works(other.client_id, other.client_secret)


async def test_machines_that_begin_with_the_new_secret_at_once_all_get_in(
    clients: Clients, client: Onboarded
) -> None:
    rolled = await clients.roll(client)
    secrets = [rolled, client.client_secret] * 4
    came_in = await asyncio.gather(*(clients.works(client.client_id, secret) for secret in secrets))
    assert all(came_in)
    assert await clients.works(client.client_id, client.client_secret)
    assert await clients.works(client.client_id, rolled)


@pytest.mark.parametrize(("locked", "works"), [(True, True), (False, False)], ids=["", "control"])
async def test_a_secret_that_was_rolled_while_another_began_is_not_lost(
    clients: Clients, client: Onboarded, *, locked: bool, works: bool
) -> None:
    """A roll stands before the row, behind it the first use of the secret pending until then.

    Without the lock that use would be judged by what it read before the roll.
    """
    pending = await clients.roll(client)
    async with (
        asyncio.TaskGroup() as race,
        clients.holding(StoreDevice, client.client_id) as until_waiting,
    ):
        with nullcontext() if locked else clients.without_row_locks():
            rolling = race.create_task(clients.roll(client))
            await until_waiting(1)
            using = race.create_task(clients.works(client.client_id, pending))
            await until_waiting(2)
    assert using.result() != locked
    assert await clients.works(client.client_id, rolling.result()) == works
    assert await clients.works(client.client_id, client.client_secret)
