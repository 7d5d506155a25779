"""A claim is judged by whom the process remembers, and granted only if the books agree."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select

from app.models.breakfast import Voucher
from app.models.identity import Member as Row
from app.models.identity import MemberCategory
from app.models.states import Category, Role
from app.packs.breakfast.queries import BatchFacts
from app.platform.ids import new_id
from app.platform.pulse import MEMBERS, raise_topic
from app.routers.rooms import Rooms
from app.shared.identity import members
from app.shared.identity.callers import Member
from app.shared.identity.directory import Directory
from app.shared.identity.members import HeldCategory
from tests.factories import Factory, auth
from tests.locks import until_waiting
from tests.shared.personal_data.erased import Registry

pytestmark = pytest.mark.anyio


@dataclass
class Deaf:
    """A process that has not heard yet of any change of members since it met them."""

    client: httpx.AsyncClient
    make: Factory
    batch: BatchFacts
    directory: Directory

    async def meet(self, *members: Member) -> None:
        """As the books have them now."""
        for each in members:
            assert await self.directory.find(each.member_no)

    async def change(self, member: Member, categories: Iterable[Category]) -> None:
        """By staff whom another process answers."""
        rooms, token = self.make.rooms, await self.make.staff(Role.CAMPAIGN_MANAGER)
        await members.set_categories(
            rooms.sessions,
            rooms.clock,
            rooms.sealer,
            staff=rooms.access.staff_member(rooms.own_tokens.verify_staff(token)),
            actor=self.make.actor,
            member_id=member.id,
            categories=[HeldCategory(each, "市总工会认定", None) for each in categories],
        )

    async def press(self, member: Member, key: object = None) -> tuple[int, str]:
        answer = await self.client.post(
            f"/v1/breakfast/batches/{self.batch.id}/claims",
            headers=auth(self.make.token(member), str(key or new_id())),
        )
        return answer.status_code, "" if answer.is_success else answer.json()["code"]

    async def issued(self) -> int:
        return (await self.make.rooms.catalogue.find(self.batch.id)).pool.issued


@pytest.fixture
async def deaf(app: FastAPI, client: httpx.AsyncClient, make: Factory, rooms: Rooms) -> Deaf:
    # The pulse does not know of this one, so nothing makes it forget.
    directory = Directory(rooms.sessions, lambda: True)
    app.state.rooms = replace(rooms, directory=directory)
    return Deaf(client, make, await make.batch(total=30), directory)


async def test_whoever_lost_the_category_gets_nothing(deaf: Deaf, make: Factory) -> None:
    member = await make.member()
    await deaf.meet(member)
    await deaf.change(member, [])
    assert await deaf.press(member) == (403, "not_eligible")
    assert await deaf.issued() == 0


async def test_the_control_gives_it_to_whom_nobody_looked_at_again(
    deaf: Deaf, make: Factory
) -> None:
    """Without `as_of` a remembered member is believed."""
    member = await make.member()
    await deaf.meet(member)
    remembered = deaf.directory._met
    remembered[member.member_no] = replace(remembered[member.member_no], as_of=None)
    await deaf.change(member, [])
    assert await deaf.press(member) == (201, "")


async def test_whoever_has_the_category_since_just_now_is_no_longer_refused(
    deaf: Deaf, make: Factory
) -> None:
    member = await make.member(categories=[])
    await deaf.meet(member)
    assert await deaf.press(member) == (403, "not_eligible")
    await deaf.change(member, [Category.OUTDOOR])
    assert await deaf.press(member) == (201, "")


async def test_of_a_crowd_only_those_who_were_changed_are_told_otherwise(
    deaf: Deaf, make: Factory
) -> None:
    crowd = await make.members(20)
    await deaf.meet(*crowd)
    lost = crowd[3], crowd[11]
    for each in lost:
        await deaf.change(each, [])
    answers = await asyncio.gather(*(deaf.press(each) for each in crowd))
    assert [answer for each, answer in zip(crowd, answers, strict=True) if each in lost] == [
        (403, "not_eligible")
    ] * 2
    assert answers.count((201, "")) == await deaf.issued() == 18


async def test_the_voucher_is_of_the_category_that_the_books_have(
    deaf: Deaf, make: Factory
) -> None:
    both = [Category.OUTDOOR, Category.NEW_EMPLOYMENT]
    deaf.batch = await make.batch(eligible_categories=both)
    member = await make.member()
    await deaf.meet(member)
    await deaf.change(member, [Category.NEW_EMPLOYMENT])
    assert await deaf.press(member) == (201, "")
    async with make.rooms.sessions() as session:
        held = await session.scalars(
            select(Voucher.entitled_by).where(Voucher.member_id == member.id)
        )
        assert held.all() == [Category.NEW_EMPLOYMENT]


async def test_whoever_was_erased_is_a_member_no_more(
    deaf: Deaf, make: Factory, rooms: Rooms
) -> None:
    member = await make.member()
    await deaf.meet(member)
    await Registry(rooms).erase(member)
    assert await deaf.press(member) == (403, "member_not_registered")
    assert await deaf.issued() == 0


async def test_one_press_sent_twice_is_one_voucher_also_when_somebody_was_changed(
    deaf: Deaf, make: Factory
) -> None:
    """Presses of one key share a flush, and what is said of one is said of both."""
    member, other = await make.member(), await make.member()
    await deaf.meet(member)
    for _ in range(10):
        await deaf.change(other, [])
        key = new_id()
        answers = await asyncio.gather(*(deaf.press(member, key) for _ in range(5)))
        assert answers == [(201, "")] * 5
        await deaf.meet(member)
    assert await deaf.issued() == 10


async def test_a_change_that_is_under_way_is_waited_for(deaf: Deaf, make: Factory) -> None:
    """The voucher's foreign key waits for the member's row; what the flush had read before that
    is not what it goes by."""
    member = await make.member()
    await deaf.meet(member)
    async with make.rooms.sessions.begin() as session:
        await session.execute(select(Row.id).where(Row.id == member.id).with_for_update())
        await session.execute(delete(MemberCategory).where(MemberCategory.member_id == member.id))
        pressing = asyncio.create_task(deaf.press(member))
        await until_waiting(make.rooms.engine)
        await raise_topic(session, MEMBERS)
    assert await pressing == (403, "not_eligible")
    assert await deaf.issued() == 0


async def test_not_eligible_is_said_before_the_end_of_the_batch(deaf: Deaf, make: Factory) -> None:
    member = await make.member()
    await deaf.meet(member)
    await deaf.change(member, [])
    await make.move(deaf.batch.id, "end")
    assert await deaf.press(member) == (403, "not_eligible")
