"""Staff accounts: who gets in, with which roles, and who does not any more."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.models.platform import Pulse
from app.models.states import District, Role
from app.platform.errors import (
    AlreadyExists,
    NotFound,
    StateConflict,
    Unauthenticated,
)
from app.platform.ids import new_id
from app.platform.pulse import ACCESS
from app.routers.rooms import Rooms
from app.shared.identity import staff
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.passwords import generate_password
from app.shared.identity.refusals import LastAdministrator, OAuthRefused
from app.shared.identity.staff import StaffAccount
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.staff_sign_in import local_staff_token, staff_token
from tests.factories import Factory
from tests.shared.identity.clients import Clients
from tests.shared.identity.office import Office

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"


HERE = Origin("203.0.113.7", "Chrome, Windows")


async def account(rooms: Rooms, make: Factory, *roles: Role, name: str = "林主任") -> StaffAccount:
    return await staff.create_staff(
        rooms.sessions,
        rooms.clock,
        make.once,
        actor=make.actor,
        name=name,
        password=PASSWORD,
        roles=roles or (Role.ADMINISTRATOR,),
    )


async def sign_in(
    rooms: Rooms, name: str = "林主任", password: str = PASSWORD, origin: Origin = HERE
) -> str:
    issued = await staff_token(
        rooms.sessions,
        rooms.clock,
        rooms.staff_door,
        rooms.refusals,
        actor=Actor.unknown(rooms.digester, origin=origin.address, request_id="sign-in"),
        name=name,
        password=password,
        origin=origin,
    )
    return issued.access_token


def come_in(rooms: Rooms, token: str) -> StaffMember:
    return rooms.access.staff_member(rooms.own_tokens.verify_staff(token))


async def reload(rooms: Rooms) -> None:
    async with rooms.engine.connect() as connection:
        await rooms.access.reload(connection)


async def test_a_new_account_gets_in_before_the_list_has_heard_of_it(
    rooms: Rooms, make: Factory
) -> None:
    made = await account(rooms, make, Role.FINANCE, Role.AUDITOR)
    token = await sign_in(rooms)
    for _ in range(2):
        found = come_in(rooms, token)
        assert (found.id, found.name, found.roles) == (made.id, "林主任", set(made.roles))
        await reload(rooms)


@pytest.mark.parametrize("name", ["林主任", " 林主任 "])
async def test_the_name_may_be_typed_with_blanks_around(
    rooms: Rooms, make: Factory, name: str
) -> None:
    await account(rooms, make)
    assert await sign_in(rooms, name)


@pytest.mark.parametrize(
    ("name", "password"), [("林主任", "wrong horse battery"), ("林主任", ""), ("王", PASSWORD)]
)
async def test_a_wrong_name_and_a_wrong_password_get_one_answer(
    rooms: Rooms, make: Factory, name: str, password: str
) -> None:
    await account(rooms, make)
    with pytest.raises(OAuthRefused) as refused:
        await sign_in(rooms, name, password)
    assert (refused.value.error, refused.value.status) == ("invalid_grant", 400)


async def test_roles_are_those_of_now_whatever_the_token_says(rooms: Rooms, make: Factory) -> None:
    made = await account(rooms, make, Role.FINANCE)
    token = await sign_in(rooms)
    await staff.set_roles(
        rooms.sessions, make.once, actor=make.actor, staff_id=made.id, roles=[Role.DESK]
    )
    await reload(rooms)
    assert come_in(rooms, token).roles == {Role.DESK}


async def test_a_disabled_account_is_out_and_cannot_sign_in(rooms: Rooms, make: Factory) -> None:
    await account(rooms, make, name="另一位")
    made = await account(rooms, make)
    token = await sign_in(rooms)
    await staff.disable_staff(
        rooms.sessions, rooms.clock, make.once, actor=make.actor, staff_id=made.id
    )
    await reload(rooms)
    with pytest.raises(Unauthenticated):
        come_in(rooms, token)
    with pytest.raises(OAuthRefused):
        await sign_in(rooms)
    with pytest.raises(NotFound):
        await local_staff_token(rooms.sessions, rooms.clock, rooms.own_tokens, name="林主任")


async def test_a_new_password_signs_the_old_one_out(rooms: Rooms, make: Factory) -> None:
    made = await account(rooms, make)
    token, fresh = await sign_in(rooms), generate_password()
    await staff.set_password(
        rooms.sessions, rooms.clock, make.once, actor=make.actor, staff_id=made.id, password=fresh
    )
    with pytest.raises(OAuthRefused):
        await sign_in(rooms)
    again = await sign_in(rooms, password=fresh)
    await reload(rooms)
    assert come_in(rooms, again).id == made.id
    with pytest.raises(Unauthenticated):
        come_in(rooms, token)


async def test_a_change_raises_the_topic_that_every_process_watches(
    rooms: Rooms, make: Factory
) -> None:
    made = await account(rooms, make)
    before = rooms.own_tokens.verify_staff(await sign_in(rooms)).as_of
    await staff.set_roles(
        rooms.sessions,
        make.once,
        actor=make.actor,
        staff_id=made.id,
        roles=[Role.ADMINISTRATOR, Role.DESK],
    )
    after = rooms.own_tokens.verify_staff(await sign_in(rooms)).as_of
    assert after == before + 1


async def test_two_accounts_cannot_share_a_name(rooms: Rooms, make: Factory) -> None:
    await account(rooms, make)
    with pytest.raises(AlreadyExists):
        await account(rooms, make, name=" 林主任")


async def test_districts_are_those_of_now_whatever_the_token_says(
    rooms: Rooms, make: Factory
) -> None:
    made = await account(rooms, make, Role.STORE_MANAGER)
    token = await sign_in(rooms)
    for districts in (frozenset({District.JIMO, District.LAIXI}), None):
        changed = await staff.set_districts(
            rooms.sessions, make.once, actor=make.actor, staff_id=made.id, districts=districts
        )
        assert changed.districts == (districts and tuple(sorted(districts)))
        await reload(rooms)
        assert come_in(rooms, token).districts == districts


async def test_an_administrator_of_one_district_does_not_count_as_the_last(
    rooms: Rooms, make: Factory
) -> None:
    made = await account(rooms, make)
    other = await account(rooms, make, name="另一位")
    here = frozenset({District.JIMO})
    await staff.set_districts(
        rooms.sessions, make.once, actor=make.actor, staff_id=other.id, districts=here
    )
    with pytest.raises(LastAdministrator):
        await staff.disable_staff(
            rooms.sessions, rooms.clock, make.once, actor=make.actor, staff_id=made.id
        )
    with pytest.raises(LastAdministrator):
        await staff.set_districts(
            rooms.sessions, make.once, actor=make.actor, staff_id=made.id, districts=here
        )


async def test_the_last_administrator_stays(rooms: Rooms, make: Factory) -> None:
    made = await account(rooms, make)
    with pytest.raises(LastAdministrator):
        await staff.disable_staff(
            rooms.sessions, rooms.clock, make.once, actor=make.actor, staff_id=made.id
        )
    with pytest.raises(LastAdministrator):
        await staff.set_roles(
            rooms.sessions, make.once, actor=make.actor, staff_id=made.id, roles=[Role.DESK]
        )


ACTS = ["disable disable", "demote disable", "demote demote", "limit disable", "limit limit"]


async def remove_each_other(
    rooms: Rooms, make: Factory, office: Office, acts: list[str]
) -> list[str]:
    """Two administrators at once. Neither can commit before both have come as far as they can."""
    pair = [await account(rooms, make), await account(rooms, make, name="另一位")]

    async def remove(act: str, staff_id: UUID) -> str:
        which: dict[str, Any] = {"actor": make.actor, "staff_id": staff_id}
        try:
            if act == "disable":
                await staff.disable_staff(rooms.sessions, rooms.clock, make.once, **which)
            elif act == "demote":
                await staff.set_roles(rooms.sessions, make.once, roles=[Role.DESK], **which)
            else:
                here = frozenset({District.JIMO})
                await staff.set_districts(rooms.sessions, make.once, districts=here, **which)
        except LastAdministrator as refusal:
            return refusal.code
        return "removed"

    # Held by writing: the control takes out the locks that are asked for.
    topic = update(Pulse).where(Pulse.topic == ACCESS).values(version=Pulse.version)
    async with office.holding(topic) as until_waiting:
        removing = [
            asyncio.create_task(remove(act, each.id)) for act, each in zip(acts, pair, strict=True)
        ]
        await until_waiting(2)
    return sorted(await asyncio.gather(*removing))


@pytest.mark.parametrize("acts", ACTS)
async def test_two_administrators_who_remove_each_other_leave_one(
    rooms: Rooms, make: Factory, office: Office, acts: str
) -> None:
    outcomes = await remove_each_other(rooms, make, office, acts.split())
    assert outcomes == ["last_administrator", "removed"]


@pytest.mark.parametrize("acts", ACTS)
async def test_control_without_row_locks_they_leave_none(
    rooms: Rooms, make: Factory, office: Office, clients: Clients, acts: str
) -> None:
    with clients.without_row_locks():
        outcomes = await remove_each_other(rooms, make, office, acts.split())
    assert outcomes == ["removed", "removed"]


async def test_nothing_happens_to_a_disabled_or_unknown_account(
    rooms: Rooms, make: Factory
) -> None:
    await account(rooms, make, name="另一位")
    made = await account(rooms, make)

    async def disable(staff_id: UUID) -> None:
        await staff.disable_staff(
            rooms.sessions, rooms.clock, make.once, actor=make.actor, staff_id=staff_id
        )

    await disable(made.id)
    with pytest.raises(StateConflict):
        await disable(made.id)
    with pytest.raises(StateConflict):
        await staff.set_roles(
            rooms.sessions, make.once, actor=make.actor, staff_id=made.id, roles=[Role.DESK]
        )
    with pytest.raises(NotFound):
        await disable(new_id())
