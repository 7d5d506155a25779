"""Staff accounts: who gets in, with which roles, and who does not any more."""

import asyncio
from uuid import UUID

import pytest

from app.models.states import Role
from app.platform.errors import (
    AlreadyExists,
    NotFound,
    QuotaExceeded,
    StateConflict,
    Unauthenticated,
)
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity import staff
from app.shared.identity.callers import Actor, StaffMember
from app.shared.identity.passwords import generate_password
from app.shared.identity.refusals import LastAdministrator, OAuthRefused
from app.shared.identity.sign_in import local_staff_token, staff_token
from app.shared.identity.staff import StaffAccount
from tests.factories import Factory

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"


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


async def sign_in(rooms: Rooms, name: str = "林主任", password: str = PASSWORD) -> str:
    issued = await staff_token(
        rooms.sessions,
        rooms.own_tokens,
        rooms.password_guesses,
        rooms.refusals,
        actor=Actor.unknown(rooms.digester, origin="192.0.2.1", request_id="sign-in"),
        name=name,
        password=password,
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
        assert come_in(rooms, token) == StaffMember(
            made.id, "林主任", frozenset({Role.FINANCE, Role.AUDITOR})
        )
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
        await local_staff_token(rooms.sessions, rooms.own_tokens, name="林主任")


async def test_a_new_password_signs_the_old_one_out(rooms: Rooms, make: Factory) -> None:
    made = await account(rooms, make)
    token, fresh = await sign_in(rooms), generate_password()
    await staff.set_password(
        rooms.sessions, make.once, actor=make.actor, staff_id=made.id, password=fresh
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


@pytest.mark.parametrize("acts", ["disable disable", "demote disable", "demote demote"])
async def test_two_administrators_who_remove_each_other_leave_one(
    rooms: Rooms, make: Factory, acts: str
) -> None:
    pair = [await account(rooms, make), await account(rooms, make, name="另一位")]

    async def remove(act: str, staff_id: UUID) -> str:
        try:
            if act == "disable":
                await staff.disable_staff(
                    rooms.sessions, rooms.clock, make.once, actor=make.actor, staff_id=staff_id
                )
            else:
                await staff.set_roles(
                    rooms.sessions,
                    make.once,
                    actor=make.actor,
                    staff_id=staff_id,
                    roles=[Role.DESK],
                )
        except LastAdministrator as refusal:
            return refusal.code
        return "removed"

    outcomes = await asyncio.gather(
        *(remove(act, each.id) for act, each in zip(acts.split(), pair, strict=True))
    )
    assert sorted(outcomes) == ["last_administrator", "removed"]


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


async def test_ten_wrong_passwords_for_a_name_close_it_for_a_while_and_no_other_name(
    rooms: Rooms, make: Factory
) -> None:
    await account(rooms, make)
    await account(rooms, make, name="另一位")
    for _ in range(3):
        await sign_in(rooms, "林主任", PASSWORD)
    wrong = await asyncio.gather(
        *(sign_in(rooms, "林主任", f"guess number {number}") for number in range(25)),
        return_exceptions=True,
    )
    kinds = [type(each) for each in wrong]
    assert (kinds.count(OAuthRefused), kinds.count(QuotaExceeded)) == (10, 15)
    with pytest.raises(QuotaExceeded) as refused:
        await sign_in(rooms, "林主任", PASSWORD)
    assert 0 < int(refused.value.headers["Retry-After"]) <= 60
    await sign_in(rooms, "另一位", PASSWORD)
