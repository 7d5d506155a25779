"""Whoever of the staff sees anything of a member's advice, appointments or places at talks: the
member's own list says so, look by look, and says nothing of looks that were refused."""

from collections import Counter
from datetime import timedelta

import pytest

from app.models.states import Role
from app.shared.identity.callers import Member
from tests.appointing import STAFF_APPOINTMENTS, STAFF_TALKS, Appointing
from tests.consulting import DESK, Consulting

pytestmark = pytest.mark.anyio


class Looks:
    """A member's list of looks, read after each act."""

    def __init__(self, consulting: Consulting, member: Member) -> None:
        self._consulting = consulting
        self._member = member
        self._seen = Counter[str]()

    async def added(self) -> "Counter[str]":
        """Since the last time."""
        now = Counter(await self._consulting.looks(self._member))
        added, self._seen = now - self._seen, now
        return added


async def test_each_reading_of_a_consultation_is_shown_to_its_member(
    consulting: Consulting,
) -> None:
    member, other = await consulting.asker(), await consulting.asker()
    looks, others = Looks(consulting, member), Looks(consulting, other)
    first, second = await consulting.expert(), await consulting.expert()
    reviewer, officer = await consulting.reviewer(), await consulting.officer()
    thread_id = await consulting.taken(member, first, topic="psychological", anonymous=True)
    await consulting.queue(await consulting.manager())
    assert await looks.added() == {}, "lists have nothing of theirs"

    reading = {"health.read": 1}
    for headers in (first.headers, first.headers, reviewer.headers):
        assert (await consulting.read(headers, thread_id)).is_success
        assert await looks.added() == reading
    page = f"{DESK}/{thread_id}/messages?limit=1"
    assert (await consulting.client.get(page, headers=first.headers)).is_success
    assert await looks.added() == reading
    for headers in (second.headers, officer, await consulting.manager()):
        assert (await consulting.read(headers, thread_id)).is_client_error
    assert await looks.added() == {}
    asked = await consulting.desk(first.headers, thread_id, "identity", reason="有风险")
    assert await looks.added() == {}
    url = f"/v1/admin/approvals/{asked.json()['approval_id']}/decision"
    decision = {"decision": "approve", "reason": "已核实"}
    assert (await consulting.client.post(url, headers=officer, json=decision)).is_success
    assert await looks.added() == {"health.lift": 1}
    await consulting.desk(first.headers, thread_id, "hand-over", note="请继续")
    assert (await consulting.desk(second.headers, thread_id, "take")).is_success
    assert (await consulting.read(first.headers, thread_id)).is_client_error
    assert await looks.added() == {}
    assert (await consulting.read(second.headers, thread_id)).is_success
    assert await looks.added() == reading
    assert await others.added() == {}


async def test_each_look_at_appointments_and_places_is_shown_to_its_member(
    appointing: Appointing,
) -> None:
    consulting = Consulting(appointing.client, appointing.make)
    member = await appointing.patient()
    looks = Looks(consulting, member)
    doctor, desk = await appointing.planned(), await appointing.as_staff(Role.DESK)
    slot = (await appointing.slots(doctor))[0]
    held = (await appointing.booked(member, slot["id"]))["id"]
    talk_id = await appointing.talk()
    place = await appointing.registered(member, talk_id)
    assert await looks.added() == {}

    at_appointment, at_place = {"health.appointments": 1}, {"health.registrations": 1}
    for headers in (desk, doctor.headers):
        assert (await appointing.client.get(STAFF_APPOINTMENTS, headers=headers)).is_success
        assert await looks.added() == at_appointment
    stranger = await appointing.expert()
    seen = await appointing.client.get(STAFF_APPOINTMENTS, headers=stranger.headers)
    assert seen.json()["items"] == []
    refused = await appointing.deal_with(held, "check-in", desk)
    assert refused.is_client_error
    assert await looks.added() == {}
    listed = f"{STAFF_TALKS}/{talk_id}/registrations"
    assert (await appointing.client.get(listed, headers=desk)).is_success
    assert await looks.added() == at_place
    await appointing.until(slot["starts_at"], before=timedelta(minutes=30))
    for act in ("check-in", "fulfilment", "correction"):
        assert (await appointing.deal_with(held, act, desk)).is_success
        assert await looks.added() == at_appointment, act
    talk = await appointing.see_talk(member, talk_id)
    await appointing.until(talk["starts_at"])
    assert (await appointing.attend(talk_id, registration_id=place)).is_success
    assert await looks.added() == at_place
    # Figures are nobody's.
    for path in (f"{STAFF_TALKS}/{talk_id}/statistics", "/v1/admin/report"):
        answer = await appointing.client.get(path, headers=await appointing.as_staff())
        assert answer.is_success, answer.text
    exported = {"what": "health.registrations", "format": "csv", "filters": {}}
    manager = await appointing.as_staff()
    asked = await appointing.client.post("/v1/admin/exports", headers=manager, json=exported)
    assert asked.status_code == 202, asked.text
    await appointing.work_off()
    assert await looks.added() == {}, "the file has no name and no phone"
