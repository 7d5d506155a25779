"""Experts over HTTP: shown to members with their licence, kept by staff."""

import pytest

from app.models.states import Role
from tests.consulting import EXPERTS, Consulting
from tests.factories import auth
from tests.quizzing import told

pytestmark = pytest.mark.anyio


async def test_members_see_who_advises_on_what_by_which_licence(consulting: Consulting) -> None:
    doctor = await consulting.expert()
    speaker = await consulting.create(name="张老师", topics=["nutrition"])
    assert (speaker.status_code, speaker.json()["account"]) == (201, None)
    headers = consulting.as_member(await consulting.make.member())

    async def shown(**query: str) -> list[str]:
        answer = await consulting.client.get("/v1/health/experts", headers=headers, params=query)
        return [each["id"] for each in answer.json()["items"]]

    assert await shown() == [doctor.id, speaker.json()["id"]]
    assert await shown(topic="nutrition") == [speaker.json()["id"]]
    listed = await consulting.client.get("/v1/health/experts", headers=headers)
    first = listed.json()["items"][0]
    assert (first["hospital"], first["answers_consultations"]) == ("青岛大学附属医院", True)
    assert "account" not in listed.text
    topics = await consulting.client.get("/v1/health/topics", headers=headers)
    anonymous = [each["code"] for each in topics.json()["items"] if each["anonymous"]]
    assert anonymous == ["psychological"]


async def test_staff_correct_an_expert_and_end_the_work(consulting: Consulting) -> None:
    doctor, other = await consulting.expert(), await consulting.expert()
    url, headers = f"{EXPERTS}/{doctor.id}", await consulting.manager()

    async def change(**fields: object) -> tuple[int, str | None]:
        return told(await consulting.client.patch(url, headers=headers, json=fields))

    assert await change(version=1, department="心理科") == (200, None)
    assert await change(version=1, department="儿科") == (412, "version_stale")
    assert await change(version=2, account=other.account) == (409, "already_exists")
    assert await change(version=2, account="nobody") == (422, "input_invalid")
    clerk = await consulting.make.staff(Role.DESK, name="clerk")
    assert clerk
    assert await change(version=2, account="clerk") == (422, "input_invalid")
    taken = await consulting.create(account=doctor.account)
    assert told(taken) == (409, "already_exists")
    assert await change(version=2, is_active=False) == (200, None)
    listed = await consulting.client.get(EXPERTS, headers=doctor.headers)
    assert [(each["is_active"], each["department"]) for each in listed.json()["items"]] == [
        (False, "心理科"),
        (True, "呼吸内科"),
    ]
    member = auth(consulting.make.token(await consulting.make.member()))
    seen = await consulting.client.get("/v1/health/experts", headers=member)
    assert [each["id"] for each in seen.json()["items"]] == [other.id]
