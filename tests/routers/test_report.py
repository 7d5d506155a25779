"""The report: figures of a small campaign that is known beforehand, in each of its forms."""

import hashlib
import io
import re
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from app.models.states import District, Role
from app.platform.ids import new_id
from app.routers.pages import HERE
from app.shared.personal_data import Outcome
from tests.factories import Factory, auth
from tests.reporting import DAY, HOUR, Playing
from tests.shared.personal_data.erased import Registry, outcome_of
from tests.tills import Counter

pytestmark = pytest.mark.anyio

FORMS = ("", ".json", ".xlsx", ".html", ".txt")
PLAYED = {
    "wishes.page_views": 0,
    "wishes.participants": 2,
    "wishes.volunteers": 1,
    "wishes.received": 2,
    "wishes.claimed": 1,
    "wishes.fulfilled": 0,
    "breakfast.page_views": 2,
    "breakfast.stores": 2,
    "breakfast.budget": 20,
    "breakfast.participants": 2,
    "breakfast.issued": 4,
    "breakfast.redeemed": 2,
    "breakfast.redeemed_fen": 1600,
    "breakfast.redeeming_stores": 2,
    "breakfast.reversed": 1,
    "breakfast.expired": 0,
    "couplets.page_views": 0,
    "couplets.viewers": 320,
    "couplets.participants": 2,
    "couplets.reserved": 2,
    "couplets.handed_out": 1,
    "couplets.collected": 0,
    "couplets.walk_in": 1,
    "health.page_views": 0,
    "health.participants": 2,
    "health.attempts": 2,
    "health.finished": 1,
    "health.entrants": 1,
    "health.prizes": 0,
    "health.consultations": 1,
    "health.answers": 1,
    "health.appointments": 1,
    "health.appointments_kept": 0,
    "health.no_shows": 0,
    "health.talk_places": 1,
    "health.talk_attendances": 1,
    "gift_boxes.page_views": 1,
    "gift_boxes.participants": 0,
    "gift_boxes.buyers": 0,
    "gift_boxes.boxes": 0,
    "gift_boxes.free_boxes": 0,
}


CHANGED = {
    "breakfast.expired",
    "wishes.received",
    "wishes.fulfilled",
    "breakfast.page_views",
    "breakfast.issued",
    "breakfast.redeemed",
    "breakfast.redeemed_fen",
    "breakfast.redeeming_stores",
    "breakfast.reversed",
    "health.attempts",
    "health.finished",
    # Erased with the member, they are still counted.
    "health.consultations",
    "health.appointments",
    "health.talk_places",
    "health.talk_attendances",
}


@pytest.fixture
async def playing(client: httpx.AsyncClient, counter: Counter, make: Factory) -> Playing:
    return Playing(client, counter, make)


def told(figure: dict[str, Any], by: str) -> dict[str, int]:
    """One of a figure's parts, by key."""
    if by in ("days", "hours", "districts"):
        key = by.removesuffix("s")
        return {each[key]: each["value"] for each in figure[by] if each["value"]}
    [part] = [part for part in figure["parts"] if part["by"] == by]
    return {line["key"]: line["value"] for line in part["lines"]}


def said(answer: httpx.Response) -> str:
    """A form without when it was printed."""
    if answer.headers["content-type"].startswith("application/vnd"):
        book = load_workbook(io.BytesIO(answer.content))
        return repr([[list(row) for row in sheet.values] for sheet in book])
    printed = r'("printed_at":"[^"]*")|(printed at</span> [\d: -]*)'
    return re.sub(printed, "", answer.text)


async def test_the_report_says_what_happened_and_says_it_of_that_time_for_ever(
    playing: Playing,
) -> None:
    """Whatever is undone, moved, regraded or erased afterwards."""
    await playing.play()
    await playing.finish_live()
    await playing.make.move_clock(HOUR)
    at = await playing.settle()
    assert await playing.values() == PLAYED
    before = {form: said(await playing.ask(form, as_of=at.isoformat())) for form in FORMS}
    figures = await playing.figures(as_of=at.isoformat())
    assert {name: each["value"] for name, each in figures.items()} == PLAYED
    issued, redeemed = figures["breakfast.issued"], figures["breakfast.redeemed"]
    assert told(issued, "districts") == {"jimo": 2, "shinan": 2}
    assert told(issued, "category") == {"outdoor": 2, "new_employment|outdoor": 2}
    assert told(redeemed, "districts") == {"shinan": 1, "laixi": 1}
    assert told(redeemed, "store") == {"QD1": 1, "QD2": 1}
    assert told(figures["wishes.received"], "kind") == {"elderly_care": 1, "return_home": 1}
    assert told(figures["wishes.received"], "districts") == {"jimo": 1, "shinan": 1}
    assert sum(told(redeemed, "hours").values()) == sum(told(redeemed, "days").values()) == 2

    await playing.play_on()
    registry = Registry(playing.make.rooms)
    report = await registry.erase(playing.members["one"])
    assert outcome_of(report, "districts") is Outcome.DETACHED
    await playing.make.move_clock(3 * DAY)
    later = await playing.values()
    changed = {name for name in PLAYED if later[name] != PLAYED[name]}
    assert changed == CHANGED
    for form in FORMS:
        assert said(await playing.ask(form, as_of=at.isoformat())) == before[form], form
    assert await registry.faults() == []


def test_the_chart_library_is_what_its_authors_published() -> None:
    """`dist/echarts.common.min.js` of npm's echarts 6.1.0."""
    library = (HERE / "echarts" / "echarts.common.min.js").read_bytes()
    published = "61f13280aba3161f77fc801bf5f9c786f55f10432153a0683fc5cc0700b013d5"
    assert hashlib.sha256(library).hexdigest() == published


async def test_every_form_says_the_same_and_stands_alone(playing: Playing) -> None:
    await playing.play()
    await playing.make.move_clock(HOUR)
    at = await playing.settle()
    query = {"as_of": at.isoformat()}
    shown = (await playing.ask(**query)).json()
    assert (await playing.ask(".json", **query)).json()["packs"] == shown["packs"]
    assert datetime.fromisoformat(shown["as_of"]) == at
    assert {each["as_of"] for pack in shown["packs"] for each in pack["figures"]} == {
        shown["as_of"]
    }
    assert (await playing.ask(".txt", **query)).text == shown["paragraph"] + "\n"
    assert "发放早餐券4张、核销2张，2名户外劳动者参与" in shown["paragraph"]

    book = load_workbook(io.BytesIO((await playing.ask(".xlsx", **query)).content))
    figures, *others = book.worksheets
    assert [sheet.title for sheet in others] == [
        "按日 Days",
        "按时 Hours",
        "区市 Districts",
        "分项 Parts",
    ]
    assert {sheet.freeze_panes for sheet in book.worksheets} == {"A2"}
    rows = {row[2]: row for row in figures.iter_rows(min_row=2, values_only=True)}
    assert rows["Issued"][3] == 4
    assert (rows["Value redeemed"][3], rows["Value redeemed"][4]) == (None, 16)
    assert all(row[8] and row[9] for row in rows.values())
    districts = {row[0]: row for row in book["区市 Districts"].iter_rows(values_only=True)}
    assert len(districts) == 1 + len(District)

    page = await playing.ask(".html", **query)
    assert page.headers["content-type"].startswith("text/html")
    assert "no-store" in page.headers["cache-control"]
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.count("'sha256-") == page.text.count("<script>") == 2
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    # The library's own text apart, nothing in it has an address.
    written = page.text.split("<script>")[0]
    assert not re.findall(r"(?:src|href)=|url\(", written)


async def test_an_account_of_a_district_sees_its_own_part(playing: Playing) -> None:
    await playing.play()
    await playing.make.move_clock(HOUR)
    limited = await playing.make.staff(Role.CAMPAIGN_MANAGER, districts=[District.JIMO])
    playing.staff = auth(limited)
    answer = await playing.ask()
    assert answer.json()["districts"] == ["jimo"]
    assert not [word for word in ("shinan", "laixi", "QD1", "QD2", "甲店") if word in answer.text]
    values = await playing.values()
    assert (values["breakfast.issued"], values["breakfast.participants"]) == (2, 1)
    assert (values["breakfast.redeemed"], values["breakfast.stores"]) == (0, 0)
    assert (values["breakfast.page_views"], values["breakfast.budget"]) == (None, None)
    assert (values["wishes.received"], values["health.participants"]) == (1, 1)
    for form in FORMS[2:]:
        await playing.ask(form)
    assert "在即墨区" in (await playing.ask(".txt")).text


async def test_a_link_opens_the_page_without_a_token_for_five_minutes(playing: Playing) -> None:
    await playing.make.campaign()
    limited = await playing.make.staff(Role.FINANCE, districts=[District.LAIXI, District.JIMO])
    playing.staff = auth(limited)
    link = (await playing.ask("/link")).json()
    page = await playing.client.get(link["url"])
    assert page.status_code == 200, page.text
    assert "即墨区、莱西市" in page.text
    assert said(page) == said(await playing.ask(".html", as_of=link["as_of"]))
    # A link is for what it was signed for.
    for change in (("jimo%2C", ""), ("as_of=20", "as_of=21"), ("districts=", "district=")):
        bent = await playing.client.get(link["url"].replace(*change))
        assert (bent.status_code, bent.json()["code"]) == (404, "not_found"), change
    nowhere = await playing.client.get(link["url"].replace("jimo", "nowhere"))
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "input_invalid")
    unheld = await playing.ask("/link", status=404, campaign_id=str(new_id()))
    assert unheld.json()["code"] == "not_found"
    await playing.make.move_clock(timedelta(minutes=6))
    late = await playing.client.get(link["url"])
    assert (late.status_code, late.json()["code"]) == (410, "link_expired")
    tomorrow = (playing.make.rooms.clock.now() + DAY).isoformat()
    assert (await playing.ask("/link", status=422, as_of=tomorrow)).json()[
        "code"
    ] == "input_invalid"


async def test_a_day_is_told_by_itself(playing: Playing) -> None:
    await playing.play()
    await playing.make.move_clock(HOUR)
    issued = (await playing.figures())["breakfast.issued"]
    [day] = told(issued, "days")
    assert (await playing.values(day=day))["breakfast.issued"] == 4
    before = date.fromisoformat(day) - timedelta(days=1)
    of_before = await playing.values(day=before.isoformat())
    assert {value for name, value in of_before.items() if name != "breakfast.stores"} == {0}
    assert "当天" in (await playing.ask(".txt", day=day)).text


async def test_this_very_moment_is_waited_for_and_one_to_come_refused(playing: Playing) -> None:
    await playing.make.batch()
    voucher = await playing.counter.voucher()
    at = playing.make.rooms.clock.now()
    assert voucher.issued_at <= at
    assert (await playing.values(as_of=at.isoformat()))["breakfast.issued"] == 1
    for form in FORMS:
        tomorrow = playing.make.rooms.clock.now() + DAY
        answer = await playing.ask(form, status=422, as_of=tomorrow.isoformat())
        assert answer.json()["code"] == "input_invalid"
        assert answer.json()["errors"][0]["code"] == "time_not_come"


async def test_without_a_campaign_there_is_nothing_to_tell(playing: Playing) -> None:
    other = "01855a2c-1c00-7000-8000-0000000000ff"
    for form in FORMS:
        for query in ({}, {"campaign_id": other}):
            answer = await playing.ask(form, status=404, **query)
            assert answer.json()["code"] == "not_found"
