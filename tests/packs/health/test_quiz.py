"""The quiz over HTTP: taken, saved, handed in, timed out; its bank, its keys, its figures."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models.health import HealthAttempt
from app.shared.imports import xlsx_rows
from tests.factories import YEAR, auth
from tests.quizzing import GRACE_S, LIMIT_S, QUIZZES, Quizzing, question, told

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
KEPT_BACK = {"key", "is_right", "score", "explanation", "ticket_no"}


async def test_D20_D21_a_quiz_is_taken_without_its_key_and_graded_by_the_service_alone(
    quizzing: Quizzing,
) -> None:
    member, quiz_id = await quizzing.make.member(), await quizzing.opened()
    listed = await quizzing.client.get("/v1/health/quizzes", headers=quizzing.as_member(member))
    (shown,) = listed.json()["items"]
    assert (shown["can_start"], shown["attempts_used"], shown["reason"]) == (True, 0, None)
    begun = await quizzing.started(member, quiz_id)
    assert len(begun["questions"]) == 3
    first = begun["questions"][0]["id"]
    saved = await quizzing.save(member, begun["id"], {first: quizzing.answers(begun)[first]})
    seen = await quizzing.see(member, begun["id"])
    for answer in (json.dumps(begun), saved.text, seen.text):
        assert "解释" not in answer
        assert not {"key", "is_right", "score", "explanation"} & set(
            json.loads(answer)["questions"][0]
        )
    # A client that says what it scored and what is right is not listened to.
    claims = {"score": 3, "questions": [{"id": first, "key": []}], "is_right": True, "key": {}}
    handed_in = await quizzing.submit(member, begun["id"], quizzing.answers(begun, 1), **claims)
    result = handed_in.json()
    assert (handed_in.status_code, result["score"], result["full_score"]) == (200, 1, 3)
    assert [each["is_right"] for each in result["questions"]] == [True, False, False]
    assert all(each["explanation"] and each["key"] for each in result["questions"])
    # Handed in again, with better answers and another key, it is the same result.
    again = await quizzing.submit(member, begun["id"], quizzing.answers(begun))
    assert again.json() == result
    assert (await quizzing.see(member, begun["id"])).json() == result
    assert told(await quizzing.save(member, begun["id"], {})) == (409, "state_conflict")
    stranger = await quizzing.make.member()
    assert told(await quizzing.see(stranger, begun["id"])) == (404, "not_found")
    await quizzing.assert_right()


async def test_a_person_has_so_many_attempts_whatever_the_accounts(quizzing: Quizzing) -> None:
    one = await quizzing.make.member()
    other = await quizzing.make.member(person_id=one.person_id)
    quiz_id = await quizzing.opened()
    begun = await quizzing.started(one, quiz_id)
    meanwhile = await quizzing.start(one, quiz_id)
    assert told(meanwhile) == (409, "state_conflict")
    assert meanwhile.json()["attempt_id"] == begun["id"]
    await quizzing.submit(one, begun["id"])
    await quizzing.finished(other, quiz_id)
    refused = await quizzing.start(one, quiz_id)
    assert told(refused) == (409, "attempts_used")
    assert refused.json()["limit"] == 2
    listed = await quizzing.client.get("/v1/health/quizzes", headers=quizzing.as_member(one))
    (shown,) = listed.json()["items"]
    assert (shown["attempts_used"], shown["best_score"], shown["reason"]) == (2, 3, "attempts_used")
    mine = await quizzing.client.get("/v1/health/attempts", headers=quizzing.as_member(one))
    assert [each["id"] for each in mine.json()["items"]] == [begun["id"]]
    await quizzing.assert_right()


async def test_time_is_the_services_with_a_moments_grace(quizzing: Quizzing) -> None:
    member, quiz_id = await quizzing.make.member(), await quizzing.opened()
    begun = await quizzing.started(member, quiz_id)
    chosen = quizzing.answers(begun, 2)
    assert (await quizzing.save(member, begun["id"], chosen)).status_code == 200
    await quizzing.later(LIMIT_S * SECOND)
    assert told(await quizzing.save(member, begun["id"], chosen)) == (409, "deadline_passed")
    assert (await quizzing.see(member, begun["id"])).json()["state"] == "overdue"
    handed_in = await quizzing.submit(member, begun["id"])
    assert (handed_in.json()["state"], handed_in.json()["score"]) == ("finished", 2)
    await quizzing.assert_right()


async def test_what_is_never_handed_in_ends_by_itself_and_counts(quizzing: Quizzing) -> None:
    member, quiz_id = await quizzing.make.member(), await quizzing.opened()
    begun = await quizzing.started(member, quiz_id)
    await quizzing.later((LIMIT_S + GRACE_S) * SECOND)
    refused = await quizzing.submit(member, begun["id"], quizzing.answers(begun))
    assert told(refused) == (409, "deadline_passed")
    seen = await quizzing.see(member, begun["id"])
    assert (seen.json()["state"], "key" in seen.text) == ("abandoned", False)
    # Nobody waits for the job; it writes down what is so.
    await quizzing.work_off()
    async with quizzing.make.rooms.sessions() as session:
        assert await session.scalar(select(HealthAttempt.state)) == "abandoned"
    await quizzing.started(member, quiz_id)
    assert told(await quizzing.start(member, quiz_id)) == (409, "attempts_used")
    await quizzing.assert_right()


async def test_a_quiz_opens_with_enough_questions_and_closes_for_new_attempts(
    quizzing: Quizzing,
) -> None:
    member = await quizzing.make.member()
    created = await quizzing.create(1, question_count=2)
    quiz_id = created.json()["id"]
    assert told(await quizzing.start(member, quiz_id)) == (404, "not_found")
    short = await quizzing.of_quiz(quiz_id, "open")
    assert told(short) == (409, "not_enough_questions")
    added = await quizzing.client.post(
        f"{QUIZZES}/{quiz_id}/questions", headers=await quizzing.manager(), json=question(7)
    )
    assert added.status_code == 201, added.text
    change = {"version": 1, "attempts_per_person": 1}
    url, headers = f"{QUIZZES}/{quiz_id}", await quizzing.manager()
    changed = await quizzing.client.patch(url, headers=headers, json=change)
    assert changed.json()["attempts_per_person"] == 1
    stale = await quizzing.client.patch(url, headers=headers, json=change)
    assert told(stale) == (412, "version_stale")
    assert (await quizzing.of_quiz(quiz_id, "open")).json()["state"] == "open"
    late = await quizzing.client.patch(url, headers=headers, json={**change, "version": 3})
    assert told(late) == (409, "state_conflict")
    begun = await quizzing.started(member, quiz_id)
    assert (await quizzing.of_quiz(quiz_id, "close")).json()["state"] == "closed"
    assert told(await quizzing.of_quiz(quiz_id, "close")) == (409, "state_conflict")
    assert told(await quizzing.start(await quizzing.make.member(), quiz_id)) == (409, "not_open")
    assert (await quizzing.submit(member, begun["id"])).status_code == 200
    assert told(await quizzing.of_quiz(quiz_id, "open")) == (200, None)
    assert told(await quizzing.of_quiz(quiz_id, "open")) == (409, "state_conflict")
    await quizzing.later(YEAR)
    assert told(await quizzing.start(await quizzing.make.member(), quiz_id)) == (409, "not_open")


async def test_a_corrected_key_grades_everybody_anew_and_says_who_moved(quizzing: Quizzing) -> None:
    """Of one question, asked of all: what was wrong is right now, and the other way round."""
    one, other, late = await quizzing.make.members(3)
    quiz_id = await quizzing.opened(1)
    right = await quizzing.finished(one, quiz_id)
    wrong = await quizzing.finished(other, quiz_id, right=0)
    begun = await quizzing.started(late, quiz_id)
    (asked,) = await quizzing.bank(quiz_id)
    assert (asked["asked"], asked["right"], sum(asked["chosen"].values())) == (2, 1, 2)
    better = wrong["questions"][0]["chosen"]
    corrected = await quizzing.correct(quiz_id, asked["id"], better)
    report = corrected.json()
    moved = {each["attempt_id"]: (each["before"], each["after"]) for each in report["moved"]}
    assert (report["regraded_count"], report["moved_count"]) == (2, 2)
    assert moved == {right["id"]: (1, 0), wrong["id"]: (0, 1)}
    assert (await quizzing.see(other, wrong["id"])).json()["score"] == 1
    handed_in = await quizzing.submit(late, begun["id"], {begun["questions"][0]["id"]: better})
    assert handed_in.json()["score"] == 1
    unknown = await quizzing.correct(quiz_id, asked["id"], ["ffffffff"])
    assert told(unknown) == (422, "input_invalid")
    await quizzing.assert_right()


async def test_a_changed_question_is_a_version_for_attempts_to_come(quizzing: Quizzing) -> None:
    one, other = await quizzing.make.members(2)
    quiz_id = await quizzing.opened(1)
    begun = await quizzing.started(one, quiz_id)
    (asked,) = await quizzing.bank(quiz_id)
    url = f"{QUIZZES}/{quiz_id}/questions/{asked['id']}"
    body = {name: value for name, value in question(0).items() if name != "code"}
    change = {**body, "version": 1, "text": "换一种问法"}
    headers = await quizzing.manager()
    changed = await quizzing.client.patch(url, headers=headers, json=change)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (
        told(await quizzing.client.patch(url, headers=headers, json=change))[1] == "version_stale"
    )
    seen = (await quizzing.see(one, begun["id"])).json()
    assert seen["questions"][0]["text"] == "第 0 题"
    assert (await quizzing.started(other, quiz_id))["questions"][0]["text"] == "换一种问法"
    assert (await quizzing.submit(one, begun["id"], quizzing.answers(begun))).json()["score"] == 1
    await quizzing.assert_right()


async def test_nonsense_in_answers_and_questions_is_named_at_its_place(quizzing: Quizzing) -> None:
    member, quiz_id = await quizzing.make.member(), await quizzing.opened(1)
    begun = await quizzing.started(member, quiz_id)
    asked = begun["questions"][0]
    options = [each["id"] for each in asked["options"]]
    for answers, code in (
        ({"0" * 32: []}, "question_unknown"),
        ({asked["id"]: ["ffffffff"]}, "option_unknown"),
        ({asked["id"]: options[:2]}, "too_many_options"),
    ):
        refused = await quizzing.save(member, begun["id"], answers)
        assert told(refused) == (422, "input_invalid")
        assert refused.json()["errors"][0]["code"] == code
    two_right = [{"text": "对", "correct": True}, {"text": "也对", "correct": True}]
    wrong = await quizzing.create(0, question_count=1, questions=[question(0, options=two_right)])
    assert wrong.json()["errors"][0]["pointer"] == "#/questions/0/options"
    doubled = await quizzing.create(0, question_count=1, questions=[question(0), question(0)])
    assert doubled.json()["errors"][0]["code"] == "code_taken"


async def test_a_bank_comes_from_a_workbook_with_its_errors_by_row(quizzing: Quizzing) -> None:
    quiz_id = await quizzing.opened(1)
    header = ["code", "kind", "text", "option_a", "option_b", "option_c", "key", "explanation"]
    rows = [
        header,
        ["A1", "single", "洗手多久？", "5 秒", "20 秒", "", "B", "至少 20 秒"],
        ["A2", "multiple", "哪些对？", "开窗", "戴口罩", "扎堆", "AB", ""],
        ["A3", "true_false", "要通风。", "对", "错", "", "A", ""],
        ["A4", "essay", "说说看", "对", "错", "", "A", ""],
        ["A5", "single", "两个对？", "对", "错", "", "AB", ""],
        ["A6", "single", "没有这个字母", "对", "错", "", "D", ""],
        ["A7", "single", "", "对", "错", "", "A", ""],
        ["A1", "single", "又是 A1", "对", "错", "", "A", ""],
    ]
    report = (await quizzing.send_file(quiz_id, rows)).json()
    assert (report["read"], report["added"], report["changed"], report["refused"]) == (8, 3, 0, 5)
    assert [(each["line"], each["code"], each["column"]) for each in report["refusals"]] == [
        (5, "kind_unknown", "kind"),
        (6, "key_wrong", "key"),
        (7, "key_malformed", "key"),
        (8, "value_missing", "text"),
        (9, "duplicate_in_file", None),
    ]
    again = (await quizzing.send_file(quiz_id, rows[:4])).json()
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)
    rows[1][6] = "A"
    changed = (await quizzing.send_file(quiz_id, rows[:2])).json()
    assert (changed["changed"], changed["unchanged"]) == (1, 0)
    bank = {each["code"]: each for each in await quizzing.bank(quiz_id)}
    assert [option["correct"] for option in bank["A1"]["options"]] == [True, False]
    wrong = await quizzing.send_file(quiz_id, [["code", "what"]])
    assert told(wrong) == (422, "header_wrong")


async def test_a_file_that_is_no_bank_is_refused_whole(
    quizzing: Quizzing, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz_id = (await quizzing.create()).json()["id"]
    path, headers = f"{QUIZZES}/{quiz_id}/questions/import", await quizzing.manager()
    for content, code in (
        (b"", "file_empty"),
        (b"PK\x03\x04 no zip at all", "file_unreadable"),
        ("code,题目\n".encode("utf-16"), "encoding_unknown"),
    ):
        sent = await quizzing.client.post(path, headers=headers, files={"file": ("f", content)})
        assert told(sent) == (422, code)
    monkeypatch.setattr(xlsx_rows, "MOST_HELD_BYTES", 1_000)
    assert told(await quizzing.send_file(quiz_id, [["code"]])) == (422, "workbook_too_large")


async def test_the_home_page_says_what_there_is_to_do(quizzing: Quizzing) -> None:
    member, quiz_id = await quizzing.make.member(), await quizzing.opened(attempts_per_person=1)

    async def card() -> tuple[list[str], str | None]:
        answer = await quizzing.client.get(
            "/v1/me/packs", headers=auth(quizzing.make.token(member))
        )
        health = next(each for each in answer.json()["packs"] if each["kind"] == "health")
        return [each["act"] for each in health["can"]], health["reason"]

    assert await card() == (["attempt"], None)
    begun = await quizzing.started(member, quiz_id)
    assert await card() == (["submit"], None)
    await quizzing.submit(member, begun["id"])
    assert await card() == ([], "attempts_used")
