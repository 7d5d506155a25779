"""A change of keys as people live through it: nobody notices, and in the end the old key can go."""

from uuid import UUID

import pytest

from app.packs.breakfast.claim import Claimed, claim
from app.platform.pages import PageRequest
from app.registrations import all_sealed
from app.shared.idempotency import AlreadyAnswered, KeyedRequest, Once
from app.shared.identity import members
from app.shared.identity.callers import Member, StaffMember
from app.shared.identity.onboarding import onboard
from app.shared.identity.onboarding_codes import create_onboarding_code
from app.shared.identity.onboarding_text import CodeTexts
from app.shared.identity.owners import Owner
from app.shared.sealed import Passed, reseal
from tests.shared.imports.test_members import counts, id_number, row
from tests.shared.sealed.rotation import Process, Rotation

pytestmark = pytest.mark.anyio

OLD_ONLY, NEW_ONLY = {"seal key 1", "digest key 1"}, {"seal key 2", "digest key 2"}
REQUEST = KeyedRequest("StaffMember:1", "POST /v1/things", "key", b"body")


async def run(process: Process) -> Passed:
    rooms = process.rooms
    passed = await reseal(rooms.sessions, rooms.sealer, rooms.digester, all_sealed())
    assert (passed.place, passed.busy, passed.unreadable) == (None, 0, 0)
    return passed


async def press(process: Process, member: Member, batch_id: UUID, key: str) -> Claimed:
    rooms = process.rooms
    return await claim(
        rooms.stock,
        rooms.catalogue,
        rooms.directory,
        rooms.vouchers,
        rooms.clock,
        member=member,
        actor=member.acting(rooms.digester),
        batch_id=batch_id,
        request=KeyedRequest(str(member.id), "claim", key, b"0" * 16),
    )


async def found_by_phone(process: Process, last4: str) -> list[str]:
    """The names that staff see for a phone's last digits."""
    await process.make.staff()
    [(staff_id, name), *_] = await process.fetch("SELECT id, name FROM staff")
    page = await members.find_members(
        process.rooms.sessions,
        process.rooms.clock,
        process.rooms.sealer,
        process.rooms.digester,
        staff=StaffMember(staff_id, name, frozenset()),
        actor=process.make.actor,
        page=PageRequest(50),
        phone_last4=last4,
    )
    return sorted(member.name for member in page.items)


async def test_rows_of_both_keys_are_read_together_and_in_the_end_the_old_key_can_go(
    rotation: Rotation,
) -> None:
    async with rotation.before() as process:
        batch = await process.make.batch()
        member = await process.make.member(name="张三丰", phone="19912345678")
        first = await press(process, member, batch.id, "key-1")
        till = await process.counter.till()
        assert await process.versions() == OLD_ONLY

    async with rotation.announced() as process:
        await process.make.member(name="李四", phone="19900005678")
        assert await process.versions() == OLD_ONLY

    async with rotation.exchanged() as process:
        await process.make.member(name="王五", phone="19911115678")
        second = await press(process, member, batch.id, "key-2")
        assert await found_by_phone(process, "5678") == ["张**", "李*", "王*"]
        await process.counter.redeem(till, "NUMBER-1", first.voucher.code)
        assert await process.versions() == OLD_ONLY | NEW_ONLY
        passed = await run(process)
        assert passed.resealed > 0
        assert passed.redigested > 0
        assert await process.versions() == NEW_ONLY
        nothing = await run(process)
        assert (nothing.resealed, nothing.redigested) == (0, 0)

    async with rotation.after() as process:
        assert await process.versions() == NEW_ONLY
        assert await found_by_phone(process, "5678") == ["张**", "李*", "王*"]
        await process.counter.redeem(till, "NUMBER-2", second.voucher.code)


async def test_a_repeated_request_stays_the_same_request_as_long_as_the_old_key_is_known(
    rotation: Rotation,
) -> None:
    async with rotation.before() as process:
        batch, member = await process.make.batch(), await process.make.member()
        first = await press(process, member, batch.id, "key-1")
        rooms = process.rooms
        once = Once(REQUEST, rooms.digester, rooms.sealer).answering(201, str)
        async with rooms.sessions.begin() as session:
            await once.first(session)
            await once.keep(session, "done")

    async with rotation.exchanged() as process:
        await run(process)
        again = await press(process, member, batch.id, "key-1")
        assert (again.repeated, again.voucher) == (True, first.voucher)
        rooms = process.rooms
        async with rooms.sessions.begin() as session:
            with pytest.raises(AlreadyAnswered) as answered:
                await Once(REQUEST, rooms.digester, rooms.sealer).first(session)
        assert answered.value.body == b"done"


async def test_one_identity_number_stays_one_person_while_keys_change(rotation: Rotation) -> None:
    async with rotation.before() as process:
        await process.read_in(row(1))

    async with rotation.exchanged() as process:
        second_account = row(2, number=id_number(1))
        assert counts(await process.read_in(row(1), second_account)) == (2, 1, 0, 1, 0)
        await run(process)
        assert await process.fetch("SELECT count(*) FROM person") == [(1,)]

    async with rotation.after() as process:
        third_account = row(3, number=id_number(1))
        report = await process.read_in(row(1), second_account, third_account)
        assert counts(report) == (3, 1, 0, 2, 0)
        assert await process.fetch("SELECT count(*) FROM person") == [(1,)]


async def test_a_file_that_was_read_in_before_changes_nothing_while_keys_change(
    rotation: Rotation,
) -> None:
    """Else it would set categories back that staff have changed since."""
    async with rotation.before() as process:
        await process.read_in(row(1))
        async with process.rooms.sessions.begin() as session:
            await session.execute(members.delete(members.MemberCategory))

    async with rotation.exchanged() as process:
        assert counts(await process.read_in(row(1))) == (1, 0, 0, 1, 0)

    async with rotation.after() as process:
        assert counts(await process.read_in(row(1))) == (1, 0, 0, 1, 0)
        assert await process.fetch("SELECT count(*) FROM member_category") == [(0,)]


async def test_an_onboarding_code_works_whichever_key_it_was_made_under(rotation: Rotation) -> None:
    async with rotation.before() as process:
        rooms = process.rooms
        made = await create_onboarding_code(
            rooms.sessions,
            rooms.clock,
            CodeTexts(rooms.sealer, rooms.digester),
            process.make.once,
            actor=process.make.actor,
            owner=Owner(store_id=await process.make.store()),
        )

    async with rotation.exchanged() as process:
        rooms = process.rooms
        texts = CodeTexts(rooms.sealer, rooms.digester)
        onboarded = await onboard(
            rooms.sessions, rooms.clock, texts, actor=process.make.actor, code=made.onboarding_code
        )
        assert onboarded.store is not None
