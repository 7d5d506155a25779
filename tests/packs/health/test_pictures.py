"""Pictures of questions: sent by staff, seen by who holds an attempt, by links of five minutes."""

from datetime import timedelta

import httpx
import pytest

from app.models.states import Role
from app.shared.files.refusals import MOST_BYTES
from tests.factories import auth
from tests.quizzing import QUIZZES, Quizzing, question, told
from tests.shared.exports.desk import work_off
from tests.shared.files.samples import bomb, encoded

pytestmark = pytest.mark.anyio

FILES = "/v1/admin/files"
LINK_LIFE = timedelta(minutes=5)
HEADER = ("code", "kind", "text", "option_a", "option_b", "key", "picture")


async def send(quizzing: Quizzing, content: bytes | None = None) -> httpx.Response:
    picture = {"file": ("q.png", content or encoded("PNG"))}
    return await quizzing.client.post(FILES, headers=await quizzing.manager(), files=picture)


async def sent(quizzing: Quizzing) -> str:
    answer = await send(quizzing)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_question_shows_its_picture_to_whoever_holds_the_attempt(
    quizzing: Quizzing,
) -> None:
    picture_id = await sent(quizzing)
    asked = question(0, picture_id=picture_id)
    quiz_id = await quizzing.opened(1, questions=[asked])
    member = await quizzing.make.member()
    begun = await quizzing.started(member, quiz_id)
    shown = begun["questions"][0]["picture"]
    assert (shown["width"], shown["height"]) == (40, 20)
    seen = await quizzing.client.get(shown["url"])
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/png")
    await quizzing.later(LINK_LIFE)
    assert told(await quizzing.client.get(shown["url"])) == (410, "link_expired")
    again = (await quizzing.see(member, begun["id"])).json()["questions"][0]["picture"]
    assert (await quizzing.client.get(again["url"])).status_code == 200

    # Attempts keep the version that they were asked, with its picture.
    [bank] = await quizzing.bank(quiz_id)
    assert bank["picture_id"] == picture_id
    changed = await quizzing.client.patch(
        f"{QUIZZES}/{quiz_id}/questions/{bank['id']}",
        headers=await quizzing.manager(),
        json={name: asked[name] for name in ("kind", "text", "options")} | {"version": 1},
    )
    assert (changed.status_code, changed.json()["picture_id"]) == (200, None), changed.text
    result = await quizzing.submit(member, begun["id"])
    assert result.json()["questions"][0]["picture"]["url"].startswith("/v1/public/files/")
    later = await quizzing.started(await quizzing.make.member(), quiz_id)
    assert later["questions"][0]["picture"] is None


async def test_a_bank_names_pictures_that_are_the_campaigns_and_no_others(
    quizzing: Quizzing,
) -> None:
    picture_id, member = await sent(quizzing), await quizzing.make.member()
    mine = await quizzing.client.post(
        "/v1/files", headers=quizzing.as_member(member), files={"file": ("m.png", encoded("PNG"))}
    )
    theirs = mine.json()["id"]
    assert told(await send(quizzing, b"no picture")) == (422, "not_a_picture")
    assert told(await send(quizzing, bomb(50_000, 50_000))) == (422, "too_many_pixels")
    assert told(await send(quizzing, encoded() + bytes(MOST_BYTES))) == (413, "file_too_large")
    refused = await quizzing.create(1, questions=[question(0, picture_id=theirs)])
    assert (told(refused), refused.json()["errors"][0]["pointer"]) == (
        (422, "input_invalid"),
        "#/questions/0/picture_id",
    )
    quiz_id = await quizzing.opened(1)
    row = ("single", "图中是什么？", "口罩", "手套", "A")
    report = await quizzing.send_file(
        quiz_id,
        [
            HEADER,
            ("P1", *row, picture_id),
            ("P2", *row, theirs),
            ("P3", *row, "picture.png"),
            # Two questions may show one picture.
            ("P4", *row, picture_id),
        ],
    )
    found = report.json()
    assert (found["added"], found["refused"]) == (2, 2), report.text
    assert [(each["line"], each["code"]) for each in found["refusals"]] == [
        (3, "picture_unknown"),
        (4, "picture_unknown"),
    ]
    bank = {each["code"]: each["picture_id"] for each in await quizzing.bank(quiz_id)}
    assert (bank["P1"], bank["P4"]) == (picture_id, picture_id)


async def test_a_picture_that_nothing_shows_goes_after_a_day_and_one_that_is_shown_stays(
    quizzing: Quizzing,
) -> None:
    idle, kept = await sent(quizzing), await sent(quizzing)
    await quizzing.opened(1, questions=[question(0, picture_id=kept)])
    await quizzing.later(timedelta(days=1, hours=2))
    await work_off(quizzing.make.rooms)
    headers = await quizzing.manager()
    assert (await quizzing.client.get(f"{FILES}/{kept}", headers=headers)).status_code == 200
    gone = await quizzing.client.get(f"{FILES}/{idle}", headers=headers)
    assert told(gone) == (404, "not_found")
    desk = auth(await quizzing.make.staff(Role.DESK))
    assert told(await quizzing.client.get(f"{FILES}/{kept}", headers=desk)) == (403, "forbidden")
