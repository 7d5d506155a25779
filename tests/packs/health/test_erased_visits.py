"""Talks go a year after their end and appointments after three, with their books and a report; and
every figure of a time before stays what it was: a play at random, with its seed written down."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.models.states import Role
from app.schemas.report import ReportOut
from app.shared.identity.callers import Member
from tests.appointing import DAY, HOUR, REGISTRATIONS, STAFF_TALKS, TALKS, Appointing, told
from tests.consulting import Consulting, Working
from tests.factories import Factory, auth
from tests.shared.personal_data.erased import Registry
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

SEED, STEPS, MOST_STEPS, ASKED_EVERY = 2023, 60, 400, 8
ACTS = {
    "ask", "answer", "withdraw", "book", "cancel", "check_in", "correct", "announce", "register",
    "give_up", "attend", "undo", "erase", "run",
}  # fmt: skip
YEAR = timedelta(days=365)
# Rows of these are of talks and slots alone here.
GONE = (
    "health_talk",
    "health_registration",
    "health_attendance",
    "health_slot",
    "health_appointment",
    "health_appointment_history",
    "stock_pool",
    "stock_entry",
    "stock_use",
    "stock_group",
)


async def rows(make: Factory) -> dict[str, int]:
    async with make.rooms.sessions() as session:
        return {
            table: await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0
            for table in GONE
        }


async def visited(appointing: Appointing) -> tuple[Member, str]:
    """A talk that one attended and one gave up; four slots, of which one was moved away from, one
    given up, and one is still booked when it ends. Answers who was at the talk, and the talk."""
    ann, bob = await appointing.patients(2)
    talk_id = await appointing.talk(replay_url="https://live.example.cn/replay")
    there = await appointing.registered(ann, talk_id)
    await appointing.unregister(bob, await appointing.registered(bob, talk_id))
    slots = [each["id"] for each in await appointing.slots(await appointing.planned())]
    moved = (await appointing.booked(ann, slots[0]))["id"]
    assert (await appointing.move(ann, moved, slots[1])).is_success
    given_up = (await appointing.booked(bob, slots[2]))["id"]
    assert (await appointing.act(bob, given_up, "cancellation")).is_success
    await appointing.later(2 * DAY)
    assert (await appointing.attend(talk_id, registration_id=there)).is_success
    await appointing.later(2 * DAY)
    await appointing.work_off()
    return ann, talk_id


async def test_talks_go_after_a_year_and_appointments_after_three_with_their_books(
    appointing: Appointing, make: Factory
) -> None:
    ann, talk_id = await visited(appointing)
    consulting = Consulting(appointing.client, make)
    before = await rows(make)
    assert all(before.values()), before
    assert await consulting.run(dry_run=False) == await consulting.run(dry_run=True)
    assert await rows(make) == before

    await appointing.later(364 * DAY)
    rehearsed = await consulting.run(dry_run=True)
    assert (rehearsed["talks"], rehearsed["appointments"]) == (3, 0)
    assert await rows(make) == before
    assert (await appointing.see_talk(ann, talk_id))["replay_url"]
    done = await consulting.run(dry_run=False)
    assert done == rehearsed
    reader, manager = auth(make.token(ann)), await appointing.as_staff()
    gone = await appointing.client.get(f"{TALKS}/{talk_id}", headers=reader)
    assert told(gone) == (404, "not_found")
    gone = await appointing.client.get(f"{STAFF_TALKS}/{talk_id}", headers=manager)
    assert told(gone) == (404, "not_found")
    mine = await appointing.client.get(REGISTRATIONS, headers=reader)
    assert mine.json()["items"] == []
    await assert_books_are_right(make.rooms)

    await appointing.later(2 * YEAR)
    rehearsed = await consulting.run(dry_run=True)
    assert (rehearsed["talks"], rehearsed["appointments"]) == (0, 4)
    # By the job, as on any day.
    await appointing.work_off()
    assert set((await rows(make)).values()) == {0}
    await assert_books_are_right(make.rooms)
    # Nothing of it is left to be found by a person.
    async with make.rooms.sessions() as session:
        kept = (await session.execute(text("SELECT to_jsonb(c) FROM health_count c"))).scalars()
        columns = {name for row in kept for name in row}
    assert columns == {
        "id", "campaign_id", "figure", "at", "known_from", "known_until", "district"
    }  # fmt: skip


async def test_one_whose_slot_is_erased_first_keeps_the_later_one(
    appointing: Appointing, make: Factory
) -> None:
    """Moved to a day later, in a run that lies between the two."""
    member = await appointing.patient()
    expert = await appointing.expert()
    assert (await appointing.set_plan(expert, **appointing.plan(slots=1, days=2))).is_success
    first, second = await appointing.slots(expert)
    held = (await appointing.booked(member, first["id"]))["id"]
    assert (await appointing.move(member, held, second["id"])).is_success
    consulting = Consulting(appointing.client, make)
    await appointing.until(first["ends_at"])
    await appointing.later(3 * YEAR)
    assert (await consulting.run(dry_run=False))["appointments"] == 1
    assert await appointing.state(member, held) == "no_show"
    await assert_books_are_right(make.rooms)
    await appointing.later(DAY)
    assert (await consulting.run(dry_run=False))["appointments"] == 1
    assert (await rows(make))["stock_pool"] == 0
    await assert_books_are_right(make.rooms)


class Season:
    """Members, experts and staff who do something, one after the other."""

    def __init__(self, appointing: Appointing, chance: Random) -> None:
        self.appointing, self.chance = appointing, chance
        self.make, self.client = appointing.make, appointing.client
        self.consulting = Consulting(appointing.client, appointing.make)
        self.members: list[Member] = []
        self.experts: list[Working] = []
        self.threads: list[str] = []
        self.talks: list[str] = []
        self.places: list[tuple[Member, str, str]] = []
        self.held: list[tuple[Member, str]] = []
        self.done: set[str] = set()

    async def open(self) -> None:
        self.members = await self.appointing.patients(6)
        self.experts = [await self.appointing.planned() for _ in range(2)]

    async def step(self) -> None:
        acts: list[Callable[[], Awaitable[httpx.Response | None]]] = [
            self.ask, self.answer, self.withdraw, self.book, self.book, self.cancel, self.check_in,
            self.correct, self.announce, self.register, self.register, self.give_up, self.attend,
            self.undo, self.erase, self.run,
        ]  # fmt: skip
        act = self.chance.choice(acts)
        answer = await act()
        if answer is not None and answer.is_success:
            self.done.add(act.__name__)
        await self.make.move_clock(timedelta(hours=self.chance.randrange(1, 9)))

    async def ask(self) -> httpx.Response:
        member = self.chance.choice(self.members)
        await self.consulting.consent(member)
        topic = self.chance.choice(["general", "respiratory"])
        opened = await self.consulting.open(member, topic=topic)
        if opened.is_success:
            self.threads.append(opened.json()["id"])
        return opened

    async def answer(self) -> httpx.Response | None:
        doctor = self.chance.choice(self.experts)
        for thread_id in self.threads[-2:]:
            await self.consulting.desk(doctor.headers, thread_id, "take")
            said = await self.consulting.desk(doctor.headers, thread_id, "messages", text="多喝水")
            if said.is_success:
                return said
        return None

    async def withdraw(self) -> httpx.Response:
        member = self.chance.choice(self.members)
        return await self.client.put(
            "/v1/me/consents/health_data",
            headers=auth(self.make.token(member)),
            json={"given": False},
        )

    async def book(self) -> httpx.Response | None:
        member, expert = self.chance.choice(self.members), self.chance.choice(self.experts)
        await self.consulting.consent(member)
        slots = [each for each in await self.appointing.slots(expert) if each["is_free"]]
        if not slots:
            # The next day's, for whoever comes then.
            plan = self.appointing.plan()
            del plan["version"]
            assert (await self.appointing.set_plan(expert, **plan)).is_success
            return None
        made = await self.appointing.book(member, self.chance.choice(slots)["id"])
        if made.is_success:
            self.held.append((member, made.json()["id"]))
        return made

    async def cancel(self) -> httpx.Response | None:
        for member, held in reversed(self.held):
            answer = await self.appointing.act(member, held, "cancellation")
            if answer.is_success:
                return answer
        return None

    async def check_in(self) -> httpx.Response | None:
        """Or, if it is too late for that: they had come."""
        for _, held in self.held:
            for act in ("check-in", "fulfilment"):
                answer = await self.appointing.deal_with(held, act)
                if answer.is_success:
                    return answer
        made = await self.book()
        if made is None or made.is_error:
            return None
        await self.appointing.later(4 * DAY)
        return await self.appointing.deal_with(made.json()["id"], "fulfilment")

    async def correct(self) -> httpx.Response | None:
        if not self.held:
            return None
        return await self.appointing.deal_with(self.chance.choice(self.held)[1], "correction")

    async def announce(self) -> httpx.Response:
        begins = self.appointing.now + timedelta(hours=self.chance.randrange(8, 60))
        times: dict[str, Any] = {
            "starts_at": begins.isoformat(),
            "ends_at": (begins + HOUR).isoformat(),
            "register_closes_at": begins.isoformat(),
        }
        created = await self.appointing.create_talk(capacity=3, **times)
        self.talks.append(created.json()["id"])
        return created

    async def register(self) -> httpx.Response | None:
        if not self.talks:
            return None
        member, talk_id = self.chance.choice(self.members), self.talks[-1]
        made = await self.appointing.register(member, talk_id)
        if made.is_success:
            self.places.append((member, talk_id, made.json()["id"]))
        return made

    async def give_up(self) -> httpx.Response | None:
        """One's place at the newest talk, for which one has just registered."""
        await self.announce()
        await self.register()
        member, _, place = self.places[-1]
        return await self.appointing.unregister(member, place)

    async def attend(self) -> httpx.Response | None:
        for _, talk_id, place in reversed(self.places):
            answer = await self.appointing.attend(talk_id, registration_id=place)
            if answer.is_success:
                return answer
        return None

    async def undo(self) -> httpx.Response | None:
        for _, _, place in reversed(self.places):
            answer = await self.client.post(
                f"/v1/admin/health/registrations/{place}/reversal",
                headers=await self.appointing.as_staff(Role.DESK),
                json={"reason": "认错了人"},
            )
            if answer.is_success:
                return answer
        return None

    async def erase(self) -> httpx.Response:
        member = self.members.pop(0)
        self.members.append(await self.appointing.patient())
        headers = self.appointing.as_member(member)
        return await self.client.post("/v1/me/erasure", headers=headers)

    async def run(self) -> httpx.Response:
        """What was withdrawn goes at once."""
        officer = await self.consulting.officer()
        return await self.client.post(
            "/v1/admin/retention/runs", headers=officer, json={"dry_run": False}
        )

    async def asked(self, as_of: datetime) -> str:
        report = await self.make.rooms.reports.read(as_of=as_of)
        return ReportOut.of(report).model_dump_json(exclude={"printed_at"})


async def test_a_time_is_answered_the_same_also_when_all_of_it_is_erased(
    appointing: Appointing, make: Factory
) -> None:
    season = Season(appointing, Random(SEED))
    await season.open()
    answers: dict[datetime, str] = {}
    step = 0
    # What comes to pass hangs on the hour of the day as well: it goes on until all has happened.
    while step < STEPS or season.done != ACTS:
        assert step < MOST_STEPS, season.done
        await season.step()
        step += 1
        if step % ASKED_EVERY == 1:
            at = make.rooms.clock.now()
            await make.move_clock(timedelta(seconds=10))
            answers[at] = await season.asked(at)
    assert len(set(answers.values())) == len(answers)
    await appointing.later(4 * YEAR)
    await appointing.work_off()
    assert await season.run()
    left = await rows(make)
    assert (left["health_talk"], left["health_appointment"], left["stock_pool"]) == (0, 0, 0)
    for at, answer in answers.items():
        assert await season.asked(at) == answer, at
    assert await Registry(make.rooms).faults() == []
