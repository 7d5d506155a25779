"""A claim is judged by whom the process remembers, and granted only if the books agree."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.models.breakfast import Voucher
from app.models.states import Category, Role
from app.packs.breakfast.queries import BatchFacts
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from app.shared.identity.directory import Directory
from tests.factories import Factory, auth
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
        staff = auth(await self.make.staff(Role.CAMPAIGN_MANAGER), str(new_id()))
        changed = await self.client.put(
            f"/v1/admin/members/{member.id}/categories",
            headers=staff,
            json={
                "categories": [{"category": each, "source": "市总工会认定"} for each in categories]
            },
        )
        assert changed.status_code == 200, changed.text

    async def press(self, member: Member) -> tuple[int, str]:
        answer = await self.client.post(
            f"/v1/breakfast/batches/{self.batch.id}/claims",
            headers=auth(self.make.token(member), str(new_id())),
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
