"""A draw among those who took the quiz, over HTTP, from its draft to its last substitute."""

import pytest
from sqlalchemy import select

from app.models.draws import DrawEntry
from app.shared.identity.callers import Member
from tests.factories import auth
from tests.quizzing import DAY, DRAWS, Quizzing, told
from tests.shared.draws.hall import faults_of, lottery_numbers

pytestmark = pytest.mark.anyio


async def holders(quizzing: Quizzing, members: list[Member]) -> dict[str, Member]:
    by_id = {member.id: member for member in members}
    async with quizzing.make.rooms.sessions() as session:
        rows = await session.execute(select(DrawEntry.ticket_no, DrawEntry.member_id))
    return {row.ticket_no: by_id[row.member_id] for row in rows}


async def accept(quizzing: Quizzing, member: Member, draw_id: str) -> tuple[int, str | None]:
    mine = await quizzing.client.get(
        f"/v1/health/draws/{draw_id}/ticket", headers=auth(quizzing.make.token(member))
    )
    answer = await quizzing.client.post(
        f"/v1/health/prizes/{mine.json()['prize']['id']}/acceptance",
        headers=quizzing.as_member(member),
    )
    return told(answer)


async def test_whoever_took_the_quiz_is_drawn_by_two_people_and_anybody_draws_again(
    quizzing: Quizzing,
) -> None:
    quiz_id = await quizzing.opened()
    draw_id = await quizzing.opened_draw(entry={"quiz_id": quiz_id, "min_score": 2})
    members = await quizzing.make.members(6)
    for member in members:
        result = await quizzing.finished(member, quiz_id, right=3)
        assert result["ticket_no"] == result["tickets"][0]["ticket_no"]
    below = await quizzing.make.member()
    assert (await quizzing.finished(below, quiz_id, right=1))["ticket_no"] is None
    published = await quizzing.public(draw_id)
    assert (published["state"], published["entrants_count"]) == ("open", None)
    assert told(await quizzing.of_draw(draw_id, "freeze")) == (409, "state_conflict")

    await quizzing.later(DAY)
    asked = await quizzing.of_draw(draw_id, "freeze")
    again = await quizzing.of_draw(draw_id, "freeze")
    assert told(again) == (409, "approval_pending")
    assert told(await quizzing.decide(asked, which=0)) == (403, "own_approval")
    assert (await quizzing.public(draw_id))["state"] == "open"
    assert told(await quizzing.decide(asked)) == (200, None)
    frozen = await quizzing.public(draw_id)
    assert (frozen["state"], frozen["entrants_count"]) == ("frozen", 6)

    past = [{**each, "published_at": "2023-01-01T00:00:00+08:00"} for each in quizzing.sources()]
    early = await quizzing.of_draw(draw_id, "commit", sources=past)
    assert told(early) == (409, "numbers_published")
    await quizzing.by_two(draw_id, "commit", sources=quizzing.sources())
    committed = await quizzing.public(draw_id)
    assert (committed["state"], committed["bits"]["claim"]) == ("committed", "every_outcome")
    numbers = lottery_numbers()
    soon = await quizzing.of_draw(draw_id, "reveal", public_numbers=numbers)
    assert told(soon) == (409, "numbers_not_published")

    await quizzing.later(DAY)
    await quizzing.by_two(draw_id, "reveal", public_numbers=numbers)
    second = await quizzing.of_draw(draw_id, "reveal", public_numbers=numbers)
    assert told(second) == (409, "state_conflict")
    drawn = await quizzing.public(draw_id)
    tickets = [each["ticket_no"] for each in drawn["winners"]]
    assert len(set(tickets)) == 3
    proof = await quizzing.public(draw_id, "/proof")
    assert faults_of(proof, committed["commitment"]) == []
    page = await quizzing.client.get(f"/public/draws/{draw_id}")
    assert (page.status_code, "script-src 'self'" in page.headers["content-security-policy"]) == (
        200,
        True,
    )
    program = await quizzing.client.get("/public/verify_draw.py")
    assert program.text.startswith("#!/usr/bin/env python3")

    owners = await holders(quizzing, members)
    assert await accept(quizzing, owners[tickets[0]], draw_id) == (200, None)
    assert await accept(quizzing, owners[tickets[0]], draw_id) == (409, "state_conflict")
    await quizzing.work_off()
    told_of = await quizzing.client.get(
        "/v1/me/notices", headers=auth(quizzing.make.token(owners[tickets[1]]))
    )
    assert [each["kind"] for each in told_of.json()["items"]] == ["draws.won"]

    ticket = {"ticket_no": tickets[0], "reason": "由他人代答"}
    await quizzing.by_two(draw_id, "disqualifications", **ticket)
    lost = (await quizzing.public(draw_id))["winners"]
    assert (lost[0]["state"], lost[0]["reason"]) == ("disqualified", "由他人代答")
    assert told(await quizzing.of_draw(draw_id, "disqualifications", **ticket)) == (
        409,
        "state_conflict",
    )
    nobody = await quizzing.of_draw(draw_id, "disqualifications", ticket_no="0000000000")
    assert told(nobody) == (422, "input_invalid")

    await quizzing.later(3 * DAY)
    assert await accept(quizzing, owners[tickets[1]], draw_id) == (409, "deadline_passed")
    await quizzing.work_off()
    ended = await quizzing.public(draw_id)
    standing = [each for each in ended["winners"] if each["state"] in {"awarded", "accepted"}]
    # Six tickets: one was disqualified and its substitute's time ran out with the others', so
    # three were left for substitutes, of whom two found a prize.
    assert len({each["ticket_no"] for each in ended["winners"]}) == len(ended["winners"]) == 6
    assert len(standing) == 2
    assert faults_of(await quizzing.public(draw_id, "/proof")) == []
    await quizzing.assert_right()


async def test_a_draft_is_corrected_and_what_is_published_is_not(quizzing: Quizzing) -> None:
    dear = [{"name": "汽车", "name_en": "car", "value_fen": 5_000_001, "quantity": 1}]
    assert told(await quizzing.create_draw(prizes=dear)) == (422, "prize_over_cap")
    unknown = await quizzing.create_draw(entry={"quiz_id": "01855a2c-1c00-7000-8000-00000000ffff"})
    assert unknown.json()["errors"][0]["pointer"] == "#/entry/quiz_id"
    nobody = await quizzing.create_draw(excluded_member_nos=["M404"])
    assert nobody.json()["errors"][0]["pointer"] == "#/excluded_member_nos/0"
    draw_id = (await quizzing.create_draw()).json()["id"]
    hidden = await quizzing.client.get(f"/v1/public/draws/{draw_id}")
    assert told(hidden) == (404, "not_found")
    url, headers = f"{DRAWS}/{draw_id}", await quizzing.officer()
    body = quizzing.draw_body(title="改好的", version=1)
    changed = await quizzing.client.patch(url, headers=headers, json=body)
    assert (changed.json()["title"], changed.json()["version"]) == ("改好的", 2)
    assert told(await quizzing.client.patch(url, headers=headers, json=body)) == (
        412,
        "version_stale",
    )
    over = quizzing.draw_body(prizes=dear, version=2)
    assert told(await quizzing.client.patch(url, headers=headers, json=over)) == (
        422,
        "prize_over_cap",
    )
    assert (await quizzing.of_draw(draw_id, "open")).json()["state"] == "open"
    assert told(await quizzing.of_draw(draw_id, "open")) == (409, "state_conflict")
    late = await quizzing.client.patch(url, headers=headers, json={**body, "version": 3})
    assert told(late) == (409, "state_conflict")
    listed = await quizzing.client.get(DRAWS, headers=headers, params={"state": "open"})
    assert [each["id"] for each in listed.json()["items"]] == [draw_id]
    assert (await quizzing.client.get(url, headers=headers)).json()["commitment"] is None
    assert told(await quizzing.of_draw(draw_id, "commit", sources=quizzing.sources())) == (
        409,
        "state_conflict",
    )
    one = {"public_numbers": [[1]]}
    assert told(await quizzing.of_draw(draw_id, "reveal", **one)) == (409, "state_conflict")
    ticket = {"ticket_no": "0000000000"}
    assert told(await quizzing.of_draw(draw_id, "disqualifications", **ticket)) == (
        409,
        "state_conflict",
    )


async def test_numbers_that_came_out_while_the_second_person_waited_commit_to_nothing(
    quizzing: Quizzing,
) -> None:
    draw_id = await quizzing.opened_draw()
    await quizzing.later(DAY)
    await quizzing.by_two(draw_id, "freeze")
    asked = await quizzing.of_draw(draw_id, "commit", sources=quizzing.sources())
    pending = await quizzing.of_draw(draw_id, "commit", sources=quizzing.sources())
    assert told(pending) == (409, "approval_pending")
    await quizzing.later(DAY)
    assert told(await quizzing.decide(asked)) == (409, "numbers_published")
    assert (await quizzing.public(draw_id))["state"] == "frozen"
    chain = {"kind": "drand", "chain": "0" * 64, "round": 1}
    unknown = await quizzing.of_draw(draw_id, "commit", sources=[chain])
    assert unknown.json()["errors"][0]["code"] == "chain_unknown"
