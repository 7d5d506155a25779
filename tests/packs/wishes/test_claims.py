"""Who gets a wish, for how long, and what becomes of it when nothing is done."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.factories import auth
from tests.packs.wishes.books import assert_wishes_are_right
from tests.wishing import PHONE, STAFF, WISHES, Wishing, told

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_D24_of_two_volunteers_who_claim_one_wish_one_holds_it_and_the_other_is_told(
    wishing: Wishing,
) -> None:
    """mutual-aid's own list of things to do, SOLAS-Match 495: two volunteers held one task."""
    wish_id = await wishing.opened()
    volunteers = [await wishing.make.member() for _ in range(2)]
    answers = await asyncio.gather(*(wishing.claim(each, wish_id) for each in volunteers))
    assert sorted(map(told, answers)) == [(201, None), (409, "already_claimed")]
    (holder,) = [
        each for each, answer in zip(volunteers, answers, strict=True) if answer.status_code == 201
    ]
    for volunteer in volunteers:
        mine = await wishing.client.get("/v1/me/wish-claims", headers=wishing.as_member(volunteer))
        assert len(mine.json()["items"]) == (volunteer is holder)
    await assert_wishes_are_right(wishing.make.rooms)


@pytest.mark.parametrize("end", ["fulfilled", "withdrawn", "expired"])
async def test_D25_a_closed_wish_is_not_claimed_by_way_of_the_interface(
    wishing: Wishing, end: str
) -> None:
    """allReady 726: a closed task was claimed by calling the interface."""
    wisher = await wishing.make.member()
    soon = (wishing.make.rooms.clock.now() + HOUR).isoformat()
    wish_id = await wishing.opened(wisher, needed_by=soon)
    if end == "fulfilled":
        await wishing.submitted(await wishing.make.member(), wish_id)
        await wishing.confirm(wisher, wish_id)
    if end == "withdrawn":
        await wishing.withdraw(wisher, wish_id)
    if end == "expired":
        await wishing.later(2 * HOUR)
    answer = await wishing.claim(await wishing.make.member(), wish_id)
    assert told(answer) == (409, "state_conflict")
    assert answer.json()["state"] == end
    await assert_wishes_are_right(wishing.make.rooms)


async def test_nobody_claims_an_own_wish_on_whatever_account(wishing: Wishing) -> None:
    wisher = await wishing.make.member()
    other = await wishing.make.member(person_id=wisher.person_id)
    wish_id = await wishing.opened(wisher)
    for account in (wisher, other):
        assert told(await wishing.claim(account, wish_id)) == (409, "own_wish")
    assert told(await wishing.dispatch(wish_id, other)) == (409, "own_wish")


async def test_of_many_claims_at_once_a_person_gets_three_whatever_the_accounts(
    wishing: Wishing,
) -> None:
    one = await wishing.make.member()
    accounts = [one, *[await wishing.make.member(person_id=one.person_id) for _ in range(3)]]
    wish_ids = [await wishing.opened() for _ in range(8)]
    answers = await asyncio.gather(
        *(wishing.claim(accounts[place % 4], wish_id) for place, wish_id in enumerate(wish_ids))
    )
    assert sorted(map(told, answers)) == [(201, None)] * 3 + [(409, "limit_reached")] * 5
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert (refused.json()["rule"], refused.json()["limit"]) == ("open_claims_per_volunteer", 3)
    await assert_wishes_are_right(wishing.make.rooms)


async def test_of_many_posts_at_once_a_person_gets_two(wishing: Wishing) -> None:
    one = await wishing.make.member()
    accounts = [one, await wishing.make.member(person_id=one.person_id)]
    await wishing.make.campaign()
    answers = await asyncio.gather(*(wishing.post(accounts[place % 2]) for place in range(6)))
    assert sorted(map(told, answers)) == [(201, None)] * 2 + [(409, "limit_reached")] * 4


async def test_a_claim_that_is_over_makes_room_for_another(wishing: Wishing) -> None:
    volunteer = await wishing.make.member()
    wish_ids = [await wishing.opened() for _ in range(4)]
    claims = [await wishing.claimed(volunteer, wish_id) for wish_id in wish_ids[:3]]
    assert told(await wishing.claim(volunteer, wish_ids[3])) == (409, "limit_reached")
    await wishing.act(volunteer, wish_ids[0], claims[0], "release")
    await wishing.claimed(volunteer, wish_ids[3])
    await assert_wishes_are_right(wishing.make.rooms)


async def test_claims_that_have_lapsed_make_room_before_any_worker_says_so(
    wishing: Wishing,
) -> None:
    volunteer = await wishing.make.member()
    for _ in range(3):
        await wishing.claimed(volunteer, await wishing.opened())
    last = await wishing.opened()
    await wishing.later(72 * HOUR)
    await wishing.claimed(volunteer, last)
    await assert_wishes_are_right(wishing.make.rooms)


async def test_who_gave_a_wish_back_waits_a_day_for_it(wishing: Wishing) -> None:
    volunteer = await wishing.make.member()
    wish_id = await wishing.opened()
    claim_id = await wishing.claimed(volunteer, wish_id)
    await wishing.act(volunteer, wish_id, claim_id, "release")
    answer = await wishing.claim(volunteer, wish_id)
    assert told(answer) == (409, "claim_cooldown")
    until = datetime.fromisoformat(answer.json()["until"])
    assert timedelta() < until - wishing.make.rooms.clock.now() <= DAY
    await wishing.later(DAY)
    await wishing.claimed(volunteer, wish_id)


async def test_who_let_a_wish_lapse_waits_a_day_for_it_and_others_do_not(wishing: Wishing) -> None:
    volunteer, other = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened()
    claim_id = await wishing.claimed(volunteer, wish_id)
    await wishing.later(72 * HOUR)
    assert told(await wishing.claim(volunteer, wish_id)) == (409, "claim_cooldown")
    for act in ("start", "release", "submission"):
        answer = await wishing.act(volunteer, wish_id, claim_id, act)
        assert told(answer) == (409, "claim_expired")
    await wishing.claimed(other, wish_id)
    await assert_wishes_are_right(wishing.make.rooms)


async def test_one_that_was_started_does_not_lapse(wishing: Wishing) -> None:
    wish_id = await wishing.opened()
    await wishing.started(await wishing.make.member(), wish_id)
    await wishing.later(100 * HOUR)
    await wishing.work_off()
    assert await wishing.state(wish_id) == "in_progress"


async def test_a_claim_that_is_not_started_is_announced_and_lapses(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    await wishing.claimed(volunteer, wish_id)
    await wishing.later(47 * HOUR)
    await wishing.work_off()
    assert "wishes.claim_lapsing" not in await wishing.notices(volunteer)
    await wishing.later(2 * HOUR)
    await wishing.work_off()
    assert await wishing.notices(volunteer) == ["wishes.claim_lapsing", "wishes.claim_made"]
    await wishing.later(DAY)
    assert await wishing.state(wish_id) == "open"
    await wishing.work_off()
    await wishing.work_off()
    assert (await wishing.notices(volunteer))[0] == "wishes.claim_lapsed"
    assert (await wishing.notices(wisher))[0] == "wishes.reopened"
    (claim,) = (
        await wishing.client.get("/v1/me/wish-claims", headers=wishing.as_member(volunteer))
    ).json()["items"]
    assert (claim["state"], claim["closed_at"]) == ("lapsed", claim["start_before"])
    await assert_wishes_are_right(wishing.make.rooms)


async def test_nobody_is_warned_of_what_has_happened_already(wishing: Wishing) -> None:
    """No worker came for days."""
    volunteer = await wishing.make.member()
    await wishing.claimed(volunteer, await wishing.opened())
    await wishing.later(73 * HOUR)
    await wishing.work_off()
    await wishing.work_off()
    assert sorted(await wishing.notices(volunteer)) == ["wishes.claim_lapsed", "wishes.claim_made"]


async def test_both_sides_are_told_at_each_step(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    await wishing.submitted(volunteer, wish_id)
    await wishing.confirm(wisher, wish_id)
    await wishing.work_off()
    assert sorted(await wishing.notices(wisher)) == [
        "wishes.approved",
        "wishes.claimed",
        "wishes.fulfilled",
        "wishes.posted",
        "wishes.started",
        "wishes.submitted",
    ]
    assert sorted(await wishing.notices(volunteer)) == ["wishes.claim_made", "wishes.fulfilled"]


async def test_a_wish_that_nobody_claims_expires_and_its_wisher_is_told(wishing: Wishing) -> None:
    wisher = await wishing.make.member()
    soon = (wishing.make.rooms.clock.now() + HOUR).isoformat()
    wish_id = await wishing.opened(wisher, needed_by=soon)
    await wishing.later(HOUR)
    assert await wishing.state(wish_id) == "expired"
    await wishing.work_off()
    await wishing.work_off()
    assert "wishes.expired" in await wishing.notices(wisher)
    await assert_wishes_are_right(wishing.make.rooms)


async def shown(wishing: Wishing, wish_id: str, member: Any) -> Any:
    return (await wishing.see(member, wish_id)).json()["contact"]


async def test_the_contact_is_the_holders_as_long_as_the_claim_lives_and_is_written_down(
    wishing: Wishing,
) -> None:
    wisher = await wishing.make.member(name="王阿姨")
    volunteer, other = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    assert await shown(wishing, wish_id, volunteer) is None
    claim_id = await wishing.claimed(volunteer, wish_id)
    assert await shown(wishing, wish_id, volunteer) == {"name": "王阿姨", "phone": PHONE}
    assert await shown(wishing, wish_id, other) is None
    await wishing.act(volunteer, wish_id, claim_id, "start")
    assert await shown(wishing, wish_id, volunteer) is not None
    await wishing.act(volunteer, wish_id, claim_id, "release")
    assert await shown(wishing, wish_id, volunteer) is None
    log = f"{WISHES}/{wish_id}/contact-showings"
    seen = await wishing.client.get(log, headers=auth(wishing.make.token(wisher)))
    assert [showing["claim_id"] for showing in seen.json()["items"]] == [claim_id] * 2
    foreign = await wishing.client.get(log, headers=auth(wishing.make.token(volunteer)))
    assert told(foreign) == (404, "not_found")


async def test_a_lapsed_claim_shows_no_contact_whoever_has_written_it_down(
    wishing: Wishing,
) -> None:
    volunteer = await wishing.make.member()
    wish_id = await wishing.opened()
    await wishing.claimed(volunteer, wish_id)
    await wishing.later(72 * HOUR)
    assert await shown(wishing, wish_id, volunteer) is None


async def test_without_consent_or_after_its_withdrawal_nobody_is_shown_the_contact(
    wishing: Wishing,
) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    silent = await wishing.opened(await wishing.make.member(), show_contact_to_helper=False)
    await wishing.claimed(volunteer, silent)
    assert await shown(wishing, silent, volunteer) is None
    wish_id = await wishing.opened(wisher)
    await wishing.claimed(volunteer, wish_id)
    assert await shown(wishing, wish_id, volunteer) is not None
    withdrawn = await wishing.client.put(
        "/v1/me/consents/show_contact",
        headers=auth(wishing.make.token(wisher)),
        json={"given": False},
    )
    assert withdrawn.status_code == 200
    assert await shown(wishing, wish_id, volunteer) is None


async def test_nobody_but_who_may_reads_a_wishers_phone_anywhere(wishing: Wishing) -> None:
    wisher, volunteer, other = [await wishing.make.member() for _ in range(3)]
    wish_id = await wishing.opened(wisher, title="有事请联系我", detail=f"电话{PHONE}")
    await wishing.submitted(volunteer, wish_id)
    await wishing.work_off()
    answers: list[httpx.Response] = []
    for path in (
        WISHES,
        f"{WISHES}/{wish_id}",
        "/v1/me/packs",
        "/v1/me/notices",
        "/v1/me/wish-claims",
        "/v1/public/wishes/figures",
    ):
        answers.append(await wishing.client.get(path, headers=auth(wishing.make.token(other))))
    staff = await wishing.reviewer()
    answers.append(await wishing.client.get(STAFF, headers=staff))
    answers.append(await wishing.client.get("/v1/me/notices", headers=wishing.as_member(volunteer)))
    assert all(answer.status_code == 200 for answer in answers)
    assert not [answer.request.url for answer in answers if PHONE in answer.text]
    assert PHONE in (await wishing.client.get(f"{STAFF}/{wish_id}", headers=staff)).text
    looks = await wishing.client.get(
        "/v1/me/data-accesses", headers=auth(wishing.make.token(wisher))
    )
    assert [look["act"] for look in looks.json()["items"]] == ["wishes.read"]


async def test_a_volunteer_whom_staff_ask_accepts(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    dispatch_id = await wishing.dispatched(wish_id, volunteer)
    assert told(await wishing.dispatch(wish_id, volunteer)) == (409, "state_conflict")
    await wishing.work_off()
    assert await wishing.notices(volunteer) == ["wishes.dispatched"]
    answers = [await wishing.answer(volunteer, dispatch_id, "acceptance", "once") for _ in range(2)]
    assert answers[0].status_code == 200, answers[0].text
    assert answers[0].content == answers[1].content
    assert told(await wishing.answer(volunteer, dispatch_id, "acceptance")) == (
        409,
        "state_conflict",
    )
    assert told(await wishing.answer(volunteer, dispatch_id, "refusal")) == (
        409,
        "state_conflict",
    )
    asked = await wishing.client.get("/v1/me/wish-dispatches", headers=wishing.as_member(volunteer))
    (dispatch,) = asked.json()["items"]
    assert (dispatch["state"], dispatch["claim_id"]) == ("accepted", answers[0].json()["id"])
    assert await wishing.state(wish_id) == "claimed"
    await assert_wishes_are_right(wishing.make.rooms)


async def test_or_refuses_with_a_reason_for_staff_and_nobody_is_assigned_by_force(
    wishing: Wishing,
) -> None:
    volunteer, other = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened()
    dispatch_id = await wishing.dispatched(wish_id, volunteer)
    assert told(await wishing.answer(other, dispatch_id, "refusal")) == (404, "not_found")
    assert told(await wishing.answer(other, dispatch_id, "acceptance")) == (404, "not_found")
    refused = await wishing.answer(volunteer, dispatch_id, "refusal")
    assert refused.json()["state"] == "refused"
    assert told(await wishing.answer(volunteer, dispatch_id, "acceptance")) == (
        409,
        "state_conflict",
    )
    assert await wishing.state(wish_id) == "open"
    opened = await wishing.client.get(f"{STAFF}/{wish_id}", headers=await wishing.reviewer())
    assert [each["reason"] for each in opened.json()["dispatches"]] == ["太远了"]
    await wishing.claimed(other, wish_id)


async def test_to_accept_is_to_claim_under_every_claims_rules(wishing: Wishing) -> None:
    """Each refusal of a claim, to somebody who was asked."""
    volunteer, quick = await wishing.make.member(), await wishing.make.member()
    taken = await wishing.opened()
    dispatch_id = await wishing.dispatched(taken, volunteer)
    await wishing.claimed(quick, taken)
    answer = await wishing.answer(volunteer, dispatch_id, "acceptance")
    assert told(answer) == (409, "already_claimed")

    wanted = await wishing.opened()
    dispatch_id = await wishing.dispatched(wanted, volunteer)
    claims = {}
    for _ in range(3):
        wish_id = await wishing.opened()
        claims[wish_id] = await wishing.claimed(volunteer, wish_id)
    answer = await wishing.answer(volunteer, dispatch_id, "acceptance")
    assert told(answer) == (409, "limit_reached")

    left, claim_id = claims.popitem()
    await wishing.act(volunteer, left, claim_id, "release")
    again = await wishing.dispatched(left, volunteer)
    assert told(await wishing.answer(volunteer, again, "acceptance")) == (409, "claim_cooldown")


async def test_who_does_not_suit_any_more_cannot_accept(wishing: Wishing) -> None:
    volunteer = await wishing.make.member()
    await wishing.record(volunteer)
    wish_id = await wishing.posted()
    for _ in range(2):
        await wishing.review(wish_id, flags=["lives_alone"])
    dispatch_id = await wishing.dispatched(wish_id, volunteer)
    await wishing.record(volunteer, is_healthy=False)
    answer = await wishing.answer(volunteer, dispatch_id, "acceptance")
    assert told(answer) == (409, "volunteer_not_suitable")


async def test_an_account_that_was_joined_to_the_wishers_person_cannot_accept(
    wishing: Wishing,
) -> None:
    """Asked as somebody else, and found to be the same human since."""
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    dispatch_id = await wishing.dispatched(wish_id, volunteer)
    await wishing.join(volunteer, wisher)
    answer = await wishing.answer(volunteer, dispatch_id, "acceptance")
    assert told(answer) == (409, "own_wish")


async def test_a_wish_that_was_withdrawn_is_not_accepted(wishing: Wishing) -> None:
    wisher, volunteer = await wishing.make.member(), await wishing.make.member()
    wish_id = await wishing.opened(wisher)
    dispatch_id = await wishing.dispatched(wish_id, volunteer)
    await wishing.withdraw(wisher, wish_id)
    answer = await wishing.answer(volunteer, dispatch_id, "acceptance")
    assert (told(answer), answer.json()["state"]) == ((409, "state_conflict"), "withdrawn")
