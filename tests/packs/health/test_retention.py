"""What members wrote is erased when its time is over, with a report, and rehearsed before."""

from datetime import timedelta

import pytest

from tests.consulting import CONSULTATIONS, RETENTION, RUNS, Consulting
from tests.factories import auth
from tests.quizzing import told
from tests.shared.files.album import Album

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
NOTHING = {
    "appointments": 0,
    "talks": 0,
    "consultation_messages": 0,
    "consultation_pictures": 0,
    "withdrawn_consultations": 0,
}
PICTURES = f"{RETENTION}/kinds/health.consultation_pictures"


async def test_pictures_go_after_a_year_and_messages_after_three(consulting: Consulting) -> None:
    member, doctor = await consulting.asker(), await consulting.expert()
    picture = await Album(consulting.make.rooms, member).keep()
    thread_id = await consulting.opened(member, file_ids=[str(picture.id)])
    await consulting.desk(doctor.headers, thread_id, "take")
    await consulting.make.move_clock(2 * DAY)
    await consulting.desk(doctor.headers, thread_id, "messages", text="多喝水")
    await consulting.make.move_clock(364 * DAY)
    headers = auth(consulting.make.token(member))

    async def pictures() -> int:
        return len((await consulting.own(member, thread_id)).json()["items"][0]["pictures"])

    # A rehearsal says what would go, and takes it back.
    assert await consulting.run(dry_run=True) == {**NOTHING, "consultation_pictures": 1}
    assert await pictures() == 1
    await consulting.work_off()
    assert await pictures() == 0
    gone = await consulting.client.get(f"/v1/files/{picture.id}", headers=headers)
    assert told(gone) == (404, "not_found")
    listed = await consulting.client.get(RUNS, headers=await consulting.officer())
    by_job, rehearsal = listed.json()["items"]
    assert (by_job["dry_run"], rehearsal["dry_run"]) == (False, True)
    assert [line["erased"] for line in by_job["lines"]] == [0, 0, 1, 0, 0]
    await consulting.assert_right()

    await consulting.make.move_clock(730 * DAY)
    assert await consulting.run(dry_run=False) == {**NOTHING, "consultation_messages": 1}
    own = await consulting.own(member, thread_id)
    assert [each["number"] for each in own.json()["items"]] == [2]
    await consulting.assert_right()
    await consulting.make.move_clock(2 * DAY)
    assert await consulting.run(dry_run=False) == {**NOTHING, "consultation_messages": 1}
    mine = await consulting.client.get(CONSULTATIONS, headers=headers)
    assert mine.json()["items"] == []


async def test_for_how_long_is_data_and_what_is_withdrawn_goes_at_once(
    consulting: Consulting,
) -> None:
    member = await consulting.asker()
    picture = await Album(consulting.make.rooms, member).keep()
    await consulting.opened(member, file_ids=[str(picture.id)])
    officer = await consulting.officer()
    change = {"version": 0, "keep_days": 30, "reason": "从严"}
    changed = await consulting.client.put(PICTURES, headers=officer, json=change)
    assert (changed.json()["keep_days"], changed.json()["version"]) == (30, 1)
    stale = await consulting.client.put(PICTURES, headers=officer, json=change)
    assert told(stale) == (412, "version_stale")
    nowhere = f"{RETENTION}/kinds/health.nothing"
    unknown = await consulting.client.put(nowhere, headers=officer, json=change)
    assert told(unknown) == (404, "not_found")
    early = {**change, "version": 7}
    messages = f"{RETENTION}/kinds/health.consultation_messages"
    wrong = await consulting.client.put(messages, headers=officer, json=early)
    assert told(wrong) == (412, "version_stale")
    kinds = await consulting.client.get(f"{RETENTION}/kinds", headers=officer)
    assert [each["keep_days"] for each in kinds.json()["items"]] == [1095, 1095, 30, 365, 0]
    await consulting.make.move_clock(31 * DAY)
    assert await consulting.run(dry_run=True) == {**NOTHING, "consultation_pictures": 1}
    await consulting.consent(member, given=False)
    assert await consulting.run(dry_run=False) == {
        **NOTHING,
        "consultation_pictures": 1,
        "withdrawn_consultations": 1,
    }
    assert await consulting.run(dry_run=False) == NOTHING


async def test_a_members_copy_has_every_word_and_an_erasure_leaves_none(
    consulting: Consulting,
) -> None:
    member, doctor = await consulting.asker(), await consulting.expert()
    await consulting.taken(member, doctor, "胸痛两天")
    headers = auth(consulting.make.token(member))
    copied = await consulting.client.get("/v1/me/data", headers=headers)
    kinds = {each["kind"]: each["items"] for each in copied.json()["kinds"]}
    assert [each["text"] for each in kinds["consultation_messages"]] == ["胸痛两天"]
    assert [each["topic"] for each in kinds["consultations"]] == ["respiratory"]
    erased = await consulting.client.post("/v1/me/erasure", headers=headers)
    assert erased.status_code == 200, erased.text
    outcomes = {each["kind"]: each["outcome"] for each in erased.json()["kinds"]}
    assert outcomes["consultation_messages"] == outcomes["consultations"] == "erased"
    assert await consulting.queue(doctor.headers, state="taken") == []
    assert await consulting.alerts() == []
    await consulting.assert_right()
