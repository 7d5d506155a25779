"""A wish from its posting to its end, over HTTP, and every way in which it is refused."""

from datetime import timedelta

import pytest

from app.models.states import District, Role
from tests.factories import auth
from tests.packs.wishes.books import assert_wishes_are_right
from tests.shared.files.samples import encoded
from tests.wishing import PHONE, STAFF, WISHES, Wishing, told

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_a_wish_comes_true_by_two_words_the_volunteers_and_the_wishers(
    wishing: Wishing,
) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    claim_id = await wishing.submitted(volunteer, wish_id)
    assert await wishing.state(wish_id) == "submitted"
    answer = await wishing.confirm(wisher, wish_id, comment="谢谢")
    assert answer.json()["state"] == "fulfilled"
    mine = await wishing.client.get("/v1/me/wish-claims", headers=wishing.as_member(volunteer))
    (record,) = mine.json()["items"]
    assert (record["id"], record["state"], record["minutes"]) == (claim_id, "fulfilled", 90)
    assert record["started_at"] <= record["submitted_at"]
    await assert_wishes_are_right(wishing.make.rooms)


async def test_the_edition_has_its_four_kinds(wishing: Wishing) -> None:
    await wishing.make.campaign()
    headers = wishing.as_member(await wishing.make.member())
    answer = await wishing.client.get(f"{WISHES}/kinds", headers=headers)
    assert {kind["code"]: kind["start_within_h"] for kind in answer.json()["items"]} == {
        "elderly_care": 72,
        "hardship_help": 72,
        "holiday_greeting": 72,
        "return_home": 72,
    }


async def test_what_must_not_be_public_is_hidden_and_its_writer_is_told(wishing: Wishing) -> None:
    wisher, reader = await wishing.make.member(), await wishing.make.member()
    text = f"请打 {PHONE} 找我"
    posted = (await wishing.post(wisher, detail=text)).json()
    assert PHONE not in posted["detail"]
    (hidden,) = posted["hidden"]
    assert (hidden["field"], hidden["kind"]) == ("detail", "phone")
    assert text[hidden["start"] : hidden["end"]] == PHONE
    await wishing.review(posted["id"])
    assert PHONE not in (await wishing.see(reader, posted["id"])).text
    opened = await wishing.client.get(f"{STAFF}/{posted['id']}", headers=await wishing.reviewer())
    assert opened.json()["original_detail"] == text


async def test_a_wish_for_money_is_sent_to_relief_grants(wishing: Wishing) -> None:
    wisher = await wishing.make.member()
    answer = await wishing.post(wisher, detail="请借我五千元交医药费")
    assert told(answer) == (422, "money_request")
    assert answer.json()["instead"] == "relief_grants"
    mine = await wishing.client.get("/v1/me/wishes", headers=wishing.as_member(wisher))
    assert mine.json()["items"] == []


async def test_a_similar_wish_is_a_warning_and_no_obstacle(wishing: Wishing) -> None:
    wisher = await wishing.make.member()
    first = await wishing.posted(wisher)
    again = await wishing.post(wisher)
    assert (again.status_code, again.json()["similar_to"]) == (201, first)
    await wishing.review(first, decision="reject")
    other = await wishing.post(wisher, title="想学用手机", detail="孙子在外地，想视频。")
    assert other.json()["similar_to"] is None


async def test_after_thirty_days_nothing_is_similar(wishing: Wishing) -> None:
    wisher = await wishing.make.member()
    await wishing.posted(wisher)
    await wishing.later(30 * DAY)
    assert (await wishing.post(wisher)).json()["similar_to"] is None


async def test_a_person_has_two_open_wishes_whatever_the_accounts(wishing: Wishing) -> None:
    one = await wishing.make.member()
    other = await wishing.make.member(person_id=one.person_id)
    first = await wishing.opened(one)
    await wishing.posted(other)
    answer = await wishing.post(one)
    assert told(answer) == (409, "limit_reached")
    assert (answer.json()["rule"], answer.json()["limit"]) == ("open_wishes_per_member", 2)
    await wishing.withdraw(one, first)
    assert (await wishing.post(other)).status_code == 201


async def test_an_expired_wish_does_not_count_as_open(wishing: Wishing) -> None:
    wisher = await wishing.make.member()
    soon = (wishing.make.rooms.clock.now() + HOUR).isoformat()
    for _ in range(2):
        await wishing.opened(wisher, needed_by=soon)
    await wishing.later(2 * HOUR)
    assert (await wishing.post(wisher)).status_code == 201


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"kind": "nothing"}, "kind_unknown"), ({"needed_by": "2001-01-01T00:00:00Z"}, "in_the_past")],
)
async def test_nonsense_is_named_at_its_place(
    wishing: Wishing, changes: dict[str, str], code: str
) -> None:
    answer = await wishing.post(await wishing.make.member(), **changes)
    assert told(answer) == (422, "input_invalid")
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (f"#/{next(iter(changes))}", code)


async def test_before_review_a_wish_is_its_wishers_and_staffs(wishing: Wishing) -> None:
    wisher, other = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.posted(wisher)
    assert told(await wishing.see(other, wish_id)) == (404, "not_found")
    assert told(await wishing.claim(other, wish_id)) == (404, "not_found")
    assert told(await wishing.confirm(other, wish_id)) == (404, "not_found")
    assert (await wishing.see(wisher, wish_id)).json()["state"] == "pending_review"


async def test_why_a_wish_was_rejected_only_its_wisher_and_staff_read(wishing: Wishing) -> None:
    wisher, other = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.posted(wisher)
    await wishing.review(wish_id, decision="reject", reason="已有同样的帮助")
    assert told(await wishing.see(other, wish_id)) == (404, "not_found")
    moves = (await wishing.see(wisher, wish_id)).json()["moves"]
    assert [(move["act"], move["reason"]) for move in moves] == [
        ("post", None),
        ("reject", "已有同样的帮助"),
    ]


async def test_with_flags_two_reviewers_approve_and_nobody_twice(wishing: Wishing) -> None:
    first, second = await wishing.reviewer(), await wishing.reviewer()
    wish_id = await wishing.posted()
    flagged = await wishing.review(wish_id, headers=first, flags=["home_visit"])
    assert (flagged.json()["state"], flagged.json()["awaits_second_review"]) == (
        "pending_review",
        True,
    )
    again = await wishing.review(wish_id, headers=first)
    assert told(again) == (409, "second_reviewer_needed")
    approved = await wishing.review(wish_id, headers=second)
    assert (approved.json()["state"], approved.json()["flags"]) == ("open", ["home_visit"])
    await assert_wishes_are_right(wishing.make.rooms)


async def test_a_flagged_wish_that_came_back_is_approved_by_two_again(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    await wishing.record(volunteer)
    wish_id = await wishing.posted(wisher)
    for _ in range(2):
        await wishing.review(wish_id, flags=["lives_alone"])
    await wishing.submitted(volunteer, wish_id)
    await wishing.confirm(wisher, wish_id, done=False)
    states = [(await wishing.review(wish_id)).json()["state"] for _ in range(2)]
    assert states == ["pending_review", "open"]
    await assert_wishes_are_right(wishing.make.rooms)


async def test_a_flagged_wish_is_for_volunteers_who_are_known_to_suit(wishing: Wishing) -> None:
    wish_id = await wishing.posted()
    for _ in range(2):
        await wishing.review(wish_id, flags=["minors"])
    volunteer = await wishing.make.member()
    answer = await wishing.claim(volunteer, wish_id)
    assert (told(answer), answer.json()["flags"]) == ((409, "volunteer_not_suitable"), ["minors"])
    assert told(await wishing.dispatch(wish_id, volunteer)) == (409, "volunteer_not_suitable")
    await wishing.record(volunteer, is_trained=False)
    assert told(await wishing.claim(volunteer, wish_id)) == (409, "volunteer_not_suitable")
    assert (await wishing.record(volunteer)).status_code == 200
    await wishing.claimed(volunteer, wish_id)
    looks = await wishing.client.get("/v1/me/data-accesses", headers=wishing.as_member(volunteer))
    acts = [look["act"] for look in looks.json()["items"]]
    assert acts == ["wishes.record_volunteer", "wishes.record_volunteer"]
    listed = await wishing.client.get(
        "/v1/admin/wish-volunteers",
        headers=await wishing.reviewer(),
        params={"member_no": volunteer.member_no},
    )
    [shown] = listed.json()["items"]
    assert (shown["member_id"], shown["is_trained"], shown["suits"]) == (
        str(volunteer.id),
        True,
        True,
    )
    looks = await wishing.client.get("/v1/me/data-accesses", headers=wishing.as_member(volunteer))
    assert looks.json()["items"][0]["act"] == "wishes.list_volunteers"


async def test_staff_post_for_who_has_no_phone_and_somebody_else_reviews(wishing: Wishing) -> None:
    member, staff = await wishing.make.member(), await wishing.reviewer()
    await wishing.make.campaign()
    body = {
        **wishing.text(),
        "on_behalf_of": {
            "member_no": member.member_no,
            "proxy_name": "李社工",
            "proxy_relation": "社区工作者",
            "consented": True,
        },
    }
    posted = await wishing.client.post(STAFF, headers=staff, json=body)
    assert posted.status_code == 201, posted.text
    wish_id = posted.json()["id"]
    assert told(await wishing.review(wish_id, headers=staff)) == (409, "second_reviewer_needed")
    assert (await wishing.review(wish_id)).json()["state"] == "open"
    opened = await wishing.client.get(f"{STAFF}/{wish_id}", headers=staff)
    assert (opened.json()["proxy_name"], opened.json()["proxy_relation"]) == (
        "李社工",
        "社区工作者",
    )
    data = await wishing.client.get("/v1/me/data", headers=wishing.as_member(member))
    assert '"channel":"staff"' in data.text
    nobody = {**body, "on_behalf_of": {**body["on_behalf_of"], "member_no": "NOBODY"}}
    answer = await wishing.client.post(STAFF, headers=staff, json=nobody)
    assert told(answer) == (422, "input_invalid")
    money = {**body, "detail": "请借我五千元"}
    assert told(await wishing.client.post(STAFF, headers=staff, json=money)) == (
        422,
        "money_request",
    )
    for _ in range(2):
        answer = await wishing.client.post(STAFF, headers=staff, json=body)
    assert told(answer) == (409, "limit_reached")


async def test_not_done_brings_a_wish_back_to_staff_and_to_another_volunteer(
    wishing: Wishing,
) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    await wishing.submitted(volunteer, wish_id)
    denied = await wishing.confirm(wisher, wish_id, done=False)
    assert denied.json()["state"] == "pending_review"
    assert told(await wishing.claim(await wishing.make.member(), wish_id)) == (
        409,
        "state_conflict",
    )
    assert (await wishing.review(wish_id)).json()["state"] == "open"
    await wishing.submitted(await wishing.make.member(), wish_id)
    assert (await wishing.confirm(wisher, wish_id)).json()["state"] == "fulfilled"
    await assert_wishes_are_right(wishing.make.rooms)


async def test_a_wish_that_came_back_too_late_is_approved_with_a_later_date(
    wishing: Wishing,
) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    clock = wishing.make.rooms.clock
    wish_id = await wishing.opened(wisher, needed_by=(clock.now() + 3 * HOUR).isoformat())
    await wishing.submitted(volunteer, wish_id)
    await wishing.confirm(wisher, wish_id, done=False)
    await wishing.later(DAY)
    answer = await wishing.review(wish_id)
    assert told(answer) == (422, "input_invalid")
    assert answer.json()["errors"][0]["pointer"] == "#/needed_by"
    approved = await wishing.review(wish_id, needed_by=(clock.now() + DAY).isoformat())
    assert approved.json()["state"] == "open"
    await wishing.claimed(await wishing.make.member(), wish_id)
    await assert_wishes_are_right(wishing.make.rooms)


async def test_staff_speak_for_a_wisher_who_was_silent_for_seven_days(wishing: Wishing) -> None:
    wish_id = await wishing.opened()
    await wishing.submitted(await wishing.make.member(), wish_id)
    staff = await wishing.reviewer()

    async def confirm() -> tuple[int, str | None]:
        answer = await wishing.client.post(
            f"{STAFF}/{wish_id}/confirmation",
            headers=staff,
            json={"done": True, "reason": "已电话回访"},
        )
        return told(answer)

    await wishing.later(7 * DAY - HOUR)
    assert await confirm() == (409, "state_conflict")
    await wishing.later(2 * HOUR)
    assert await confirm() == (200, None)
    assert await wishing.state(wish_id) == "fulfilled"
    assert await confirm() == (409, "state_conflict")


async def test_only_the_wisher_confirms_and_withdraws(wishing: Wishing) -> None:
    volunteer = await wishing.make.member()
    wish_id = await wishing.opened()
    await wishing.submitted(volunteer, wish_id)
    assert told(await wishing.confirm(volunteer, wish_id)) == (403, "forbidden")
    assert told(await wishing.withdraw(volunteer, wish_id)) == (403, "forbidden")
    assert await wishing.state(wish_id) == "submitted"


async def test_both_sides_rate_once_and_only_staff_read_it(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    await wishing.submitted(volunteer, wish_id)
    assert told(await wishing.rate(wisher, wish_id)) == (409, "state_conflict")
    await wishing.confirm(wisher, wish_id)
    for side in (wisher, volunteer):
        assert told(await wishing.rate(side, wish_id)) == (200, None)
        assert told(await wishing.rate(side, wish_id)) == (409, "state_conflict")
    assert told(await wishing.rate(await wishing.make.member(), wish_id)) == (403, "forbidden")
    for side in (wisher, volunteer):
        assert "很好" not in (await wishing.see(side, wish_id)).text
    opened = await wishing.client.get(f"{STAFF}/{wish_id}", headers=await wishing.reviewer())
    assert [rating["rater"] for rating in opened.json()["ratings"]] == ["wisher", "volunteer"]


async def test_pictures_are_handed_in_with_the_evidence(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    claim_id = await wishing.started(volunteer, wish_id)
    stranger = await wishing.make.member()
    pictures = []
    for owner in (volunteer, stranger):
        sent = await wishing.client.post(
            "/v1/files",
            headers=wishing.as_member(owner),
            files={"file": ("photo.png", encoded("PNG"))},
        )
        pictures.append(sent.json()["id"])
    foreign = await wishing.act(volunteer, wish_id, claim_id, "submission", file_ids=pictures[1:])
    assert told(foreign) == (404, "not_found")
    await wishing.act(volunteer, wish_id, claim_id, "submission", file_ids=pictures[:1])
    (handed_in,) = (await wishing.see(wisher, wish_id)).json()["claims"]
    assert handed_in["evidence"] == "送到了"
    shown = await wishing.client.get(handed_in["pictures"][0]["url"])
    assert shown.status_code == 200


async def test_a_volunteers_second_thought_about_a_picture_is_no_second_picture(
    wishing: Wishing,
) -> None:
    """Handed in with one wish, it is not handed in with another."""
    volunteer = await wishing.make.member()
    sent = await wishing.client.post(
        "/v1/files",
        headers=wishing.as_member(volunteer),
        files={"file": ("photo.png", encoded("PNG"))},
    )
    answers = []
    for _ in range(2):
        wish_id = await wishing.opened()
        claim_id = await wishing.started(volunteer, wish_id)
        answer = await wishing.act(
            volunteer, wish_id, claim_id, "submission", file_ids=[sent.json()["id"]]
        )
        answers.append(told(answer))
    assert answers == [(200, None), (409, "state_conflict")]
    assert await wishing.state(wish_id) == "in_progress"


async def test_the_same_request_again_is_the_first_answer(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    await wishing.make.campaign()
    headers, text = wishing.as_member(wisher, "once"), wishing.text()
    posts = [await wishing.client.post(WISHES, headers=headers, json=text) for _ in range(2)]
    assert posts[0].content == posts[1].content
    wish_id = posts[0].json()["id"]
    await wishing.review(wish_id)
    claims = [await wishing.claim(volunteer, wish_id, "once") for _ in range(2)]
    assert claims[0].content == claims[1].content
    assert claims[1].headers["Idempotent-Replayed"] == "true"
    await wishing.act(volunteer, wish_id, claims[0].json()["id"], "release")
    late = await wishing.claim(volunteer, wish_id, "once")
    assert (late.status_code, late.content) == (201, claims[0].content)
    other = await wishing.client.post(
        f"{WISHES}/{wish_id}/claims", headers=wishing.as_member(volunteer, "once"), json={"a": 1}
    )
    assert told(other) == (422, "idempotency_key_reused")


async def test_a_limited_account_posts_and_sees_in_its_districts(wishing: Wishing) -> None:
    member = await wishing.make.member(district=District.LAOSHAN)
    wish_id = await wishing.posted(member, district="laoshan")
    headers = auth(await wishing.make.staff(Role.WISH_REVIEWER, districts=[District.SHINAN]))
    assert told(await wishing.review(wish_id, headers=headers)) == (404, "not_found")
    listed = await wishing.client.get(STAFF, headers=headers)
    assert listed.json()["items"] == []
    on_behalf_of = {
        "member_no": member.member_no,
        "proxy_name": "李社工",
        "proxy_relation": "社工",
        "consented": True,
    }
    for district, answer in (("laoshan", (403, "forbidden")), ("shinan", (422, "input_invalid"))):
        body = {**wishing.text(district=district), "on_behalf_of": on_behalf_of}
        assert told(await wishing.client.post(STAFF, headers=headers, json=body)) == answer
