"""A second factor: enrolled by its owner, asked for at each sign-in, each code good once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.main import open_rooms
from app.models.identity import SecondFactor
from app.models.states import Role
from app.platform.errors import QuotaExceeded, StateConflict
from app.routers.rooms import Rooms
from app.shared.identity import staff, totp
from app.shared.identity.access import AccessList
from app.shared.identity.refusals import OAuthRefused, PasswordWrong, SecondFactorWrong
from app.shared.limits import SECOND_FACTORS
from tests.factories import Factory
from tests.shared.identity.office import (
    ELSEWHERE,
    HERE,
    NAME,
    PASSWORD,
    Office,
    code_now,
    next_code,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def other_process(rooms: Rooms) -> AsyncIterator[Rooms]:
    async with open_rooms(rooms.settings) as others:
        yield others


async def test_an_enrolled_account_signs_in_with_its_code_and_not_without(office: Office) -> None:
    await office.account()
    secret = await office.enrolled(await office.sign_in())
    assert await office.refusal() == "mfa_required"
    assert await office.refusal(NAME, PASSWORD, "000000") == "invalid_grant"
    code = next_code(secret)
    assert await office.sign_in(code=f"{code[:3]} {code[3:]}")


async def test_nobody_is_told_of_a_code_who_has_not_shown_the_password(office: Office) -> None:
    await office.account()
    secret = await office.enrolled(await office.sign_in())
    assert await office.refusal(NAME, "wrong horse battery") == "invalid_grant"
    assert await office.refusal(NAME, "wrong horse battery", next_code(secret)) == "invalid_grant"
    assert await office.sign_in(code=next_code(secret)), "a wrong password has used no code"


async def test_a_code_that_nobody_asked_for_does_no_harm(office: Office) -> None:
    await office.account()
    assert await office.sign_in(code="123456")


async def test_a_code_is_good_once_and_older_ones_are_not_good_after_it(office: Office) -> None:
    await office.account()
    secret = await office.enrolled(await office.sign_in())
    earlier, code = code_now(secret), next_code(secret)
    await office.sign_in(code=code)
    assert await office.refusal(NAME, PASSWORD, code) == "invalid_grant"
    assert await office.refusal(NAME, PASSWORD, earlier) == "invalid_grant"


async def test_the_code_that_confirmed_is_used_with_it(office: Office) -> None:
    await office.account()
    member = await office.sign_in()
    secret = await office.begin(member)
    code = code_now(secret)
    await office.confirm(member, code)
    assert await office.refusal(NAME, PASSWORD, code) == "invalid_grant"


async def test_a_code_of_ten_steps_ago_or_ahead_is_none(office: Office) -> None:
    await office.account()
    secret = await office.enrolled(await office.sign_in())
    for drift in (-10, 10):
        assert await office.refusal(NAME, PASSWORD, code_now(secret, drift)) == "invalid_grant"


async def show_twice(office: Office, other_process: Rooms) -> list[str]:
    """One code, at once, in two processes: both have judged it before either has used it."""
    await office.account()
    secret = await office.enrolled(await office.sign_in())
    code = next_code(secret)

    async def show(rooms: Rooms) -> str:
        try:
            await office.sign_in(code=code, rooms=rooms)
        except OAuthRefused as refused:
            return refused.error
        return "signed in"

    async with office.holding(select(SecondFactor.id).with_for_update()) as until_waiting:
        both = [asyncio.create_task(show(each)) for each in (office.rooms, other_process)]
        await until_waiting(2)
    return sorted(await asyncio.gather(*both))


async def test_of_two_who_show_one_code_at_once_in_two_processes_one_is_let_in(
    office: Office, other_process: Rooms
) -> None:
    assert await show_twice(office, other_process) == ["invalid_grant", "signed in"]


async def test_control_without_the_condition_both_are_let_in(
    office: Office, other_process: Rooms
) -> None:
    with office.codes_good_for_ever(office.rooms.engine, other_process.engine):
        assert await show_twice(office, other_process) == ["signed in", "signed in"]


async def test_nothing_is_asked_for_until_a_code_was_confirmed(office: Office) -> None:
    await office.account()
    member = await office.sign_in()
    secret = await office.begin(member)
    with pytest.raises(SecondFactorWrong):
        await office.confirm(member, "000000")
    with pytest.raises(PasswordWrong):
        await office.confirm(member, code_now(secret), "wrong horse battery")
    assert await office.sign_in()


async def test_beginning_anew_forgets_the_secret_of_before(office: Office) -> None:
    await office.account()
    member = await office.sign_in()
    lost, found = await office.begin(member), await office.begin(member)
    with pytest.raises(SecondFactorWrong):
        await office.confirm(member, code_now(lost))
    assert (await office.confirm(member, code_now(found))).enrolled_at


async def test_what_is_enrolled_is_not_enrolled_over(office: Office) -> None:
    await office.account()
    member = await office.sign_in()
    secret = await office.enrolled(member)
    for act in (office.begin(member), office.confirm(member, next_code(secret))):
        with pytest.raises(StateConflict) as refused:
            await act
        assert refused.value.facts == {"state": "enrolled"}


async def test_enrolling_ends_the_sign_ins_that_were_made_without_it(
    rooms: Rooms, office: Office
) -> None:
    account = await office.account()
    await office.sign_in(origin=ELSEWHERE)
    member = await office.sign_in()
    await office.enrolled(member)
    (here,) = await office.sessions(account, active=True)
    assert here.id == member.session_id


async def test_its_owner_takes_it_away_with_password_and_code(office: Office) -> None:
    account = await office.account()
    member = await office.sign_in()
    secret = await office.enrolled(member)
    with pytest.raises(SecondFactorWrong):
        await office.remove(member, "000000")
    with pytest.raises(PasswordWrong):
        await office.remove(member, next_code(secret), "wrong horse battery")
    assert (await office.remove(member, next_code(secret))).enrolled_at is None
    assert await office.sign_in()
    with pytest.raises(StateConflict):
        await office.remove(member, next_code(secret))
    kept = await office.factor(account)
    assert (kept.removed_by, kept.secret_sealed) == (NAME, None)


async def test_an_administrator_takes_away_a_lost_one_and_says_why(
    rooms: Rooms, make: Factory, office: Office
) -> None:
    account = await office.account()
    await office.enrolled(await office.sign_in())

    async def take_away() -> None:
        await staff.remove_second_factor(
            rooms.sessions,
            rooms.clock,
            make.once,
            actor=replace(make.actor, name="王主任"),
            staff_id=account.id,
            reason="手机丢失",
        )

    await take_away()
    assert await office.sign_in()
    kept = await office.factor(account)
    assert (kept.removed_by, kept.removal_reason) == ("王主任", "手机丢失")
    with pytest.raises(StateConflict):
        await take_away()


async def test_the_secret_is_sealed_in_its_column(rooms: Rooms, office: Office) -> None:
    account = await office.account()
    secret = await office.enrolled(await office.sign_in())
    sealed = (await office.factor(account)).secret_sealed
    assert sealed is not None
    assert secret not in sealed
    assert totp.secret_text(secret).encode() not in sealed


async def test_wrong_codes_are_slowed_down_and_a_new_password_begins_anew(
    rooms: Rooms, make: Factory, office: Office
) -> None:
    account = await office.account()
    secret = await office.enrolled(await office.sign_in())
    for _ in range(SECOND_FACTORS.most):
        assert await office.refusal(NAME, PASSWORD, "000000") == "invalid_grant"
    with pytest.raises(QuotaExceeded) as slowed:
        await office.sign_in(code=next_code(secret))
    assert 0 < int(slowed.value.headers["Retry-After"]) <= SECOND_FACTORS.first_wait_s
    await staff.set_password(
        rooms.sessions,
        rooms.clock,
        make.once,
        actor=make.actor,
        staff_id=account.id,
        password="another " + PASSWORD,
    )
    assert await office.sign_in(password="another " + PASSWORD, code=next_code(secret))


async def test_wrong_codes_from_elsewhere_do_not_slow_down_a_known_place(office: Office) -> None:
    await office.account()
    secret = await office.enrolled(await office.sign_in())
    for _ in range(SECOND_FACTORS.most):
        assert await office.refusal(NAME, PASSWORD, "000000", origin=ELSEWHERE) == "invalid_grant"
    with pytest.raises(QuotaExceeded):
        await office.sign_in(code=next_code(secret), origin=ELSEWHERE)
    assert await office.sign_in(code=next_code(secret), origin=HERE)


async def test_asking_which_code_is_due_costs_no_guess(office: Office) -> None:
    await office.account()
    secret = await office.enrolled(await office.sign_in())
    for _ in range(SECOND_FACTORS.most + 1):
        assert await office.refusal() == "mfa_required"
    assert await office.sign_in(code=next_code(secret))


async def test_a_role_that_demands_one_lets_the_account_do_nothing_else_until_then(
    rooms: Rooms, office: Office
) -> None:
    await office.account(Role.FINANCE, Role.DESK)
    door = replace(rooms.staff_door, strict_roles=frozenset({Role.FINANCE}))
    member = await office.sign_in(rooms=replace(rooms, staff_door=door))
    assert member.must_enrol, "as its token says before any list has heard of it"
    access = AccessList(door.strict_roles)

    async def must_enrol() -> bool:
        async with rooms.engine.connect() as connection:
            await access.reload(connection)
        token = rooms.own_tokens.issue_staff(member, as_of=0)
        return access.staff_member(rooms.own_tokens.verify_staff(token)).must_enrol

    assert await must_enrol()
    secret = await office.enrolled(member)
    assert not await must_enrol()
    again = await office.sign_in(code=next_code(secret), rooms=replace(rooms, staff_door=door))
    assert not again.must_enrol
