"""A run that brings rows under new keys: in parts, beside others, and never over their changes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.models.identity import Member, Person
from app.platform.crypto import Digester, KeyRing, Sealer
from app.registrations import all_sealed
from app.routers.rooms import Rooms
from app.shared.identity.seals import NAME, PERSON, PHONE, PHONE_LAST4
from app.shared.sealed import (
    Passed,
    Place,
    SealedField,
    inspect_seals,
    renewal,
    reseal,
    reseal_batch,
)
from app.shared.sealed.fields import ERASED
from app.shared.verification import Check
from tests.factories import Factory

pytestmark = pytest.mark.anyio

MEMBERS = 25
KEY = bytes(range(32))
OF_MEMBERS = [NAME, PHONE]


class Meddled(Sealer):
    """Seals as ever; between the reading of a batch and its writing something else happens."""

    def __init__(self, ring: KeyRing, meddle: Callable[[], None]) -> None:
        super().__init__(ring)
        self._meddle: Callable[[], None] | None = meddle

    def seal(self, text: str, context: str) -> bytes:
        meddle, self._meddle = self._meddle, None
        if meddle is not None:
            meddle()
        return super().seal(text, context)


@dataclass
class Deployment:
    """Members under the old keys, and a process that knows the new ones too."""

    rooms: Rooms
    make: Factory
    ids: list[UUID] = field(default_factory=list)

    def ring(self, name: str) -> KeyRing:
        old = getattr(self.rooms.settings, f"{name}_keys").get_secret_value()
        return KeyRing({**KeyRing.parse(old).keys, 2: KEY})

    @property
    def sealer(self) -> Sealer:
        return Sealer(self.ring("seal"))

    @property
    def digester(self) -> Digester:
        return Digester(self.ring("digest"))

    async def run(
        self, fields: Sequence[SealedField] = (), *, sealer: Sealer | None = None
    ) -> Passed:
        return await reseal(
            self.rooms.sessions,
            sealer or self.sealer,
            self.digester,
            list(fields) or all_sealed(),
        )

    async def name_again(self, member_id: UUID, name: str, phone: str) -> None:
        """What an import does to a member: a new name, a new phone, under the old keys."""
        rooms = self.rooms
        async with rooms.sessions.begin() as session:
            await session.execute(
                update(Member)
                .where(Member.id == member_id)
                .values(
                    name_sealed=NAME.seal(rooms.sealer, name),
                    phone_sealed=PHONE.seal(rooms.sealer, phone),
                    phone_last4_digest=PHONE_LAST4.digest(rooms.digester, phone),
                )
            )

    async def name(self, member_id: UUID) -> str:
        async with self.rooms.sessions() as session:
            sealed = await session.scalar(select(Member.name_sealed).where(Member.id == member_id))
        return NAME.open(self.sealer, sealed or b"")

    async def checks(self) -> dict[str, Check]:
        async with self.rooms.sessions() as session:
            found = inspect_seals(session, self.sealer, self.digester, all_sealed())
            return {check.name: check async for check in found}

    async def change(self, **values: object) -> None:
        """The first member's columns, as a fault of the disk would."""
        async with self.rooms.sessions.begin() as session:
            await session.execute(update(Member).where(Member.id == self.ids[0]).values(values))


@pytest.fixture
async def deployment(rooms: Rooms, make: Factory, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    monkeypatch.setattr(renewal, "BATCH_ROWS", 10)
    ids = sorted(member.id for member in await make.members(MEMBERS))
    return Deployment(rooms, make, ids)


async def test_a_run_that_is_stopped_goes_on_where_it_was(deployment: Deployment) -> None:
    rooms, batches = deployment.rooms, list[Passed]()
    stopped = await reseal(
        rooms.sessions,
        deployment.sealer,
        deployment.digester,
        OF_MEMBERS,
        on_batch=batches.append,
        stop=lambda: len(batches) == 2,
    )
    assert stopped.place == Place("member", str(deployment.ids[19]))
    assert (stopped.rows, stopped.resealed) == (20, 40)
    rest = await reseal(
        rooms.sessions,
        deployment.sealer,
        deployment.digester,
        OF_MEMBERS,
        place=stopped.place,
    )
    assert (rest.place, rest.rows, rest.resealed, rest.redigested) == (None, 5, 10, 5)


async def test_begun_again_from_the_start_a_run_passes_over_what_is_done(
    deployment: Deployment,
) -> None:
    first = await reseal_batch(
        deployment.rooms.sessions, deployment.sealer, deployment.digester, OF_MEMBERS
    )
    assert first.resealed == 20
    again = await deployment.run(OF_MEMBERS)
    assert (again.rows, again.resealed) == (MEMBERS, 30)


async def test_a_change_in_the_middle_of_a_batch_stands_and_comes_under_the_new_key_too(
    deployment: Deployment,
) -> None:
    await deployment.run(OF_MEMBERS, sealer=meddling(deployment))
    assert await deployment.name(deployment.ids[3]) == "后来的名字"
    check = (await deployment.checks())["sealed member.phone"]
    assert (check.faults, check.figures) == (
        [],
        {"seal key 2": MEMBERS, "digest key 2": MEMBERS},
    )


async def test_control_writing_without_looking_again_would_lose_that_change(
    deployment: Deployment,
) -> None:
    """The same meddling in a run that reads, seals and writes by id."""
    rooms, sealer = deployment.rooms, meddling(deployment)
    async with rooms.sessions() as session:
        rows = (await session.execute(select(Member.id, Member.name_sealed))).all()

    def renew() -> list[tuple[UUID, bytes]]:
        return [(key, NAME.seal(sealer, NAME.open(sealer, sealed))) for key, sealed in rows]

    for key, sealed in await asyncio.to_thread(renew):
        async with rooms.sessions.begin() as session:
            await session.execute(update(Member).where(Member.id == key).values(name_sealed=sealed))
    assert await deployment.name(deployment.ids[3]) == "王小明"


def meddling(deployment: Deployment) -> Sealer:
    """A member is named again after the batch was read and before it is written."""
    loop, member_id = asyncio.get_running_loop(), deployment.ids[3]

    def meddle() -> None:
        change = deployment.name_again(member_id, "后来的名字", "19900009999")
        asyncio.run_coroutine_threadsafe(change, loop).result(10)

    return Meddled(deployment.ring("seal"), meddle)


async def test_runs_beside_each_other_and_beside_changes_lose_nothing(
    deployment: Deployment,
) -> None:
    last: dict[UUID, str] = {}

    async def rename() -> None:
        for turn in range(8):
            for member_id in deployment.ids:
                last[member_id] = f"名{turn}"
                await deployment.name_again(member_id, f"名{turn}", f"1990000{turn:04}")

    async with asyncio.TaskGroup() as group:
        group.create_task(rename())
        for _ in range(3):
            group.create_task(deployment.run())
    await deployment.run()
    assert {each: await deployment.name(each) for each in deployment.ids} == last
    checks = await deployment.checks()
    assert not [check for check in checks.values() if check.faults]
    assert checks["sealed member.name"].figures == {"seal key 2": MEMBERS}


async def test_a_row_that_somebody_holds_is_left_to_them_and_nobody_waits(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "TRIES", 2)
    async with deployment.rooms.sessions.begin() as session:
        await session.execute(
            select(Member.id).where(Member.id == deployment.ids[0]).with_for_update()
        )
        passed = await deployment.run(OF_MEMBERS)
    assert (passed.busy, passed.resealed) == (1, 2 * (MEMBERS - 1))
    later = await deployment.run(OF_MEMBERS)
    assert (later.busy, later.resealed) == (0, 2)


async def test_what_does_not_open_is_named_without_its_value_and_stops_nothing(
    deployment: Deployment,
) -> None:
    stranger = Sealer(KeyRing({9: KEY}))
    await deployment.change(name_sealed=NAME.seal(stranger, "王小明"))
    passed = await deployment.run(OF_MEMBERS)
    assert (passed.unreadable, passed.resealed) == (1, 2 * MEMBERS - 1)
    assert passed.shown == [f"member.name of {deployment.ids[0]}: sealed with an unknown key"]
    check = (await deployment.checks())["sealed member.name"]
    assert check.faults == [f"{deployment.ids[0]}: sealed with an unknown key"]
    assert check.figures == {"seal key 2": MEMBERS - 1, "seal key 9": 1}


async def test_verify_names_a_lookup_that_finds_nothing_and_a_run_mends_it(
    deployment: Deployment,
) -> None:
    await deployment.change(phone_last4_digest=bytes(32))
    check = (await deployment.checks())["sealed member.phone"]
    assert check.faults == [f"{deployment.ids[0]}: the lookup is of no known key"]
    await deployment.run(OF_MEMBERS)
    assert (await deployment.checks())["sealed member.phone"].faults == []


async def test_an_erased_value_has_nothing_to_digest_so_its_lookup_stays(
    deployment: Deployment,
) -> None:
    rooms = deployment.rooms
    async with rooms.sessions.begin() as session:
        person_id = await session.scalar(select(Person.id).limit(1))
        kept = await session.scalar(select(Person.id_number_digest).where(Person.id == person_id))
        await session.execute(
            update(Person)
            .where(Person.id == person_id)
            .values(id_number_sealed=rooms.sealer.seal(ERASED, "person.id_number"))
        )
    passed = await deployment.run()
    assert passed.unreadable == 0
    async with rooms.sessions() as session:
        row = await session.get_one(Person, person_id)
    assert row.id_number_digest == kept
    assert row.id_number_sealed[0] == 2
    assert not [check for check in (await deployment.checks()).values() if check.faults]
    assert PERSON.purpose == "person.id_number"
