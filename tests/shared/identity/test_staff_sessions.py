"""Sign-ins of staff: listed with when and where, ended one by one or all, forgotten in time."""

import asyncio
from collections.abc import Coroutine
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.models.identity import Staff, StaffSession
from app.models.states import Role
from app.platform.errors import NotFound, StateConflict, Unauthenticated
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity import jobs, own_account, staff, staff_sessions
from app.shared.identity.callers import StaffMember
from app.shared.identity.refusals import PasswordWrong
from app.shared.identity.seen import SEEN_EVERY
from app.shared.identity.staff import StaffAccount
from app.shared.identity.staff_door import find_account, lock_account
from app.shared.identity.staff_sessions import KEPT, SessionState, SignIn
from tests.factories import Factory
from tests.shared.identity.clients import WAITING, Clients
from tests.shared.identity.office import ELSEWHERE, HERE, NAME, PASSWORD, Office, code_now

pytestmark = pytest.mark.anyio

FRESH = "another " + PASSWORD


async def end(office: Office, account: StaffAccount, session_id: UUID | None) -> SignIn:
    assert session_id is not None
    return await staff_sessions.end_session(
        office.rooms.sessions,
        office.rooms.clock,
        actor=office.make.actor,
        staff_id=account.id,
        session_id=session_id,
    )


async def is_in(office: Office, member: StaffMember) -> bool:
    rooms = office.rooms
    await office.reload()
    badge = rooms.own_tokens.verify_staff(rooms.own_tokens.issue_staff(member, as_of=0))
    try:
        return rooms.access.staff_member(badge).session_id == member.session_id
    except Unauthenticated:
        return False


async def test_each_sign_in_is_listed_with_when_and_where_newest_first(
    rooms: Rooms, office: Office
) -> None:
    account = await office.account()
    before = rooms.clock.now()
    first, second = await office.sign_in(), await office.sign_in(origin=ELSEWHERE)
    listed = await office.sessions(account)
    assert [each.id for each in listed] == [second.session_id, first.session_id]
    assert [(each.address, each.agent) for each in listed] == [
        (ELSEWHERE.address, ELSEWHERE.agent),
        (HERE.address, HERE.agent),
    ]
    for each in listed:
        assert each.state is SessionState.ACTIVE
        assert before <= each.signed_in_at == each.last_seen_at <= rooms.clock.now()


async def test_an_ended_sign_in_is_out_and_the_others_stay(office: Office) -> None:
    account = await office.account()
    lost, kept = await office.sign_in(), await office.sign_in()
    assert await is_in(office, lost)
    ended = await end(office, account, lost.session_id)
    assert (ended.state, ended.ended_at is None) == (SessionState.ENDED, False)
    assert (await is_in(office, lost), await is_in(office, kept)) == (False, True)
    assert [each.id for each in await office.sessions(account, active=True)] == [kept.session_id]
    assert [each.id for each in await office.sessions(account, active=False)] == [lost.session_id]
    with pytest.raises(StateConflict):
        await end(office, account, lost.session_id)


async def test_another_accounts_sign_in_is_not_found(office: Office) -> None:
    account = await office.account()
    await office.account(Role.DESK, name="另一位")
    theirs = await office.sign_in("另一位")
    with pytest.raises(NotFound):
        await end(office, account, theirs.session_id)
    assert await is_in(office, theirs)


async def test_all_of_an_accounts_sign_ins_end_at_once(rooms: Rooms, office: Office) -> None:
    account = await office.account()
    members = [await office.sign_in() for _ in range(3)]
    await end(office, account, members[0].session_id)
    ended = await staff_sessions.end_sessions(
        rooms.sessions, rooms.clock, actor=office.make.actor, staff_id=account.id
    )
    assert ended == 2
    assert not any([await is_in(office, member) for member in members])
    assert await office.sign_in(), "it may sign in again"
    with pytest.raises(NotFound):
        await staff_sessions.end_sessions(
            rooms.sessions, rooms.clock, actor=office.make.actor, staff_id=new_id()
        )


async def test_a_new_password_of_ones_own_ends_the_other_sign_ins(
    rooms: Rooms, make: Factory, office: Office
) -> None:
    await office.account()
    other, member = await office.sign_in(), await office.sign_in()

    async def change(password: str) -> None:
        await own_account.change_password(
            rooms.sessions,
            rooms.clock,
            rooms.staff_door,
            make.once,
            staff=member,
            actor=member.acting(rooms.digester),
            origin=HERE,
            password=password,
            new_password=FRESH,
        )

    with pytest.raises(PasswordWrong):
        await change("wrong horse battery")
    assert await is_in(office, other)
    await change(PASSWORD)
    assert (await is_in(office, other), await is_in(office, member)) == (False, True)
    assert await office.refusal() == "invalid_grant"
    assert await office.sign_in(password=FRESH)


async def test_disabling_ends_them_in_the_list_too(
    rooms: Rooms, make: Factory, office: Office
) -> None:
    await office.account(name="另一位")
    account = await office.account()
    await office.sign_in()
    await staff.disable_staff(
        rooms.sessions, rooms.clock, make.once, actor=make.actor, staff_id=account.id
    )
    assert await office.sessions(account, active=True) == []


async def test_the_last_call_is_known_to_the_minute(
    rooms: Rooms, make: Factory, office: Office
) -> None:
    account = await office.account()
    member = await office.sign_in()
    assert member.session_id is not None
    await make.move_clock(SEEN_EVERY * 3)
    rooms.seen_staff.note(member.session_id)
    await rooms.seen_staff.drain()
    (listed,) = await office.sessions(account)
    assert listed.last_seen_at - listed.signed_in_at >= SEEN_EVERY * 3


async def test_a_sign_in_runs_out_with_its_token_in_real_time(
    rooms: Rooms, make: Factory, office: Office
) -> None:
    account = await office.account()
    await office.sign_in()
    await make.move_clock(timedelta(days=60))
    (listed,) = await office.sessions(account)
    assert listed.state is SessionState.ACTIVE, "a moved clock moves no token"
    await age(rooms, timedelta(hours=8))
    (listed,) = await office.sessions(account)
    assert listed.state is SessionState.EXPIRED
    with pytest.raises(StateConflict):
        await end(office, account, listed.id)


async def test_what_ran_out_a_month_ago_is_forgotten_and_nothing_else(
    rooms: Rooms, office: Office
) -> None:
    account = await office.account()
    await office.sign_in()
    await age(rooms, timedelta(hours=8) + KEPT)
    await office.sign_in()
    await age(rooms, timedelta(hours=8))
    recent = await office.sign_in()
    assert await sweep(rooms) is False, "there are no more"
    listed = await office.sessions(account)
    assert len(listed) == 2
    assert listed[0].id == recent.session_id


async def test_a_long_list_is_forgotten_piece_by_piece(
    rooms: Rooms, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    account = await office.account()
    for _ in range(3):
        await office.sign_in()
    await age(rooms, timedelta(hours=8) + KEPT)
    assert [await sweep(rooms), await sweep(rooms)] == [True, False]
    assert await office.sessions(account) == []


async def sweep(rooms: Rooms) -> bool:
    async with rooms.sessions.begin() as session:
        return await jobs.sweep_sessions(session, {})


async def age(rooms: Rooms, by: timedelta) -> None:
    """All sign-ins so far were made that much earlier."""
    async with rooms.sessions.begin() as session:
        await session.execute(
            update(StaffSession).values(token_until=StaffSession.token_until - by)
        )


async def sign_in_beside(office: Office, act: Coroutine[Any, Any, Any]) -> None:
    """A sign-in has shown what was good until now; before it is written, that is changed."""
    rooms = office.rooms
    watching = rooms.engine.execution_options(isolation_level="AUTOCOMMIT").connect()
    async with rooms.sessions.begin() as session, watching as watcher:
        found = await find_account(session, Staff.name == NAME)
        assert found is not None
        assert await lock_account(session, found) is not None
        changing = asyncio.create_task(act)
        while not changing.done() and not await watcher.scalar(WAITING):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await staff_sessions.open_session(session, rooms.clock, staff_id=found.id, origin=ELSEWHERE)
    await changing


async def running_elsewhere(office: Office, account: StaffAccount) -> int:
    listed = await office.sessions(account, active=True)
    return sum(each.address == ELSEWHERE.address for each in listed)


guarded_and_not = pytest.mark.parametrize(
    ("guarded", "left"), [(True, 0), (False, 1)], ids=["guarded", "control"]
)


@guarded_and_not
async def test_no_sign_in_slips_in_beside_a_new_password(
    rooms: Rooms, make: Factory, office: Office, clients: Clients, guarded: bool, left: int
) -> None:
    account = await office.account()
    setting = staff.set_password(
        rooms.sessions,
        rooms.clock,
        make.once,
        actor=make.actor,
        staff_id=account.id,
        password=FRESH,
    )
    with nullcontext() if guarded else clients.without_row_locks():
        await sign_in_beside(office, setting)
    assert await running_elsewhere(office, account) == left


@guarded_and_not
async def test_no_sign_in_without_a_code_slips_in_beside_an_enrolment(
    office: Office, clients: Clients, guarded: bool, left: int
) -> None:
    account = await office.account()
    member = await office.sign_in()
    secret = await office.begin(member)
    with nullcontext() if guarded else clients.without_row_locks():
        await sign_in_beside(office, office.confirm(member, code_now(secret)))
    assert await running_elsewhere(office, account) == left


async def test_a_password_that_was_set_meanwhile_lets_nobody_in_any_more(
    rooms: Rooms, make: Factory, office: Office
) -> None:
    account = await office.account()
    async with rooms.sessions() as session:
        found = await find_account(session, Staff.name == NAME)
    assert found is not None
    await staff.set_password(
        rooms.sessions,
        rooms.clock,
        make.once,
        actor=make.actor,
        staff_id=account.id,
        password=FRESH,
    )
    async with rooms.sessions() as session:
        assert await lock_account(session, found) is None
        assert await session.scalar(select(func.count()).select_from(StaffSession)) == 0
