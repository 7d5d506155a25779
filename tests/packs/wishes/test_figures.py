"""Two public figures that stay what they were, staff's percentiles, files, the home page."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.shared.personal_data import Outcome
from tests.factories import auth
from tests.packs.wishes.books import assert_wishes_are_right
from tests.shared.personal_data.erased import Registry, outcome_of
from tests.wishing import PHONE, STAFF, Wishing

pytestmark = pytest.mark.anyio

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


async def figures(wishing: Wishing, as_of: datetime | None = None) -> dict[str, Any]:
    query = {"as_of": as_of.isoformat()} if as_of else {}
    answer = await wishing.client.get("/v1/public/wishes/figures", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_public_figures_of_a_past_time_are_always_the_same(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    await wishing.submitted(volunteer, wish_id)
    await wishing.later(MINUTE)
    before = wishing.make.rooms.clock.now()
    await wishing.later(MINUTE)
    await wishing.confirm(wisher, wish_id)
    await wishing.posted()
    await wishing.later(MINUTE)
    now = await figures(wishing)
    assert (now["received"], now["fulfilled"]) == (2, 1)
    then = await figures(wishing, before)
    assert (then["received"], then["fulfilled"]) == (1, 0)
    assert datetime.fromisoformat(then["as_of"]) == before
    long_ago = await figures(wishing, before - timedelta(days=1))
    assert (long_ago["received"], long_ago["fulfilled"]) == (0, 0)


async def test_of_the_last_seconds_nothing_is_said_yet(wishing: Wishing) -> None:
    """What is being written just now would be missing, and there a moment later."""
    await wishing.posted()
    clock = wishing.make.rooms.clock
    early = await figures(wishing, clock.now() + HOUR)
    assert early["received"] == 0
    assert datetime.fromisoformat(early["as_of"]) <= clock.now() - timedelta(seconds=5)
    await wishing.later(timedelta(seconds=6))
    assert (await figures(wishing))["received"] == 1


async def test_an_erasure_changes_no_figure_and_leaves_no_word(wishing: Wishing) -> None:
    make = wishing.make
    wisher, volunteer = await make.member(name="欧阳锋"), await make.member()
    texts = {"title": "想学拉二胡", "detail": f"家里有把旧琴，电话{PHONE}"}
    done = await wishing.opened(wisher, **texts)
    await wishing.submitted(volunteer, done, evidence="教了两个下午")
    await wishing.see(volunteer, done)
    await wishing.confirm(wisher, done, comment="拉得真好")
    await wishing.rate(wisher, done)
    held = await wishing.opened(wisher, **texts)
    claim_id = await wishing.claimed(volunteer, held)
    await wishing.later(MINUTE)
    before, at = await figures(wishing), make.rooms.clock.now()

    registry = Registry(make.rooms)
    report = await registry.erase(wisher)
    for kind in ("wishes", "wish_ratings", "wish_suitability"):
        assert outcome_of(report, kind) is Outcome.ERASED
    assert outcome_of(report, "wish_moves") is Outcome.DETACHED
    (line,) = [line for line in report.lines if line.kind == "wishes"]
    assert line.count == 2

    await wishing.later(MINUTE)
    assert (await figures(wishing, at))["received"] == before["received"] == 2
    assert (await figures(wishing))["fulfilled"] == before["fulfilled"] == 1
    assert await wishing.state(held) == "withdrawn"
    opened = await wishing.client.get(f"{STAFF}/{done}", headers=await wishing.reviewer())
    assert not [word for word in ("二胡", "旧琴", "拉得真好") if word in opened.text]
    # Screened, the words stand for two days in first answers, and in the volunteer's inbox.
    left = await registry.everything()
    assert not [word for word in (PHONE, "拉得真好", "欧阳锋") if word in left]
    assert "教了两个下午" in left
    await wishing.work_off()
    assert "wishes.withdrawn" in await wishing.notices(volunteer)
    answer = await wishing.act(volunteer, held, claim_id, "start")
    assert answer.json()["code"] == "state_conflict"
    assert await registry.faults() == []
    await assert_wishes_are_right(make.rooms)


async def test_a_volunteers_erasure_gives_wishes_back_and_leaves_service_counted(
    wishing: Wishing,
) -> None:
    make = wishing.make
    wisher, volunteer = await make.member(), await make.member()
    await wishing.record(volunteer)
    done, held, asked = [await wishing.opened() for _ in range(3)]
    await wishing.submitted(volunteer, done, evidence="陪王阿姨聊天")
    await wishing.claimed(volunteer, held)
    await wishing.dispatched(asked, volunteer)
    foreseen = await wishing.client.get("/v1/me/erasure", headers=auth(make.token(volunteer)))
    assert foreseen.status_code == 200
    assert await wishing.state(held) == "claimed"

    registry = Registry(make.rooms)
    report = await registry.erase(volunteer)
    assert outcome_of(report, "wish_claims") is Outcome.ERASED
    assert await wishing.state(held) == "open"
    assert await wishing.state(done) == "submitted"
    left = await registry.everything()
    assert "陪王阿姨聊天" not in left
    assert await registry.faults() == []
    assert wisher.id != volunteer.id
    await assert_wishes_are_right(make.rooms)


async def test_a_copy_has_all_that_wishes_keep(wishing: Wishing) -> None:
    make = wishing.make
    wisher, volunteer = await make.member(), await make.member()
    wish_id = await wishing.opened(wisher, detail=f"电话{PHONE}")
    await wishing.record(volunteer)
    await wishing.dispatched(wish_id, volunteer)
    await wishing.submitted(volunteer, wish_id)
    await wishing.see(volunteer, wish_id)
    await wishing.confirm(wisher, wish_id)
    await wishing.rate(volunteer, wish_id)
    for member, kinds in (
        (wisher, {"wishes", "wish_moves", "wish_contact_showings"}),
        (volunteer, {"wish_claims", "wish_dispatches", "wish_ratings", "wish_suitability"}),
    ):
        answer = await wishing.client.get("/v1/me/data", headers=auth(make.token(member)))
        found = {each["kind"]: each["items"] for each in answer.json()["kinds"]}
        assert {kind for kind in found if kind.startswith("wish") and found[kind]} == kinds
    assert f"电话{PHONE}" in str(
        (await wishing.client.get("/v1/me/data", headers=auth(make.token(wisher)))).json()
    )


async def test_staff_see_how_long_it_takes_by_kind_and_district(wishing: Wishing) -> None:
    for hours in (1, 2, 9):
        wisher = await wishing.make.member()
        wish_id = await wishing.opened(wisher)
        await wishing.later(hours * HOUR)
        await wishing.submitted(await wishing.make.member(), wish_id)
        await wishing.confirm(wisher, wish_id)
    await wishing.posted(district="jimo", kind="return_home")
    await wishing.later(MINUTE)
    answer = await wishing.client.get(f"{STAFF}/figures", headers=await wishing.reviewer())
    first, second = answer.json()["items"]
    assert (first["kind"], first["received"], first["fulfilled"]) == ("elderly_care", 3, 3)
    assert first["first_claim_h"]["median"] == pytest.approx(2, abs=0.1)
    assert first["first_claim_h"]["ninth_decile"] == pytest.approx(7.6, abs=0.1)
    assert first["fulfilment_h"]["median"] == pytest.approx(2, abs=0.1)
    assert (second["district"], second["fulfilment_h"]["median"]) == ("jimo", None)


async def test_the_queue_has_the_most_urgent_first_and_of_them_who_waits_longest(
    wishing: Wishing,
) -> None:
    anytime = await wishing.posted()
    soon = [await wishing.posted(urgency="within_2_days") for _ in range(2)]
    week = await wishing.posted(urgency="within_a_week")
    headers = await wishing.reviewer()
    seen: list[str] = []
    query: dict[str, Any] = {"state": "pending_review", "limit": 3}
    while True:
        page = (await wishing.client.get(STAFF, headers=headers, params=query)).json()
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [*soon, week, anytime]


async def test_the_overdue_list_says_why(wishing: Wishing) -> None:
    clock = wishing.make.rooms.clock
    soon = (clock.now() + 3 * timedelta(days=1)).isoformat()
    waiting = await wishing.posted()
    unclaimed = await wishing.opened(needed_by=soon)
    unfinished = await wishing.opened(needed_by=soon)
    silent, fresh = await wishing.opened(), await wishing.opened()
    await wishing.started(await wishing.make.member(), unfinished)
    await wishing.submitted(await wishing.make.member(), silent)

    async def overdue() -> dict[str, str]:
        answer = await wishing.client.get(
            STAFF, headers=await wishing.reviewer(), params={"overdue": True}
        )
        return {each["id"]: each["overdue"] for each in answer.json()["items"]}

    assert await overdue() == {}
    await wishing.later(timedelta(days=2, hours=1))
    assert await overdue() == {waiting: "review_waiting", unclaimed: "nobody_claimed"}
    await wishing.later(timedelta(days=6))
    assert await overdue() == {
        waiting: "review_waiting",
        unfinished: "not_finished",
        silent: "wisher_silent",
    }
    assert fresh not in await overdue()


async def test_lists_go_out_as_files(wishing: Wishing) -> None:
    volunteer, wisher = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    await wishing.submitted(volunteer, wish_id)
    await wishing.confirm(wisher, wish_id)
    headers = await wishing.reviewer()
    texts = []
    for what in ("wishes.queue", "wishes.service_records"):
        asked = await wishing.client.post(
            "/v1/admin/exports",
            headers=headers,
            json={"what": what, "format": "csv", "filters": {"district": "shinan"}},
        )
        assert asked.status_code == 202, asked.text
        await wishing.work_off()
        file = await wishing.client.get(f"{asked.headers['Location']}/file", headers=headers)
        texts.append(file.text)
    assert wisher.member_no in texts[0]
    assert "fulfilled" in texts[0]
    assert volunteer.member_no in texts[1]
    assert "90" in texts[1]
    assert PHONE not in "".join(texts)


async def packs(wishing: Wishing, member: Any) -> Any:
    answer = await wishing.client.get("/v1/me/packs", headers=auth(wishing.make.token(member)))
    (pack,) = [pack for pack in answer.json()["packs"] if pack["kind"] == "wishes"]
    return pack


async def test_the_home_page_shows_what_waits_for_me(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    dispatch_id = await wishing.dispatched(wish_id, volunteer)
    assert [(act["act"], act["id"]) for act in (await packs(wishing, volunteer))["can"]] == [
        ("accept", dispatch_id)
    ]
    accepted = await wishing.answer(volunteer, dispatch_id, "acceptance")
    claim_id = accepted.json()["id"]
    mine = await packs(wishing, volunteer)
    assert (mine["held"], [(act["act"], act["id"]) for act in mine["can"]]) == (
        1,
        [("start", claim_id)],
    )
    await wishing.act(volunteer, wish_id, claim_id, "start")
    assert [act["act"] for act in (await packs(wishing, volunteer))["can"]] == ["submit"]
    await wishing.act(volunteer, wish_id, claim_id, "submission")
    mine = await packs(wishing, wisher)
    assert (mine["held"], [(act["act"], act["id"]) for act in mine["can"]]) == (
        1,
        [("confirm", wish_id)],
    )
    await wishing.confirm(wisher, wish_id)
    for member in (wisher, volunteer):
        mine = await packs(wishing, member)
        assert (mine["held"], mine["can"]) == (0, [])


async def test_what_has_lapsed_or_expired_is_not_on_the_home_page(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    soon = (wishing.make.rooms.clock.now() + HOUR).isoformat()
    wish_id = await wishing.opened(wisher, needed_by=soon)
    await wishing.claimed(volunteer, wish_id)
    await wishing.later(2 * HOUR)
    for member in (wisher, volunteer):
        mine = await packs(wishing, member)
        assert (mine["held"], mine["can"]) == (0, [])
