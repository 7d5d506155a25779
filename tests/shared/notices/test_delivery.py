"""A notice on its way to a phone, through a real worker and a real webhook."""

from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from app.models.identity import Member as MemberRow
from app.models.outbox import Job
from app.models.states import JobState, NoticeChannel, NoticeOutcome
from app.platform.pages import PageRequest
from app.shared.notices import (
    Channels,
    Notices,
    change_template,
    list_notices,
    set_choices,
    wording_of,
)
from app.shared.notices.log_carrier import LogCarrier
from tests.shared.notices.office import BOTH, CALM, KINDS, URGENT, Office
from tests.shared.notices.receiver import SECRET, is_signed
from tests.shared.outbox.bench import running, until

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
OTHER_WORDS = {
    "title_zh": "新题",
    "body_zh": "{title}改了。",
    "title_en": "New",
    "body_en": "{title} has changed.",
}


async def opt_out(office: Office, member_id: UUID, *kinds: str) -> None:
    await set_choices(
        office.rooms.sessions,
        KINDS,
        office.rooms.clock,
        member_id=member_id,
        opted_out=kinds,
    )


async def test_the_platform_is_handed_what_the_inbox_says_for_the_members_number(
    office: Office,
) -> None:
    member = await office.make.member()
    notice_id = await office.tell(member, link="/v1/breakfast/stores")
    await office.work_off()
    [received], [job] = office.receiver.arrived, await office.jobs()
    assert is_signed(received, SECRET)
    assert received.id == str(job.id)
    assert received.data == {
        "notice_id": str(notice_id),
        "kind": CALM,
        "member_no": member.member_no,
        "title": {"zh": "关于除夕春联", "en": "About 除夕春联"},
        "body": {"zh": "除夕春联有消息。", "en": "News of 除夕春联."},
        "link": "/v1/breakfast/stores",
        "not_after": None,
    }
    [send] = await office.sends()
    assert (send.outcome, send.job_id, send.attempts_count) == ("sent", job.id, 1)
    assert job.state is JobState.DONE


async def test_no_phone_and_no_name_leaves_the_house(office: Office) -> None:
    await office.tell(await office.make.member(name="王小明", phone="19900001234"))
    await office.work_off()
    [received] = office.receiver.arrived
    assert b"19900001234" not in received.body
    assert "王小明" not in received.body.decode()


async def test_each_channel_is_a_send_of_its_own(office: Office) -> None:
    await office.tell(await office.make.member(), BOTH)
    await office.work_off()
    assert {(send.channel, send.outcome) for send in await office.sends()} == {
        (NoticeChannel.PUSH, NoticeOutcome.SENT),
        (NoticeChannel.SMS, NoticeOutcome.SENT),
    }
    assert len({received.id for received in office.receiver.arrived}) == 2


async def test_who_turns_a_kind_off_after_it_was_put_is_left_alone(office: Office) -> None:
    member = await office.make.member()
    await office.tell(member)
    await opt_out(office, member.id, CALM)
    await office.work_off()
    assert await office.outcomes() == ["opted_out"]
    assert not office.receiver.arrived
    assert len(await office.notices()) == 1


async def test_who_turns_it_on_again_is_told_the_next_time(office: Office) -> None:
    member = await office.make.member()
    await opt_out(office, member.id, CALM, BOTH)
    await opt_out(office, member.id, BOTH)
    await office.tell(member)
    await office.work_off()
    assert await office.outcomes() == ["sent"]


async def test_by_night_it_waits_for_the_morning(office: Office) -> None:
    await office.go_to(time(23, 30))
    await office.tell(await office.make.member())
    await office.work_off()
    await office.go_to(time(0, 30))
    await office.work_off()
    await office.go_to(time(7, 59))
    await office.work_off()
    assert not office.receiver.arrived
    await office.go_to(time(8, 0))
    await office.work_off()
    assert await office.outcomes() == ["sent"]


async def test_put_before_the_night_and_looked_at_in_it_it_waits_too_under_the_same_id(
    office: Office,
) -> None:
    """No worker came before ten: being put off is no attempt, and no new message."""
    await office.go_to(time(21, 59))
    await office.tell(await office.make.member())
    [before] = await office.jobs()
    await office.go_to(time(22, 1))
    await office.work_off()
    [put_off] = await office.jobs()
    assert (put_off.id, put_off.state, put_off.attempts_count) == (before.id, JobState.QUEUED, 0)
    assert not office.receiver.arrived
    assert await office.sends() == []
    await office.go_to(time(8, 0))
    await office.work_off()
    assert [received.id for received in office.receiver.arrived] == [str(before.id)]


async def test_what_cannot_wait_is_sent_by_night(office: Office) -> None:
    await office.go_to(time(23, 30))
    await office.tell(await office.make.member(), URGENT)
    await office.work_off()
    assert await office.outcomes() == ["sent"]


async def test_what_comes_too_late_is_dropped(office: Office) -> None:
    now = office.rooms.clock.now()
    await office.tell(await office.make.member(), not_after=now + MINUTE)
    await office.make.move_clock(2 * MINUTE)
    await office.work_off()
    assert await office.outcomes() == ["too_late"]
    assert not office.receiver.arrived


async def test_what_would_be_too_late_in_the_morning_is_dropped(office: Office) -> None:
    night = await office.go_to(time(21, 59))
    await office.tell(await office.make.member(), not_after=night + timedelta(hours=3))
    await office.go_to(time(22, 1))
    await office.work_off()
    assert await office.outcomes() == ["too_late"]


async def test_words_that_are_edited_between_are_those_of_the_next_notice(
    office: Office,
) -> None:
    """The phone says what the inbox says, and a repeat what was said before."""
    rooms, member = office.rooms, await office.make.member()
    await office.tell(member)
    await change_template(
        rooms.sessions,
        KINDS,
        rooms.clock,
        actor=office.make.actor,
        kind=CALM,
        version=0,
        wording=wording_of(OTHER_WORDS),
    )
    await office.tell(member, key="test:2")
    await office.work_off()
    page, _ = await list_notices(
        rooms.sessions, rooms.sealer, member_id=member.id, page=PageRequest(10)
    )
    in_the_inbox = {str(each.id): each.content.body.zh for each in page.items}
    on_the_phone = {
        each.data["notice_id"]: each.data["body"]["zh"] for each in office.receiver.arrived
    }
    assert on_the_phone == in_the_inbox
    assert sorted(on_the_phone.values()) == ["除夕春联改了。", "除夕春联有消息。"]


async def test_a_platform_that_is_away_is_asked_again_later_under_the_same_id(
    office: Office,
) -> None:
    office.receiver.says(503, 429)
    await office.tell(await office.make.member())
    for outcomes in (["failed"], ["failed"], ["sent"]):
        await office.work_off()
        assert await office.outcomes() == outcomes
        await office.bench.end_pauses()
    assert len({received.id for received in office.receiver.arrived}) == 1
    assert len({received.body for received in office.receiver.arrived}) == 1
    [send], [job] = await office.sends(), await office.jobs()
    assert (send.attempts_count, send.error) == (3, None)
    assert job.state is JobState.DONE


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
async def test_a_platform_that_says_no_is_not_asked_again_but_by_staff(
    office: Office, status: int
) -> None:
    office.receiver.says(status)
    await office.tell(await office.make.member())
    await office.work_off()
    [send], [job] = await office.sends(), await office.jobs()
    assert (send.outcome, send.error) == ("failed", f"http_{status}")
    assert (job.state, job.last_error) == (JobState.FAILED, f"JobFailed http_{status}")
    assert len(office.receiver.arrived) == 1


async def test_two_workers_at_one_send_are_one_message_to_the_other_side(office: Office) -> None:
    """The first is slow and its lease runs out: nothing can call a request back, so it arrives
    twice, under one id, and is written down once."""
    office.receiver.gate.clear()
    await office.tell(await office.make.member())
    first, second = [office.bench.runner(office.handlers, lanes=1) for _ in range(2)]
    async with running(first, second):
        await until(lambda: _have_arrived(office, 1))
        await office.bench.end_pauses()
        await until(lambda: _have_arrived(office, 2))
        office.receiver.gate.set()
        await until(office.bench.nothing_is_live)
    [send], [job] = await office.sends(), await office.jobs()
    assert [received.id for received in office.receiver.arrived] == [str(job.id)] * 2
    assert len({received.body for received in office.receiver.arrived}) == 1
    assert (send.outcome, send.attempts_count) == ("sent", 2)
    assert (job.state, job.attempts_count) == (JobState.DONE, 2)


async def test_sent_stays_sent_whatever_the_slower_worker_hears(office: Office) -> None:
    office.receiver.gate.clear()
    office.receiver.says(204, 500)
    await office.tell(await office.make.member())
    first, second = [office.bench.runner(office.handlers, lanes=1) for _ in range(2)]
    async with running(first, second):
        await until(lambda: _have_arrived(office, 1))
        await office.bench.end_pauses()
        await until(lambda: _have_arrived(office, 2))
        office.receiver.gate.set()
        await until(office.bench.nothing_is_live)
    assert await office.outcomes() == ["sent"]


async def test_a_worker_that_died_after_it_wrote_down_the_send_leaves_nothing_to_send(
    office: Office,
) -> None:
    await office.tell(await office.make.member())
    await office.work_off()
    async with office.rooms.sessions.begin() as session:
        await session.execute(update(Job).values(state=JobState.QUEUED, ended_at=None))
    await office.bench.end_pauses()
    await office.work_off()
    assert len(office.receiver.arrived) == 1
    [send], [job] = await office.sends(), await office.jobs()
    assert (send.attempts_count, job.state) == (1, JobState.DONE)


async def test_a_member_who_is_gone_is_not_told(office: Office) -> None:
    member = await office.make.member()
    await office.tell(member)
    async with office.rooms.sessions.begin() as session:
        await session.execute(delete(MemberRow).where(MemberRow.id == member.id))
    await office.work_off()
    assert not office.receiver.arrived
    assert await office.sends() == []


async def test_a_deployment_without_a_channel_says_so(office: Office) -> None:
    office.rooms = replace(office.rooms, channels=Channels({}))
    await office.tell(await office.make.member())
    await office.work_off()
    assert await office.outcomes() == ["no_channel"]


async def test_a_log_claims_to_be_no_more_than_a_log(office: Office) -> None:
    carriers = dict.fromkeys(NoticeChannel, LogCarrier())
    office.rooms = replace(office.rooms, channels=Channels(carriers))
    await office.tell(await office.make.member())
    await office.work_off()
    assert await office.outcomes() == ["logged"]


async def test_a_kind_that_only_a_newer_worker_knows_is_left_for_it(office: Office) -> None:
    await office.tell(await office.make.member())
    rooms = office.rooms
    office.rooms = replace(rooms, notices=Notices({}, rooms.sealer, rooms.clock))
    await office.work_off()
    [job] = await office.jobs()
    assert (job.state, job.last_error) == (JobState.QUEUED, "JobFailed kind_unknown")
    assert await office.sends() == []


async def _have_arrived(office: Office, count: int) -> bool:
    return len(office.receiver.arrived) == count
