"""How tills come in, and how they are shut out."""

import asyncio
from contextlib import nullcontext
from datetime import timedelta

import pytest

from app.models.identity import OnboardingCode
from app.platform.errors import NotFound, StateConflict, Unauthenticated
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity.callers import Till
from app.shared.identity.owners import Owner
from app.shared.identity.refusals import (
    OAuthRefused,
    OnboardingCodeExpired,
    OnboardingCodeUnknown,
    OnboardingCodeUsed,
)
from app.shared.identity.sign_in import local_till_token
from tests.factories import Factory
from tests.shared.identity.clients import Clients
from tests.tills import Counter

pytestmark = pytest.mark.anyio

TILLS = 5


async def test_a_code_becomes_a_till_of_its_store(clients: Clients, make: Factory) -> None:
    store_id = await make.store(store_no="QD0007", name="栈桥店")
    made = await clients.code(Owner(store_id=store_id))
    till = await clients.come_in(made.onboarding_code)
    assert till.store is not None
    assert (till.store.id, till.store.store_no, till.store.name) == (store_id, "QD0007", "栈桥店")
    assert till.merchant.name.startswith("商户")
    assert await clients.fetch(till.client_id, till.client_secret) == Till(
        till.client_id, store_id, None
    )


async def test_a_merchants_code_becomes_a_client_of_no_store(
    clients: Clients, make: Factory
) -> None:
    merchant_id = await Counter(make).merchant("海风便利有限公司")
    await make.store(merchant_id=merchant_id)
    made = await clients.code(Owner(merchant_id=merchant_id))
    assert (made.store_id, made.merchant_id) == (None, merchant_id)
    system = await clients.come_in(made.onboarding_code)
    assert system.store is None
    assert (system.merchant.id, system.merchant.name) == (merchant_id, "海风便利有限公司")
    assert await clients.fetch(system.client_id, system.client_secret) == Till(
        system.client_id, None, merchant_id
    )
    again = await clients.code(Owner(merchant_id=merchant_id))
    with pytest.raises(OnboardingCodeUsed):
        await clients.come_in(made.onboarding_code)
    assert (await clients.come_in(again.onboarding_code)).client_id != system.client_id


@pytest.mark.parametrize("owner", [Owner(store_id=new_id()), Owner(merchant_id=new_id())])
async def test_nobody_makes_a_code_for_who_is_not_there(clients: Clients, owner: Owner) -> None:
    with pytest.raises(NotFound):
        await clients.code(owner)
    with pytest.raises(NotFound):
        await clients.open_codes(owner)
    with pytest.raises(NotFound):
        await clients.devices(owner)


async def test_a_code_may_be_typed_as_it_is_read(clients: Clients) -> None:
    code = (await clients.code()).onboarding_code
    typed = code.replace("-", " ").replace("0", "o").replace("1", "l").lower()
    assert await clients.come_in(typed)


async def test_until_the_first_token_the_code_gives_a_fresh_secret_and_the_old_one_stops(
    clients: Clients, make: Factory
) -> None:
    code = (await clients.code()).onboarding_code
    lost = await clients.come_in(code)
    await make.move_clock(timedelta(minutes=9))
    found = await clients.come_in(code)
    assert found.client_id == lost.client_id
    assert not await clients.works(lost.client_id, lost.client_secret)
    assert await clients.works(found.client_id, found.client_secret)


async def test_after_the_first_token_a_code_is_used_up(clients: Clients) -> None:
    code = (await clients.code()).onboarding_code
    till = await clients.come_in(code)
    await clients.fetch(till.client_id, till.client_secret)
    with pytest.raises(OnboardingCodeUsed):
        await clients.come_in(code)
    assert await clients.works(till.client_id, till.client_secret)


async def test_after_ten_minutes_a_code_is_used_up(clients: Clients, make: Factory) -> None:
    code = (await clients.code()).onboarding_code
    await clients.come_in(code)
    await make.move_clock(timedelta(minutes=10, seconds=1))
    with pytest.raises(OnboardingCodeUsed):
        await clients.come_in(code)


async def test_a_revoked_tills_code_gives_no_secret(clients: Clients) -> None:
    code = (await clients.code()).onboarding_code
    till = await clients.come_in(code)
    await clients.revoke(till.client_id)
    with pytest.raises(OnboardingCodeUsed):
        await clients.come_in(code)


async def test_a_code_lives_a_day(clients: Clients, make: Factory) -> None:
    owner = Owner(store_id=await make.store())
    fresh, late = await clients.code(owner), await clients.code(owner)
    await make.move_clock(timedelta(hours=23, minutes=59))
    assert await clients.come_in(fresh.onboarding_code)
    await make.move_clock(timedelta(minutes=1))
    with pytest.raises(OnboardingCodeExpired):
        await clients.come_in(late.onboarding_code)


async def test_an_invented_code_is_unknown(clients: Clients) -> None:
    await clients.code()
    with pytest.raises(OnboardingCodeUnknown):
        await clients.come_in("0000-0000-0000-0000")


@pytest.mark.parametrize(("locked", "made"), [(True, 1), (False, TILLS)], ids=["", "control"])
async def test_a_code_that_several_tills_send_at_once_makes_one_device(
    clients: Clients, make: Factory, *, locked: bool, made: int
) -> None:
    """All stand before the same row when it is let go. Without its lock each makes a device."""
    owner = Owner(store_id=await make.store())
    code = await clients.code(owner)
    async with (
        asyncio.TaskGroup() as race,
        clients.holding(OnboardingCode, code.id) as until_waiting,
    ):
        with nullcontext() if locked else clients.without_row_locks():
            racing = [race.create_task(clients.come_in(code.onboarding_code)) for _ in range(TILLS)]
            await until_waiting(TILLS)
    tills = [each.result() for each in racing]
    assert len({till.client_id for till in tills}) == len(await clients.devices(owner)) == made
    good = [await clients.works(till.client_id, till.client_secret) for till in tills]
    assert sum(good) == made


@pytest.mark.parametrize("client_id", ["", "nobody", "01855a2c-1c00-7000-8000-00000000dead"])
async def test_an_unknown_client_gets_the_same_answer_as_a_wrong_secret(
    clients: Clients, client_id: str
) -> None:
    till = await clients.connected()
    for claimed, secret in ((client_id, till.client_secret), (str(till.client_id), "wrong")):
        with pytest.raises(OAuthRefused) as refused:
            await clients.fetch(claimed, secret)
        assert (refused.value.error, refused.value.status) == ("invalid_client", 401)


async def test_a_revoked_till_is_out_though_campaign_time_runs_on(
    rooms: Rooms, clients: Clients, make: Factory
) -> None:
    till = await clients.connected()
    known = await clients.fetch(till.client_id, till.client_secret)
    assert rooms.access.till(known) == known
    await clients.revoke(till.client_id)
    await make.move_clock(timedelta(days=30))
    async with rooms.engine.connect() as connection:
        await rooms.access.reload(connection)
    with pytest.raises(Unauthenticated):
        rooms.access.till(known)
    assert not await clients.works(till.client_id, till.client_secret)
    with pytest.raises(StateConflict):
        await clients.revoke(till.client_id)


async def test_a_device_is_revoked_and_listed_only_where_it_belongs(
    clients: Clients, make: Factory
) -> None:
    merchant_id = await Counter(make).merchant("海风便利有限公司")
    merchant = Owner(merchant_id=merchant_id)
    store = Owner(store_id=await make.store(merchant_id=merchant_id))
    neighbour = Owner(store_id=await make.store(merchant_id=merchant_id))
    stranger = Owner(merchant_id=await Counter(make).merchant("另一家有限公司"))
    till, system = await clients.connected(store), await clients.connected(merchant)
    for client, strangers in (
        (till, [neighbour, merchant, stranger]),
        (system, [store, neighbour, stranger, None]),
    ):
        for owner in strangers:
            with pytest.raises(NotFound):
                await clients.revoke(client.client_id, owner)
    assert [each.id for each in await clients.devices(store)] == [till.client_id]
    assert [each.id for each in await clients.devices(merchant)] == [system.client_id]
    assert await clients.devices(neighbour) == await clients.devices(stranger) == []
    assert (await clients.revoke(till.client_id, store)).revoked_at
    assert (await clients.revoke(system.client_id, merchant)).revoked_at


async def test_the_local_token_is_of_one_device_that_is_made_once(
    rooms: Rooms, clients: Clients, make: Factory
) -> None:
    store_id = await make.store(store_no="QD0001")

    async def token() -> str:
        return await local_till_token(
            rooms.sessions, rooms.clock, rooms.own_tokens, store_no="QD0001"
        )

    tills = {rooms.own_tokens.verify_till(await token()) for _ in range(3)}
    assert {till.store_id for till in tills} == {store_id}
    assert len(tills) == 1
    (till,) = tills
    await clients.revoke(till.device_id)
    assert rooms.own_tokens.verify_till(await token()).device_id != till.device_id
    with pytest.raises(NotFound):
        await local_till_token(rooms.sessions, rooms.clock, rooms.own_tokens, store_no="QD9")
