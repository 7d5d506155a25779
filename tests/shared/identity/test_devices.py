"""How tills come in, and how they are shut out."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from app.platform.errors import NotFound, StateConflict, Unauthenticated
from app.platform.pages import PageRequest
from app.routers.rooms import Rooms
from app.shared.identity import devices
from app.shared.identity.callers import Till
from app.shared.identity.onboarding import Onboarded, create_onboarding_code, onboard
from app.shared.identity.refusals import (
    OAuthRefused,
    OnboardingCodeExpired,
    OnboardingCodeUnknown,
    OnboardingCodeUsed,
)
from app.shared.identity.sign_in import local_till_token, till_token
from tests.factories import Factory

pytestmark = pytest.mark.anyio


async def code_for(rooms: Rooms, make: Factory, store_id: UUID) -> str:
    made = await create_onboarding_code(
        rooms.sessions, rooms.clock, rooms.digester, make.once, store_id=store_id
    )
    return made.onboarding_code


async def come_in(rooms: Rooms, code: str) -> Onboarded:
    return await onboard(rooms.sessions, rooms.clock, rooms.digester, code=code, name="1 号机")


async def fetch(rooms: Rooms, client_id: object, secret: str) -> Till:
    issued = await till_token(
        rooms.sessions, rooms.clock, rooms.own_tokens, client_id=str(client_id), secret=secret
    )
    return rooms.own_tokens.verify_till(issued.access_token)


async def test_a_code_becomes_a_till_of_its_store(rooms: Rooms, make: Factory) -> None:
    store_id = await make.store(store_no="QD0007", name="栈桥店")
    till = await come_in(rooms, await code_for(rooms, make, store_id))
    assert (till.store_id, till.store_no, till.store_name) == (store_id, "QD0007", "栈桥店")
    assert await fetch(rooms, till.client_id, till.client_secret) == Till(
        till.client_id, store_id, None
    )


async def test_a_code_may_be_typed_as_it_is_read(rooms: Rooms, make: Factory) -> None:
    code = await code_for(rooms, make, await make.store())
    typed = code.replace("-", " ").replace("0", "o").replace("1", "l").lower()
    assert await come_in(rooms, typed)


async def test_until_the_first_token_the_code_gives_a_fresh_secret_and_the_old_one_stops(
    rooms: Rooms, make: Factory
) -> None:
    code = await code_for(rooms, make, await make.store())
    lost = await come_in(rooms, code)
    await make.move_clock(timedelta(minutes=9))
    found = await come_in(rooms, code)
    assert found.client_id == lost.client_id
    with pytest.raises(OAuthRefused):
        await fetch(rooms, lost.client_id, lost.client_secret)
    assert await fetch(rooms, found.client_id, found.client_secret)


async def test_after_the_first_token_a_code_is_used_up(rooms: Rooms, make: Factory) -> None:
    code = await code_for(rooms, make, await make.store())
    till = await come_in(rooms, code)
    await fetch(rooms, till.client_id, till.client_secret)
    with pytest.raises(OnboardingCodeUsed):
        await come_in(rooms, code)
    assert await fetch(rooms, till.client_id, till.client_secret)


async def test_after_ten_minutes_a_code_is_used_up(rooms: Rooms, make: Factory) -> None:
    code = await code_for(rooms, make, await make.store())
    await come_in(rooms, code)
    await make.move_clock(timedelta(minutes=10, seconds=1))
    with pytest.raises(OnboardingCodeUsed):
        await come_in(rooms, code)


async def test_a_revoked_tills_code_gives_no_secret(rooms: Rooms, make: Factory) -> None:
    code = await code_for(rooms, make, await make.store())
    till = await come_in(rooms, code)
    await devices.revoke_device(rooms.sessions, rooms.clock, device_id=till.client_id)
    with pytest.raises(OnboardingCodeUsed):
        await come_in(rooms, code)


async def test_a_code_lives_a_day(rooms: Rooms, make: Factory) -> None:
    store_id = await make.store()
    fresh, late = await code_for(rooms, make, store_id), await code_for(rooms, make, store_id)
    await make.move_clock(timedelta(hours=23, minutes=59))
    assert await come_in(rooms, fresh)
    await make.move_clock(timedelta(minutes=1))
    with pytest.raises(OnboardingCodeExpired):
        await come_in(rooms, late)


async def test_an_invented_code_is_unknown(rooms: Rooms, make: Factory) -> None:
    await code_for(rooms, make, await make.store())
    with pytest.raises(OnboardingCodeUnknown):
        await come_in(rooms, "0000-0000-0000-0000")


async def test_a_code_that_two_tills_send_at_once_makes_one_device(
    rooms: Rooms, make: Factory
) -> None:
    store_id = await make.store()
    code = await code_for(rooms, make, store_id)
    tills = await asyncio.gather(*(come_in(rooms, code) for _ in range(5)))
    assert len({till.client_id for till in tills}) == 1
    listed = await devices.list_devices(rooms.sessions, store_id=store_id, page=PageRequest(50))
    assert len(listed.items) == 1
    good = 0
    for till in tills:
        try:
            await fetch(rooms, till.client_id, till.client_secret)
        except OAuthRefused:
            continue
        good += 1
    assert good == 1


@pytest.mark.parametrize("client_id", ["", "nobody", "01855a2c-1c00-7000-8000-00000000dead"])
async def test_an_unknown_client_gets_the_same_answer_as_a_wrong_secret(
    rooms: Rooms, make: Factory, client_id: str
) -> None:
    till = await come_in(rooms, await code_for(rooms, make, await make.store()))
    for claimed, secret in ((client_id, till.client_secret), (str(till.client_id), "wrong")):
        with pytest.raises(OAuthRefused) as refused:
            await fetch(rooms, claimed, secret)
        assert (refused.value.error, refused.value.status) == ("invalid_client", 401)


async def test_a_revoked_till_is_out_though_campaign_time_runs_on(
    rooms: Rooms, make: Factory
) -> None:
    till = await come_in(rooms, await code_for(rooms, make, await make.store()))
    known = await fetch(rooms, till.client_id, till.client_secret)
    assert rooms.access.till(known) == known
    await devices.revoke_device(rooms.sessions, rooms.clock, device_id=till.client_id)
    await make.move_clock(timedelta(days=30))
    async with rooms.engine.connect() as connection:
        await rooms.access.reload(connection)
    with pytest.raises(Unauthenticated):
        rooms.access.till(known)
    with pytest.raises(OAuthRefused):
        await fetch(rooms, till.client_id, till.client_secret)
    with pytest.raises(StateConflict):
        await devices.revoke_device(rooms.sessions, rooms.clock, device_id=till.client_id)


async def test_last_seen_is_kept_to_the_minute(rooms: Rooms, make: Factory) -> None:
    store_id = await make.store()
    till = await come_in(rooms, await code_for(rooms, make, store_id))

    async def seen_after(wait: timedelta) -> object:
        await make.move_clock(wait)
        await fetch(rooms, till.client_id, till.client_secret)
        page = await devices.list_devices(rooms.sessions, store_id=store_id, page=PageRequest(50))
        return page.items[0].last_seen_at

    first = await seen_after(timedelta())
    assert await seen_after(timedelta(seconds=30)) == first
    assert await seen_after(timedelta(seconds=31)) != first


async def test_the_local_token_is_of_one_device_that_is_made_once(
    rooms: Rooms, make: Factory
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
    await devices.revoke_device(rooms.sessions, rooms.clock, device_id=till.device_id)
    assert rooms.own_tokens.verify_till(await token()).device_id != till.device_id
    with pytest.raises(NotFound):
        await local_till_token(rooms.sessions, rooms.clock, rooms.own_tokens, store_no="QD9")
