"""Consultations over HTTP: asked, taken, answered, handed over, closed; who reads, and who not."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.models import Base
from app.models.states import PackKind, Role
from tests.consulting import ALERTS, CONSULTATIONS, EXPERTS, Consulting
from tests.factories import auth
from tests.quizzing import told
from tests.shared.files.album import Album

pytestmark = pytest.mark.anyio

ASKED, ANSWERED, NOTED = "咳嗽两周，夜里出汗", "建议先拍胸片排除肺炎", "请儿科同事继续"
MINUTE = timedelta(minutes=1)


async def test_a_member_asks_an_expert_answers_and_each_look_is_seen(
    consulting: Consulting,
) -> None:
    member, doctor = await consulting.asker(), await consulting.expert()
    picture = await Album(consulting.make.rooms, member).keep()
    opened = await consulting.open(member, ASKED, key="one", file_ids=[str(picture.id)])
    thread_id = opened.json()["id"]
    assert (opened.status_code, opened.json()["state"]) == (201, "waiting")
    assert opened.json()["message"]["guidance"] == []
    again = await consulting.open(member, ASKED, key="one", file_ids=[str(picture.id)])
    assert again.json()["id"] == thread_id
    second = await consulting.open(member, "再问一次")
    assert (told(second), second.json()["consultation_id"]) == ((409, "state_conflict"), thread_id)

    assert [each["id"] for each in await consulting.queue(doctor.headers)] == [thread_id]
    assert told(await consulting.read(doctor.headers, thread_id)) == (404, "not_found")
    taken = await consulting.desk(doctor.headers, thread_id, "take")
    assert (taken.json()["state"], taken.json()["last_no"]) == ("taken", 1)
    assert told(await consulting.desk(doctor.headers, thread_id, "take")) == (409, "state_conflict")
    assert await consulting.queue(doctor.headers) == []
    mine = await consulting.queue(doctor.headers, state="taken")
    assert [(each["id"], each["expert_read_no"]) for each in mine] == [(thread_id, 0)]

    seen = (await consulting.read(doctor.headers, thread_id)).json()
    assert [(each["author"], each["text"]) for each in seen["items"]] == [("member", ASKED)]
    link = seen["items"][0]["pictures"][0]["url"]
    assert (await consulting.client.get(link)).status_code == 200
    assert await consulting.looks(member) == ["health.read"]
    answered = await consulting.desk(doctor.headers, thread_id, "messages", text=ANSWERED)
    assert (answered.status_code, answered.json()["expert"]) == (201, "李医生")
    await consulting.work_off()
    headers = auth(consulting.make.token(member))
    inbox = await consulting.client.get("/v1/me/notices", headers=headers)
    (notice,) = inbox.json()["items"]
    assert notice["kind"] == "health.consultation_answered"
    assert ANSWERED not in inbox.text
    home = await consulting.client.get("/v1/me/packs", headers=headers)
    card = next(each for each in home.json()["packs"] if each["kind"] == "health")
    assert ("read", thread_id) in {(act["act"], act["id"]) for act in card["can"]}

    own = (await consulting.own(member, thread_id)).json()
    assert [each["text"] for each in own["items"]] == [ASKED, ANSWERED]
    assert own["consultation"]["expert"]["hospital"] == "青岛大学附属医院"
    assert own["consultation"]["waiting_from"] is None
    assert own["consultation"]["expert_read_no"] == 2
    read = await consulting.act(member, thread_id, "read", number=2)
    assert read.json()["member_read_no"] == 2
    assert (await consulting.act(member, thread_id, "read", number=1)).json()["member_read_no"] == 2
    beyond = await consulting.act(member, thread_id, "read", number=3)
    assert told(beyond) == (422, "input_invalid")
    home = await consulting.client.get("/v1/me/packs", headers=headers)
    assert '"read"' not in home.text
    assert (await consulting.write(member, thread_id, "明白了")).json()["waiting_from"] is not None
    closed = await consulting.desk(doctor.headers, thread_id, "close")
    assert (closed.json()["state"], closed.json()["closed_by"]) == ("closed", "expert")
    assert told(await consulting.read(doctor.headers, thread_id)) == (404, "not_found")
    assert told(await consulting.write(member, thread_id, "还有")) == (409, "state_conflict")
    assert told(await consulting.act(member, thread_id, "close")) == (409, "state_conflict")
    assert len((await consulting.own(member, thread_id)).json()["items"]) == 3
    await consulting.make.switch(PackKind.HEALTH, "close")
    assert told(await consulting.open(member, "再来一次")) == (409, "not_open")
    await consulting.assert_right()


async def test_nobody_else_reads_or_acts(consulting: Consulting) -> None:
    """Whoever calls, whatever the operation: the thread is not there."""
    member, other = await consulting.asker(), await consulting.asker()
    doctor, stranger = await consulting.expert(), await consulting.expert()
    picture = await Album(consulting.make.rooms, other).keep()
    foreign = await consulting.open(member, file_ids=[str(picture.id)])
    assert told(foreign) == (404, "not_found")
    thread_id = await consulting.taken(member, doctor, ASKED)
    reviewer = await consulting.reviewer()
    administrator = auth(await consulting.make.staff())
    auditor = auth(await consulting.make.staff(Role.AUDITOR))
    acts = {
        "messages": {"text": "不该有"},
        "hand-over": {"note": "不该有"},
        "close": {},
        "identity": {"reason": "不该有"},
    }
    for headers in (stranger.headers, administrator, reviewer.headers):
        for act, body in acts.items():
            tried = await consulting.desk(headers, thread_id, act, **body)
            assert told(tried) == (404, "not_found"), (act, tried.text)
    for headers in (stranger.headers, administrator, auditor):
        assert told(await consulting.read(headers, thread_id)) == (404, "not_found")
    assert told(await consulting.desk(administrator, thread_id, "take")) == (404, "not_found")
    assert told(await consulting.desk(stranger.headers, thread_id, "take"))[0] == 409
    for answer in (
        await consulting.own(other, thread_id),
        await consulting.write(other, thread_id, "我是谁"),
        await consulting.act(other, thread_id, "close"),
        await consulting.act(other, thread_id, "read", number=1),
    ):
        assert told(answer) == (404, "not_found")
    assert await consulting.looks(member) == []

    # The named reviewer reads, and leaves no mark but that of the look.
    seen = await consulting.read(reviewer.headers, thread_id)
    assert [each["text"] for each in seen.json()["items"]] == [ASKED]
    assert seen.json()["consultation"]["expert_read_no"] == 0
    assert await consulting.looks(member) == ["health.read"]
    officer, url = await consulting.officer(), f"{EXPERTS}/{stranger.id}/reviewer"
    naming = {"is_reviewer": True, "reason": "再任命一位"}
    second = await consulting.client.put(url, headers=officer, json=naming)
    assert told(second) == (409, "already_exists")
    speaker = (await consulting.create(name="张老师")).json()["id"]
    url = f"{EXPERTS}/{speaker}/reviewer"
    without = await consulting.client.put(url, headers=officer, json=naming)
    assert told(without) == (409, "state_conflict")


async def test_who_hands_over_or_works_no_more_reads_no_more(consulting: Consulting) -> None:
    member = await consulting.asker()
    first, second = await consulting.expert(), await consulting.expert()
    other_topic = await consulting.expert(topics=["nutrition"])
    thread_id = await consulting.taken(member, first, ASKED)
    await consulting.make.move_clock(MINUTE)
    later = await consulting.opened(await consulting.asker(), "后来的")
    handed = await consulting.desk(first.headers, thread_id, "hand-over", note=NOTED)
    assert handed.json()["state"] == "waiting"
    assert told(await consulting.read(first.headers, thread_id)) == (404, "not_found")
    # It keeps its place: the member has waited longest.
    assert [each["id"] for each in await consulting.queue(second.headers)] == [thread_id, later]
    assert await consulting.queue(other_topic.headers) == []
    foreign = await consulting.desk(other_topic.headers, thread_id, "take")
    assert told(foreign) == (404, "not_found")
    assert (await consulting.desk(second.headers, thread_id, "take")).status_code == 200
    assert (await consulting.read(second.headers, thread_id)).json()["note"] == NOTED
    assert NOTED not in (await consulting.own(member, thread_id)).text
    ended = await consulting.client.patch(
        f"{EXPERTS}/{second.id}",
        headers=await consulting.manager(),
        json={"version": 1, "is_active": False},
    )
    assert ended.status_code == 200, ended.text
    assert told(await consulting.read(second.headers, thread_id)) == (404, "not_found")
    assert told(await consulting.desk(second.headers, later, "take")) == (404, "not_found")
    waiting = await consulting.queue(await consulting.manager())
    assert [each["id"] for each in waiting] == [thread_id, later]
    await consulting.assert_right()


async def test_what_cannot_wait_shows_whom_to_call_and_alerts_staff(
    consulting: Consulting,
) -> None:
    member = await consulting.asker()
    opened = await consulting.open(member, "突然胸痛，能开点药吗")
    guidance = {each["kind"]: each["phones"] for each in opened.json()["message"]["guidance"]}
    assert guidance == {"emergency": ["120"], "prescription": []}
    written = await consulting.write(member, opened.json()["id"], "其实我不想活了")
    assert written.json()["message"]["guidance"][0]["phones"][0] == "12356"
    alerts = await consulting.alerts(acknowledged="false")
    assert [each["flag"] for each in alerts] == ["emergency", "self_harm"]
    assert member.member_no not in str(alerts)
    (waiting,) = await consulting.queue(await consulting.manager())
    assert waiting["has_alert"]

    async def reminded() -> int:
        with capture_logs() as logged:
            await consulting.work_off()
        return sum(each["event"] == "health_alert_unacknowledged" for each in logged)

    assert await reminded() == 2
    assert await reminded() == 0
    for alert in alerts:
        url = f"{ALERTS}/{alert['id']}/acknowledgement"
        done = await consulting.client.post(
            url, headers=await consulting.manager(), json={"reason": "已联系"}
        )
        assert done.json()["acknowledged_at"] is not None
        twice = await consulting.client.post(
            url, headers=await consulting.manager(), json={"reason": "已联系"}
        )
        assert told(twice) == (409, "state_conflict")
    await consulting.make.move_clock(11 * MINUTE)
    assert await reminded() == 0
    assert await consulting.alerts(acknowledged="false") == []


async def test_without_a_name_until_two_people_lift_it(consulting: Consulting) -> None:
    member, doctor = await consulting.asker(), await consulting.expert()
    named = await consulting.open(member, anonymous=True)
    assert told(named) == (422, "input_invalid")
    thread_id = await consulting.opened(member, topic="psychological", anonymous=True)
    assert (await consulting.desk(doctor.headers, thread_id, "take")).status_code == 200
    pseudonym = (await consulting.own(member, thread_id)).json()["consultation"]["pseudonym"]

    async def asker() -> tuple[str, str | None]:
        answer = await consulting.read(doctor.headers, thread_id)
        assert member.member_no not in answer.text
        assert str(member.id) not in answer.text
        return answer.json()["asker"], answer.json()["phone"]

    assert await asker() == (pseudonym, None)
    asked = await consulting.desk(doctor.headers, thread_id, "identity", reason="有轻生风险")
    assert asked.status_code == 202, asked.text
    pending = await consulting.desk(doctor.headers, thread_id, "identity", reason="再问")
    assert told(pending) == (409, "approval_pending")
    assert await asker() == (pseudonym, None)
    url = f"/v1/admin/approvals/{asked.json()['approval_id']}/decision"
    decision = {"decision": "approve", "reason": "已核实风险"}
    own = await consulting.client.post(url, headers=doctor.headers, json=decision)
    assert told(own) == (403, "forbidden")
    decided = await consulting.client.post(url, headers=await consulting.officer(), json=decision)
    assert decided.json()["state"] == "approved", decided.text
    name, phone = await asker()
    assert name != pseudonym
    assert phone is not None
    again = await consulting.desk(doctor.headers, thread_id, "identity", reason="再问")
    assert told(again) == (409, "state_conflict")
    assert "health.lift" in await consulting.looks(member)
    await consulting.work_off()
    inbox = await consulting.client.get(
        "/v1/me/notices", headers=auth(consulting.make.token(member))
    )
    assert "health.consultation_lifted" in inbox.text
    # Another thread of the same member has nothing in common with this one.
    assert (await consulting.act(member, thread_id, "close")).status_code == 200
    other = await consulting.opened(member, topic="psychological", anonymous=True)
    shown = (await consulting.own(member, other)).json()["consultation"]
    assert (shown["pseudonym"] != pseudonym, shown["is_lifted"]) == (True, False)


async def test_the_consent_comes_first_and_goes_as_easily(consulting: Consulting) -> None:
    await consulting.make.campaign()
    member, doctor = await consulting.make.member(), await consulting.expert()
    assert told(await consulting.open(member)) == (403, "consent_required")
    await consulting.consent(member)
    thread_id = await consulting.taken(member, doctor, ASKED)
    ended = await consulting.opened(member, topic="general")
    assert (await consulting.act(member, ended, "close")).status_code == 200
    reviewer = await consulting.reviewer()
    await consulting.consent(member, given=False)
    for headers in (doctor.headers, reviewer.headers):
        for each in (thread_id, ended):
            assert told(await consulting.read(headers, each)) == (404, "not_found")
    assert told(await consulting.write(member, thread_id, "还在吗")) == (403, "consent_required")
    own = (await consulting.own(member, thread_id)).json()
    assert (own["consultation"]["closed_by"], own["items"][0]["text"]) == ("withdrawal", ASKED)
    # The quiz, and experts with what they talk about, are there all the same.
    headers = auth(consulting.make.token(member))
    for path in ("/v1/health/quizzes", "/v1/health/experts"):
        assert (await consulting.client.get(path, headers=headers)).status_code == 200
    await consulting.assert_right()
    await consulting.work_off()
    listed = await consulting.client.get(CONSULTATIONS, headers=headers)
    assert listed.json()["items"] == []
    await consulting.assert_right()


async def test_no_word_stands_in_clear_in_tables_logs_metrics_or_exports(
    consulting: Consulting,
) -> None:
    with capture_logs() as logged:
        member, doctor = await consulting.asker(), await consulting.expert()
        thread_id = await consulting.taken(member, doctor, ASKED)
        await consulting.desk(doctor.headers, thread_id, "messages", text=ANSWERED)
        await consulting.desk(doctor.headers, thread_id, "hand-over", note=NOTED)
        await consulting.read(doctor.headers, thread_id)
        await consulting.work_off()
    metrics = await consulting.client.get("/metrics")
    audit = await consulting.client.get(
        "/v1/admin/audit", headers=auth(await consulting.make.staff(Role.AUDITOR))
    )
    exported = await export(consulting)
    tables = await dump(consulting)
    for words in (ASKED, ANSWERED, NOTED):
        for place in (str(logged), metrics.text, audit.text, exported, tables):
            assert words not in place
        assert words.encode().hex() not in tables
    assert "李医生" in tables, "the dump shows what is not sealed"
    assert "health.consultation.answer" in audit.text
    listings = consulting.make.rooms.exports.listings
    assert not [name for name in listings if "consultation" in name or "message" in name]


async def dump(consulting: Consulting) -> str:
    """Every row of every table, as PostgreSQL writes it."""
    async with consulting.make.rooms.sessions() as session:
        rows = [
            await session.scalar(text(f"SELECT string_agg(t::text, '|') FROM {table.name} t"))
            for table in Base.metadata.sorted_tables
        ]
    return "|".join(str(each) for each in rows)


async def export(consulting: Consulting) -> str:
    """The file of all members."""
    headers = auth(await consulting.make.staff())
    body = {"what": "identity.members", "format": "csv"}
    asked = await consulting.client.post("/v1/admin/exports", headers=headers, json=body)
    assert asked.status_code == 202, asked.text
    await consulting.work_off()
    url = f"/v1/admin/exports/{asked.json()['id']}"
    made = await consulting.client.get(url, headers=headers)
    assert made.json()["state"] == "done", made.text
    return (await consulting.client.get(made.json()["url"])).text
