"""Next year's edition: copied, changed, opened beside the old one, and kept apart from it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.event import listen, remove

from app.models.states import Category, PackKind, Role
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from tests.appointing import Appointing
from tests.coupletting import Couplets, Event
from tests.factories import Factory, auth
from tests.gifting import Gifts
from tests.quizzing import Quizzing, question
from tests.shared.files.samples import encoded
from tests.verify import assert_books_are_right
from tests.wishing import Wishing, told

pytestmark = pytest.mark.anyio

CAMPAIGNS = "/v1/admin/campaigns"
BATCHES = "/v1/admin/breakfast/batches"
REASON = {"reason": "新一届开始"}
COPY = {"name": "2027年冬送温暖", "name_en": "Winter Warmth 2027"}
PACK = {"title": "礼包", "title_en": "Pack", "summary": "说明", "summary_en": "What it is"}
BATCH = {
    "name": "早餐券",
    "total": 10,
    "opens_at": "2023-01-05T00:00:00+08:00",
    "closes_at": "2099-01-05T00:00:00+08:00",
    "valid_days": 7,
    "face_value_fen": 1000,
    "eligible_categories": ["outdoor"],
}
Body = dict[str, Any]


class Editions:
    """A campaign manager at work."""

    def __init__(self, client: httpx.AsyncClient, make: Factory, token: str) -> None:
        self.client, self.make, self.headers = client, make, auth(token)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(path, headers=self.headers, json=body)

    async def of(self, campaign_id: str, act: str, **body: Any) -> httpx.Response:
        return await self.post(f"{CAMPAIGNS}/{campaign_id}/{act}", **REASON, **body)

    async def copied(self, campaign_id: UUID | str, **body: Any) -> Body:
        answer = await self.post(f"{CAMPAIGNS}/{campaign_id}/copies", **COPY, **body)
        assert answer.status_code == 201, answer.text
        made: Body = answer.json()
        return made

    async def look(self, campaign_id: UUID | str) -> Body:
        answer = await self.client.get(f"{CAMPAIGNS}/{campaign_id}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        seen: Body = answer.json()
        return seen

    async def ends(self, campaign: Body, at: str) -> None:
        path = f"{CAMPAIGNS}/{campaign['id']}"
        body = {"version": campaign["version"], "ends_at": at}
        answer = await self.client.patch(path, headers=self.headers, json=body)
        assert answer.status_code == 200, answer.text

    async def items(self, path: str, member: Member | None = None, **query: str) -> list[Body]:
        headers = self.headers if member is None else auth(self.make.token(member))
        answer = await self.client.get(path, headers=headers, params=query)
        assert answer.status_code == 200, answer.text
        found: list[Body] = answer.json()["items"]
        return found

    async def press(self, member: Member, batch: Body | UUID) -> httpx.Response:
        batch_id = batch if isinstance(batch, UUID) else batch["id"]
        return await self.client.post(
            f"/v1/breakfast/batches/{batch_id}/claims",
            headers=auth(self.make.token(member), str(uuid4())),
        )


@pytest.fixture
async def editions(client: httpx.AsyncClient, make: Factory) -> Editions:
    await make.campaign()
    return Editions(client, make, await make.staff(Role.CAMPAIGN_MANAGER))


def at(shown: str) -> datetime:
    return datetime.fromisoformat(shown)


def counts(campaign: Body) -> dict[str, int]:
    return {f"{each['pack']}.{each['what']}": each["count"] for each in campaign["contents"]}


async def test_a_copy_has_all_plans_a_year_later_and_nothing_of_what_anybody_did(
    editions: Editions, client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    old = await make.campaign()
    couplets, quizzing = Couplets(client, make), Quizzing(client, make)
    gifts, wishing = Gifts(client, make), Wishing(client, make)
    drop = await make.batch(repeat_days=2, per_person_per_day=1, store_districts=["shinan"])
    await make.batch(test=True)
    event = await couplets.event(reserved=2, walk_in=3)
    quiz_id = await quizzing.opened()
    drawn = await quizzing.create_draw(entry={"quiz_id": quiz_id})
    assert drawn.status_code == 201, drawn.text
    box = await gifts.box()
    member = await make.member(categories=(Category.OUTDOOR, Category.HARDSHIP))
    assert (await editions.press(member, drop.id)).status_code == 201
    pair = await couplets.reserved(member, event)
    # Given up, it goes to the door: what staff planned was two to be reserved.
    cancelled = await client.post(
        f"/v1/couplets/reservations/{pair}/cancellation",
        headers=auth(make.token(member), str(uuid4())),
        json={},
    )
    assert cancelled.status_code == 200, cancelled.text
    await gifts.ordered(member, (box, 1))
    await quizzing.finished(member, quiz_id)
    await wishing.posted(member)

    copy = await editions.copied(old, shift_days=365)

    assert (copy["state"], copy["is_current"], copy["copied_from"]) == ("draft", False, str(old))
    assert {pack["state"] for pack in copy["packs"]} == {"closed"}
    before = await editions.look(old)
    assert counts(copy) == counts(before)
    assert counts(copy) == {
        "wishes.kinds": 4,
        "breakfast.batches": 2,
        "breakfast.vouchers": 20,
        "couplets.events": 1,
        "couplets.pairs": 5,
        "health.quizzes": 1,
        "health.questions": 6,
        "health.draws": 1,
        "health.talks": 0,
        "gift_boxes.boxes": 1,
        "gift_boxes.units": 3,
        "gift_boxes.free_units": 1,
    }
    assert at(copy["starts_at"]) - at(before["starts_at"]) == timedelta(days=365)
    batches = [each for each in await editions.items(BATCHES) if each["campaign_id"] == copy["id"]]
    assert [each["state"] for each in batches] == ["draft", "draft"]
    assert [each["issued"] for each in batches] == [0, 0]
    assert len({each["series_id"] for each in batches} | {str(drop.series_id)}) == 2
    assert at(batches[0]["opens_at"]) - drop.pool.opens_at == timedelta(days=365)
    assert batches[0]["store_districts"] == ["shinan"]
    [copied] = [
        each
        for each in await editions.items("/v1/admin/couplets/events")
        if each["campaign_id"] == copy["id"]
    ]
    planned = [(each["reserved"], each["walk_in"]) for each in copied["variants"]]
    assert planned == [(2, 3)]
    async with rooms.engine.connect() as connection:
        done = await connection.execute(
            text("""
                SELECT (SELECT count(*) FROM wish WHERE campaign_id = :copy),
                       (SELECT count(*) FROM gift_boxes_order WHERE campaign_id = :copy),
                       (SELECT count(*) FROM health_attempt attempt JOIN health_quiz quiz
                                          ON quiz.id = attempt.quiz_id
                         WHERE quiz.campaign_id = :copy)"""),
            {"copy": UUID(copy["id"])},
        )
        assert tuple(done.one()) == (0, 0, 0)
    # Members see nothing of it yet.
    for path in ("/v1/breakfast/batches", "/v1/couplets/events", "/v1/gift-boxes"):
        assert {each["campaign_id"] for each in await editions.items(path, member)} == {str(old)}
    hidden = f"/v1/couplets/events/{copied['id']}"
    await hidden_here(rooms, UUID(copy["id"]))
    assert told(await client.get(hidden, headers=auth(make.token(member)))) == (404, "not_found")
    shown = await client.get(
        "/v1/gift-boxes", headers=auth(make.token(member)), params={"campaign_id": copy["id"]}
    )
    assert told(shown) == (404, "not_found")
    assert [each["id"] for each in await editions.items("/v1/campaigns", member)] == [str(old)]
    await assert_books_are_right(rooms)


async def test_two_editions_run_side_by_side_and_nothing_of_one_counts_in_the_other(
    editions: Editions, client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    old = await make.campaign()
    couplets, quizzing = Couplets(client, make), Quizzing(client, make)
    gifts, wishing = Gifts(client, make), Wishing(client, make)
    drop = await make.batch(per_person_total=1, limit_group="每人一张")
    event, quiz_id = await couplets.event(), await quizzing.opened(attempts_per_person=1)
    box = await gifts.box(per_person=1)
    member = await make.member(categories=(Category.OUTDOOR, Category.HARDSHIP))
    assert (await editions.press(member, drop.id)).status_code == 201
    await couplets.reserved(member, event)
    await quizzing.finished(member, quiz_id)
    await gifts.ordered(member, (box, 1))
    assert (await gifts.claim_free(member, box)).status_code == 201
    for _ in range(2):
        await wishing.posted(member)
    assert told(await wishing.post(member)) == (409, "limit_reached")

    copy = await editions.copied(old, shift_days=0)
    new = copy["id"]
    [batch] = [each for each in await editions.items(BATCHES) if each["campaign_id"] == new]
    started = await editions.post(f"{BATCHES}/{batch['id']}/start", **REASON)
    assert started.status_code == 200, started.text
    await hidden_here(rooms, UUID(new))
    assert told(await editions.press(member, batch)) == (404, "not_found")
    opened = await editions.of(new, "open", packs=["breakfast", "couplets", "health", "gift_boxes"])
    assert (opened.status_code, opened.json()["state"]) == (200, "open")
    states = {pack["kind"]: pack["state"] for pack in opened.json()["packs"]}
    assert states.pop("wishes") == "closed"
    assert set(states.values()) == {"open"}
    assert told(await wishing.post(member, campaign_id=new)) == (409, "not_open")
    switched = await editions.post("/v1/admin/packs/wishes/open", **REASON, campaign_id=new)
    assert switched.status_code == 200, switched.text
    await heard_of(rooms, UUID(new))

    # What was used up in the old one is whole in the new one.
    assert (await editions.press(member, batch)).status_code == 201
    assert told(await editions.press(member, batch)) == (409, "limit_reached")
    assert (await wishing.post(member, campaign_id=new)).status_code == 201
    [other] = await editions.items("/v1/couplets/events", member, campaign_id=new)
    assert (await couplets.reserve(member, Event(other))).status_code == 201
    [quiz] = [
        each
        for each in await editions.items("/v1/admin/health/quizzes")
        if each["campaign_id"] == new
    ]
    assert (await quizzing.of_quiz(quiz["id"], "open")).status_code == 200
    await quizzing.finished(member, quiz["id"])
    [again] = await editions.items("/v1/gift-boxes", member, campaign_id=new)
    await gifts.ordered(member, (again, 1))
    assert (await gifts.claim_free(member, again)).status_code == 201

    # Each is seen with its campaign, and counted in its own.
    listed = await editions.items("/v1/campaigns", member)
    assert [(each["id"], each["is_current"]) for each in listed] == [(str(old), True), (new, False)]
    home = await client.get("/v1/me/packs", headers=auth(make.token(member)))
    assert home.json()["campaign_id"] == str(old)
    [beside] = home.json()["others"]
    assert (beside["campaign_id"], beside["name"]) == (new, COPY["name"])
    kinds = [pack["kind"] for pack in beside["packs"]]
    held = [
        {pack["kind"]: pack["held"] for pack in packs}
        for packs in (home.json()["packs"], beside["packs"])
    ]
    assert kinds == list(PackKind)
    assert held[0]["breakfast"] == held[1]["breakfast"] == 1
    assert (held[0]["wishes"], held[1]["wishes"]) == (2, 1)
    both = await editions.items("/v1/breakfast/batches", member)
    assert {each["campaign_id"] for each in both} == {str(old), new}
    auditor = auth(await make.staff(Role.AUDITOR))
    # Of the last five seconds no figure is told yet.
    await make.move_clock(timedelta(minutes=1))
    for campaign_id, received in ((str(old), 2), (new, 1)):
        report = await client.get(
            "/v1/admin/report",
            headers=auditor,
            params={"campaign_id": campaign_id},
        )
        assert report.status_code == 200, report.text
        totals = {
            figure["name"]: figure["value"]
            for pack in report.json()["packs"]
            for figure in pack["figures"]
        }
        assert totals["breakfast.issued"] == 1
        assert totals["wishes.received"] == received
    await assert_books_are_right(rooms)


async def test_an_edition_is_ended_and_another_becomes_the_current_one(
    editions: Editions, client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    old, batch, member = await make.campaign(), await make.batch(), await make.member()
    copy = await editions.copied(old, starts_on="2031-02-01")
    new = copy["id"]
    assert copy["starts_at"].startswith("2031-02-01T")
    assert told(await editions.of(new, "current")) == (409, "state_conflict")
    assert told(await editions.of(new, "end")) == (409, "state_conflict")
    closed = await editions.post("/v1/admin/packs/wishes/open", **REASON, campaign_id=new)
    assert told(closed) == (409, "state_conflict")

    assert (await editions.of(new, "open")).status_code == 200
    assert told(await editions.of(new, "open")) == (409, "state_conflict")
    current = await editions.of(new, "current")
    assert (current.status_code, current.json()["is_current"]) == (200, True)
    assert told(await editions.of(new, "current")) == (409, "state_conflict")
    ended = await editions.of(str(old), "end")
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    assert told(await editions.press(member, batch.id)) == (409, "not_open")
    seen = await client.get("/v1/campaign", headers=auth(make.token(member)))
    assert seen.json()["id"] == new
    assert [each["id"] for each in await editions.items("/v1/campaigns", member)] == [new]

    # Ended by mistake: opened again, beside the new one.
    assert (await editions.of(str(old), "open")).status_code == 200
    await heard_of(rooms, old)
    assert (await editions.press(member, batch.id)).status_code == 201
    async with rooms.engine.connect() as connection:
        moves = await connection.execute(
            text("SELECT act FROM campaign_history WHERE campaign_id = :old ORDER BY at, id"),
            {"old": old},
        )
        assert list(moves.scalars()) == ["end", "open"]


async def test_names_dates_and_texts_are_changed_by_whoever_has_seen_the_newest(
    editions: Editions, client: httpx.AsyncClient, make: Factory
) -> None:
    plan = {
        **COPY,
        "starts_at": "2027-01-05T00:00:00+08:00",
        "ends_at": "2027-02-04T00:00:00+08:00",
        "packs": [{"kind": "wishes", **PACK}],
    }
    made = await editions.post(CAMPAIGNS, **plan)
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    twice = {**plan, "packs": plan["packs"] * 2}
    assert told(await editions.post(CAMPAIGNS, **twice)) == (422, "input_invalid")
    backwards = {**plan, "ends_at": plan["starts_at"]}
    assert told(await editions.post(CAMPAIGNS, **backwards)) == (422, "input_invalid")
    path = f"{CAMPAIGNS}/{made.json()['id']}"

    async def change(where: str, **body: Any) -> httpx.Response:
        return await client.patch(where, headers=editions.headers, json=body)

    changed = await change(path, version=1, name="更名", ends_at="2027-03-01T00:00:00+08:00")
    assert (changed.json()["name"], changed.json()["version"]) == ("更名", 2)
    assert changed.json()["ends_at"] == "2027-03-01T00:00:00+08:00"
    assert told(await change(path, version=1, name="旧")) == (412, "version_stale")
    empty = await change(path, version=2, starts_at="2028-01-01T00:00:00+08:00")
    assert told(empty) == (422, "input_invalid")
    worded = await change(f"{path}/packs/wishes", version=1, title="心愿")
    assert (worded.json()["title"], worded.json()["title_en"]) == ("心愿", "Pack")
    stale = await change(f"{path}/packs/wishes", version=1, title="旧")
    assert told(stale) == (412, "version_stale")
    assert told(await change(f"{path}/packs/health", version=1)) == (404, "not_found")
    nobody = f"{CAMPAIGNS}/{uuid4()}"
    assert told(await change(nobody, version=1)) == (404, "not_found")
    assert told(await editions.of(str(uuid4()), "open")) == (404, "not_found")
    assert told(await editions.of(str(uuid4()), "current")) == (404, "not_found")
    for wrong in ({}, {"shift_days": 1, "starts_on": "2031-02-01"}):
        answer = await editions.post(f"{path}/copies", **COPY, **wrong)
        assert told(answer) == (422, "input_invalid")
    listed = await editions.items(CAMPAIGNS)
    assert made.json()["id"] in {each["id"] for each in listed}


async def test_what_is_planned_goes_into_the_edition_that_it_names(
    editions: Editions, client: httpx.AsyncClient, make: Factory
) -> None:
    old = await make.campaign()
    new = (await editions.copied(old, shift_days=365))["id"]
    kind = {"code": "reading", "title": "陪读", "title_en": "Reading", "start_within_h": 72}
    made = await editions.post("/v1/admin/wishes/kinds", **kind, campaign_id=new)
    assert made.status_code == 201, made.text
    path = f"/v1/admin/wishes/kinds/{made.json()['id']}"
    off = await client.patch(path, headers=editions.headers, json={"version": 1, "is_on": False})
    assert off.json()["is_on"] is False
    codes = [
        {each["code"] for each in await editions.items("/v1/admin/wishes/kinds", **query)}
        for query in ({}, {"campaign_id": new})
    ]
    assert codes[1] - codes[0] == {"reading"}
    limits = "/v1/admin/wishes/limits"
    body = {"version": 1, "open_wishes": 5, "campaign_id": new, **REASON}
    changed = await client.patch(limits, headers=editions.headers, json=body)
    assert changed.json()["open_wishes"] == 5
    for query, most in (({}, 2), ({"campaign_id": new}, 5)):
        seen = await client.get(limits, headers=editions.headers, params=query)
        assert seen.json()["open_wishes"] == most
    member = auth(make.token(await make.member()))
    for campaign_id in (new, str(uuid4())):
        hidden = await client.get(
            "/v1/wishes/kinds", headers=member, params={"campaign_id": campaign_id}
        )
        assert told(hidden) == (404, "not_found")
        posted = await client.post(
            "/v1/wishes",
            headers=member | {"Idempotency-Key": f'"{uuid4()}"'},
            json=Wishing(client, make).text(campaign_id=campaign_id),
        )
        assert told(posted) == (404, "not_found")
    unknown = str(uuid4())
    plan = Couplets(client, make).plan(campaign_id=unknown)
    assert told(await editions.post("/v1/admin/couplets/events", **plan)) == (404, "not_found")


async def test_nothing_of_a_draft_is_found_whoever_knows_its_id(
    editions: Editions, client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    old = await make.campaign()
    couplets, quizzing = Couplets(client, make), Quizzing(client, make)
    gifts, advice = Gifts(client, make), Appointing(client, make)
    drop = await make.batch()
    await couplets.event()
    await couplets.fair_event()
    await quizzing.opened_draw(entry={"quiz_id": await quizzing.opened()})
    await gifts.box()
    await advice.talk()
    member = await make.member(categories=(Category.OUTDOOR, Category.HARDSHIP))
    new = (await editions.copied(old, shift_days=0))["id"]

    async def of_draft(path: str) -> list[Body]:
        seen = await client.get(path, headers=auth(await make.staff()))
        return [each for each in seen.json()["items"] if each["campaign_id"] == new]

    [batch] = await of_draft(BATCHES)
    assert (await editions.post(f"{BATCHES}/{batch['id']}/start", **REASON)).status_code == 200
    [quiz] = await of_draft("/v1/admin/health/quizzes")
    assert (await quizzing.of_quiz(quiz["id"], "open")).status_code == 200
    draws = await client.get("/v1/admin/health/draws", headers=await quizzing.officer())
    [draw] = [each for each in draws.json()["items"] if each["state"] == "draft"]
    assert (await quizzing.of_draw(draw["id"], "open")).status_code == 200
    events = [Event(each) for each in await of_draft("/v1/admin/couplets/events")]
    async with rooms.engine.connect() as connection:
        order = await connection.scalar(
            text("SELECT max(draw_id::text) FROM couplets_event WHERE campaign_id = :new"),
            {"new": UUID(new)},
        )
    [box], [talk] = await of_draft("/v1/admin/gift-boxes"), await of_draft("/v1/admin/health/talks")
    await hidden_here(rooms, UUID(new))

    answers = {
        "claim": await editions.press(member, batch),
        "stores": await client.get(
            "/v1/breakfast/stores",
            headers=auth(make.token(member)),
            params={"batch_id": batch["id"]},
        ),
        "attempt": await quizzing.start(member, quiz["id"]),
        "talk": await client.get(
            f"/v1/health/talks/{talk['id']}", headers=auth(make.token(member))
        ),
        "registration": await advice.register(member, talk["id"]),
        "free box": await gifts.claim_free(member, box),
        "box's list": await gifts.wait(member, box),
        "draw": await client.get(f"/v1/public/draws/{draw['id']}"),
        "proof": await client.get(f"/v1/public/draws/{draw['id']}/proof"),
        "page": await client.get(f"/public/draws/{draw['id']}"),
        "order": await client.get(f"/v1/public/draws/{order}"),
    }
    for place, event in enumerate(events):
        answers |= {
            f"event {place}": await client.get(event.path, headers=auth(make.token(member))),
            f"reservation {place}": await couplets.reserve(member, event),
            f"list {place}": await couplets.wait(member, event),
            f"live {place}": await client.get(f"/v1/public/couplets/{event.id}/live"),
        }
    for what, answer in answers.items():
        assert (what, *told(answer)) == (what, 404, "not_found")
    ordered = await gifts.order(member, (box, 1))
    assert told(ordered) == (422, "input_invalid")
    assert ordered.json()["errors"][0]["pointer"] == "#/lines/0/box_id"
    kit = await client.get("/v1/store/keys", headers=auth(await make.till()))
    assert [each["id"] for each in kit.json()["batches"]] == [str(drop.id)]

    # Once it is open, all of it is.
    assert (await editions.of(new, "open")).status_code == 200
    await heard_of(rooms, UUID(new))
    assert (await client.get(f"/v1/public/draws/{order}")).status_code == 200
    assert (await quizzing.start(member, quiz["id"])).status_code == 201
    assert (await advice.register(member, talk["id"])).status_code == 201
    assert (await gifts.claim_free(member, box)).status_code == 201
    kit = await client.get("/v1/store/keys", headers=auth(await make.till()))
    assert {each["id"] for each in kit.json()["batches"]} == {str(drop.id), batch["id"]}


async def test_a_draw_about_all_quizzes_stays_with_its_edition(
    editions: Editions, client: httpx.AsyncClient, make: Factory
) -> None:
    old = await make.campaign()
    quizzing = Quizzing(client, make)
    quiz_id = await quizzing.opened()
    assert (await quizzing.create_draw()).json()["subject_id"] == str(old)
    new = (await editions.copied(old, shift_days=365))["id"]
    path, officer = "/v1/admin/health/draws", await quizzing.officer()
    listed = await client.get(path, headers=officer)
    [copy] = [each for each in listed.json()["items"] if each["subject_id"] == new]

    async def change(version: int, **entry: Any) -> httpx.Response:
        body = {"version": version, **quizzing.draw_body(entry=entry)}
        return await client.patch(f"{path}/{copy['id']}", headers=officer, json=body)

    changed = await change(1, min_score=3)
    assert (changed.status_code, changed.json()["subject_id"]) == (200, new)
    assert (await change(2, campaign_id=str(old))).json()["subject_id"] == str(old)
    assert (await change(3, quiz_id=quiz_id)).json()["subject_id"] == quiz_id
    assert (await change(4)).json()["subject_id"] == str(old)
    both = await change(5, quiz_id=quiz_id, campaign_id=new)
    assert told(both) == (422, "input_invalid")
    assert both.json()["errors"][0]["pointer"] == "#/entry/campaign_id"
    made = await quizzing.create_draw(entry={"campaign_id": new})
    assert (made.status_code, made.json()["subject_id"]) == (201, new)
    nowhere = await quizzing.create_draw(entry={"campaign_id": str(uuid4())})
    assert told(nowhere) == (404, "not_found")


async def test_copies_of_copies_stay_within_the_years_that_can_be_planned(
    editions: Editions, client: httpx.AsyncClient, make: Factory
) -> None:
    await make.batch()
    campaign_id = await make.campaign()
    copy = await editions.copied(campaign_id, shift_days=36_500)
    for beyond, pointer in (
        ({"shift_days": 36_500}, "#/shift_days"),
        ({"starts_on": "2198-12-31"}, "#/starts_on"),
    ):
        if "starts_on" in beyond:
            # Its last day would lie beyond.
            await editions.ends(copy, "2130-01-01T00:00:00+08:00")
        refused = await editions.post(f"{CAMPAIGNS}/{copy['id']}/copies", **COPY, **beyond)
        assert told(refused) == (422, "input_invalid")
        assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_copy_of_many_boxes_costs_a_few_statements_each(
    editions: Editions, client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    gifts = Gifts(client, make)

    async def statements(boxes: int) -> int:
        for _ in range(boxes):
            await gifts.box()
        sent: list[object] = []
        event = (rooms.engine.sync_engine, "before_cursor_execute", lambda *_: sent.append(None))
        listen(*event)
        try:
            await editions.copied(await make.campaign(), shift_days=365)
        finally:
            remove(*event)
        return len(sent)

    few, many = await statements(2), await statements(10)

    assert (many - few) / 10 < 12


async def hidden_here(rooms: Rooms, campaign_id: UUID) -> None:
    """The process knows that it is a draft."""
    async with asyncio.timeout(10):
        while not rooms.closed.is_draft(campaign_id):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_each_plan_says_whose_it_is_and_a_question_keeps_its_picture(
    editions: Editions, client: httpx.AsyncClient, make: Factory
) -> None:
    old = await make.campaign()
    quizzing, gifts = Quizzing(client, make), Gifts(client, make)
    picture = {"file": ("q.png", encoded("PNG"))}
    sent = await client.post("/v1/admin/files", headers=await quizzing.manager(), files=picture)
    picture_id = sent.json()["id"]
    await quizzing.opened(1, questions=[question(0, picture_id=picture_id)])
    await gifts.box()

    new = (await editions.copied(old, shift_days=365))["id"]

    boxes = await client.get("/v1/admin/gift-boxes", headers=await gifts.as_staff())
    assert {each["campaign_id"] for each in boxes.json()["items"]} == {str(old), new}
    [quiz] = [
        each
        for each in await editions.items("/v1/admin/health/quizzes")
        if each["campaign_id"] == new
    ]
    assert [each["picture_id"] for each in await quizzing.bank(quiz["id"])] == [picture_id]


async def heard_of(rooms: Rooms, campaign_id: UUID) -> None:
    """The process knows that it is open."""
    async with asyncio.timeout(10):
        while rooms.closed.is_draft(campaign_id):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        while rooms.closed.is_closed(campaign_id, PackKind.BREAKFAST):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_where_no_edition_is_current_none_is_meant(
    client: httpx.AsyncClient, make: Factory
) -> None:
    member = auth(make.token(await make.member()))
    manager = auth(await make.staff(Role.CAMPAIGN_MANAGER))
    assert told(await client.get("/v1/campaigns", headers=member)) == (404, "not_found")
    planned = await client.post(BATCHES, headers=manager, json=BATCH)
    assert told(planned) == (404, "not_found")
