"""Talks: planned, registered for, given up, reminded of, attended, and seen again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.models.states import PackKind, Role
from app.shared.personal_data import Outcome
from tests.appointing import DAY, HOUR, REGISTRATIONS, STAFF_TALKS, TALKS, Appointing, told
from tests.appointing import assert_health_is_right as assert_right
from tests.factories import Factory, auth
from tests.shared.personal_data.erased import Registry, outcome_of

pytestmark = pytest.mark.anyio

REPLAY = "https://live.example.cn/talks/replay"


async def test_a_talk_from_its_announcement_to_its_replay(
    appointing: Appointing, make: Factory
) -> None:
    talk_id = await appointing.talk(capacity=2, replay_url=REPLAY)
    ann, bob, cat = [await make.member() for _ in range(3)]
    first = await appointing.register(ann, talk_id, "k")
    again = await appointing.register(ann, talk_id, "k")
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert first.json() == again.json()
    held = first.json()["id"]
    second = await appointing.register(ann, talk_id)
    assert told(second) == (409, "already_registered")
    assert second.json()["registration_id"] == held
    theirs = await appointing.registered(bob, talk_id)
    assert told(await appointing.register(cat, talk_id)) == (409, "full")
    seen = await appointing.see_talk(cat, talk_id)
    assert (seen["left"], seen["can_register"], seen["reason"]) == (0, False, "full")
    # D8: what is given up can be had at once.
    assert (await appointing.unregister(bob, theirs)).json()["state"] == "cancelled"
    assert told(await appointing.unregister(bob, theirs)) == (409, "state_conflict")
    await appointing.registered(cat, talk_id)
    reader = auth(make.token(ann))
    shown = await appointing.client.get(f"{REGISTRATIONS}/{held}/pass", headers=reader)
    assert told(await appointing.attend(talk_id, text=shown.json()["pass"])) == (409, "not_open")
    await appointing.later(2 * DAY - HOUR)
    late = await appointing.attend(talk_id, text=shown.json()["pass"])
    assert told(late) == (409, "pass_expired")
    shown = await appointing.client.get(f"{REGISTRATIONS}/{held}/pass", headers=reader)
    for form in ("svg", "png"):
        drawn = await appointing.client.get(f"{REGISTRATIONS}/{held}/pass.{form}", headers=reader)
        assert drawn.headers["content-type"].startswith("image/")
    there = await appointing.attend(talk_id, text=shown.json()["pass"])
    assert (there.status_code, there.json()["state"]) == (200, "attended")
    assert there.json()["name"] == "王**"
    assert told(await appointing.attend(talk_id, registration_id=held)) == (409, "already_attended")
    gone = await appointing.client.get(f"{REGISTRATIONS}/{held}/pass", headers=reader)
    assert told(gone) == (409, "state_conflict")
    for form in ("svg", "png"):
        drawn = await appointing.client.get(f"{REGISTRATIONS}/{held}/pass.{form}", headers=reader)
        assert told(drawn) == (409, "state_conflict")
    assert (await appointing.see_talk(ann, talk_id))["replay_url"] is None
    await appointing.later(3 * HOUR)
    assert (await appointing.see_talk(ann, talk_id))["replay_url"] == REPLAY
    assert (await appointing.see_talk(bob, talk_id))["replay_url"] is None
    mine = await appointing.client.get(REGISTRATIONS, headers=reader)
    assert [each["replay_url"] for each in mine.json()["items"]] == [REPLAY]
    await appointing.change_talk(talk_id, replay_for="everybody")
    assert (await appointing.see_talk(bob, talk_id))["replay_url"] == REPLAY
    figures = await appointing.client.get(
        f"{STAFF_TALKS}/{talk_id}/statistics", headers=await appointing.as_staff()
    )
    counted = {name: figures.json()[name] for name in ("registered", "attended", "missed", "left")}
    assert counted == {"registered": 2, "attended": 1, "missed": 1, "left": 0}
    assert figures.json()["cancelled"] == 1
    listed = await appointing.client.get(
        f"{STAFF_TALKS}/{talk_id}/registrations", headers=await appointing.as_staff()
    )
    assert [each["state"] for each in listed.json()["items"]] == [
        "attended",
        "cancelled",
        "registered",
    ]
    looks = await appointing.client.get("/v1/me/data-accesses", headers=reader)
    assert {each["act"] for each in looks.json()["items"]} == {"health.registrations"}
    await assert_right(make.rooms)


async def test_what_a_pass_shows_is_its_own_talk_and_what_was_recorded_can_be_undone(
    appointing: Appointing, make: Factory
) -> None:
    talk_id, other = await appointing.talk(), await appointing.talk()
    ann, bob = await make.member(), await make.member()
    held = await appointing.registered(ann, talk_id)
    theirs = await appointing.registered(bob, talk_id)
    await appointing.unregister(bob, theirs)
    await appointing.later(2 * DAY)
    shown = await appointing.client.get(
        f"{REGISTRATIONS}/{held}/pass", headers=auth(make.token(ann))
    )
    for elsewhere, text in ((other, shown.json()["pass"]), (talk_id, "no pass at all")):
        assert told(await appointing.attend(elsewhere, text=text)) == (404, "code_unknown")
    assert told(await appointing.attend(other, registration_id=held)) == (404, "not_found")
    assert told(await appointing.attend(talk_id, registration_id=theirs)) == (409, "state_conflict")
    assert (await appointing.attend(talk_id, registration_id=held)).is_success
    undone = [
        await appointing.client.post(
            f"/v1/admin/health/registrations/{held}/reversal",
            headers=await appointing.as_staff(Role.DESK),
            json={"reason": "认错人"},
        )
        for _ in range(2)
    ]
    assert undone[0].json()["state"] == "registered"
    assert told(undone[1]) == (409, "state_conflict")
    late = await appointing.unregister(ann, held)
    assert told(late) == (409, "deadline_passed"), "the talk has begun"
    assert told(await appointing.unregister(bob, held)) == (404, "not_found")
    await assert_right(make.rooms)


async def test_registering_has_its_window_and_closing_the_pack_stops_it(
    appointing: Appointing, make: Factory
) -> None:
    opens_at = appointing.now + HOUR
    talk_id = await appointing.talk(register_opens_at=opens_at.isoformat())
    ann = await make.member()
    early = await appointing.register(ann, talk_id)
    assert told(early) == (409, "not_open")
    assert (await appointing.see_talk(ann, talk_id))["reason"] == "not_open"
    await appointing.later(HOUR)
    await make.switch(PackKind.HEALTH, "close")
    assert told(await appointing.register(ann, talk_id)) == (409, "not_open")
    await make.switch(PackKind.HEALTH, "open")
    await appointing.later(2 * DAY)
    closed = await appointing.register(ann, talk_id)
    assert told(closed) == (409, "not_open")
    assert "closes_at" in closed.json()
    reused = await appointing.talk()
    await appointing.registered(ann, reused)
    wrong = {
        "ends_at": {"ends_at": appointing.now.isoformat()},
        "place": {"place": None},
        "register_closes_at": {"register_closes_at": (appointing.now + 9 * DAY).isoformat()},
        "expert_id": {"expert_id": str(uuid4())},
    }
    for field, changes in wrong.items():
        refused = await appointing.create_talk(**changes)
        assert told(refused) == (422, "input_invalid")
        assert refused.json()["errors"][0]["pointer"] == f"#/{field}"


async def test_whoever_has_a_place_is_reminded_and_told_of_another_time(
    appointing: Appointing, make: Factory
) -> None:
    talk_id = await appointing.talk(capacity=3)
    ann, bob, cat = [await make.member() for _ in range(3)]
    for member in (ann, bob):
        await appointing.registered(member, talk_id)
    gone = await appointing.registered(cat, talk_id)
    await appointing.unregister(cat, gone)
    # A choice that is kept: it is in the inbox alone.
    settings = "/v1/me/notice-settings"
    opted = {"opted_out": ["health.talk_reminder"]}
    await appointing.client.put(settings, headers=auth(make.token(bob)), json=opted)
    moved = appointing.now + 3 * DAY
    changed = await appointing.change_talk(
        talk_id, starts_at=moved.isoformat(), ends_at=(moved + HOUR).isoformat()
    )
    assert changed.status_code == 200, changed.text
    await appointing.work_off()
    assert await appointing.notices(ann) == ["health.talk_changed"]
    await appointing.later(timedelta(hours=47))
    await appointing.work_off()
    assert await appointing.notices(ann) == ["health.talk_changed"], "not at the old time"
    await appointing.later(timedelta(hours=2))
    await appointing.work_off()
    for member in (ann, bob):
        assert "health.talk_reminder" in await appointing.notices(member)
    assert await appointing.notices(cat) == []
    await assert_right(make.rooms)


async def test_places_are_changed_by_their_expected_number_and_by_nobody_else(
    appointing: Appointing, make: Factory
) -> None:
    talk_id = await appointing.talk(capacity=2)
    await appointing.registered(await make.member(), talk_id)
    await appointing.registered(await make.member(), talk_id)

    async def resize(expected: int, total: int) -> tuple[int, str | None]:
        return told(
            await appointing.client.post(
                f"{STAFF_TALKS}/{talk_id}/capacity",
                headers=await appointing.as_staff(),
                json={"expected_total": expected, "total": total, "reason": "换报告厅"},
            )
        )

    assert await resize(3, 5) == (412, "version_stale")
    assert await resize(2, 1) == (409, "below_issued")
    assert await resize(2, 3) == (200, None)
    await appointing.registered(await make.member(), talk_id)
    stale = await appointing.client.patch(
        f"{STAFF_TALKS}/{talk_id}",
        headers=await appointing.as_staff(),
        json={"version": 1, "title": "另一场"},
    )
    assert told(stale) == (412, "version_stale")
    without = await appointing.change_talk(
        talk_id, title=None, place=None, stream_url="https://live.example.cn/talks/1"
    )
    assert (without.json()["title"], without.json()["place"]) == ("冬季呼吸道健康", None)
    listed = await appointing.client.get(STAFF_TALKS, headers=await appointing.as_staff())
    assert [each["registered"] for each in listed.json()["items"]] == [3]
    await assert_right(make.rooms)


async def test_a_place_of_somebody_who_is_erased_is_the_next_ones(
    appointing: Appointing, make: Factory
) -> None:
    talk_id = await appointing.talk(capacity=1)
    ann, bob = await make.member(), await make.member()
    await appointing.registered(ann, talk_id)
    copied = await appointing.client.get("/v1/me/data", headers=auth(make.token(ann)))
    assert "冬季呼吸道健康" in copied.text
    report = await Registry(make.rooms).erase(ann)
    assert outcome_of(report, "talks_ahead") is Outcome.ERASED
    assert (await appointing.see_talk(bob, talk_id))["left"] == 1
    await assert_right(make.rooms)


async def test_without_a_campaign_there_are_no_talks(appointing: Appointing, make: Factory) -> None:
    mine = await appointing.client.get(TALKS, headers=auth(make.token(await make.member())))
    body = appointing.talk_plan()
    new = await appointing.client.post(STAFF_TALKS, headers=await appointing.as_staff(), json=body)
    assert [told(mine), told(new)] == [(404, "not_found")] * 2
