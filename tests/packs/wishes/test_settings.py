"""Kinds of wish and their limits are data: staff change them, and members feel it at once."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.models.states import Role
from tests.factories import Factory, auth
from tests.verify import assert_books_are_right
from tests.wishing import Wishing, told

pytestmark = pytest.mark.anyio

KINDS, LIMITS = "/v1/admin/wishes/kinds", "/v1/admin/wishes/limits"
READING = {"code": "reading", "title": "陪伴阅读", "title_en": "Reading", "start_within_h": 5}


async def change(
    wishing: Wishing, manager: dict[str, str], path: str, **changes: Any
) -> httpx.Response:
    return await wishing.client.patch(path, headers=manager, json=changes)


async def test_a_kind_that_staff_add_is_posted_and_claimed_by_its_hours_until_it_is_off(
    wishing: Wishing, make: Factory
) -> None:
    client = wishing.client
    await make.campaign()
    manager = auth(await make.staff(Role.CAMPAIGN_MANAGER))
    wisher, volunteer = await make.member(), await make.member()

    made = await client.post(KINDS, headers=manager, json=READING)
    assert made.status_code == 201, made.text
    kind = made.json()
    assert (kind["is_on"], kind["version"]) == (True, 1)
    twice = await client.post(KINDS, headers=manager, json=READING)
    assert told(twice) == (409, "already_exists")
    shown = await client.get("/v1/wishes/kinds", headers=auth(make.token(wisher)))
    assert shown.json()["items"][-1] == {
        name: kind[name] for name in ("code", "title", "title_en", "start_within_h")
    }

    wish_id = await wishing.opened(wisher, kind="reading")
    claim = (await wishing.claim(volunteer, wish_id)).json()
    left = datetime.fromisoformat(claim["start_before"]) - make.rooms.clock.now()
    assert timedelta(hours=4) < left <= timedelta(hours=5)

    path = f"{KINDS}/{kind['id']}"
    changed = await change(wishing, manager, path, version=1, title="陪读", is_on=False)
    assert (changed.json()["title"], changed.json()["version"]) == ("陪读", 2)
    stale = await change(wishing, manager, path, version=1, is_on=True)
    assert (*told(stale), stale.json()["version"]) == (412, "version_stale", 2)
    shown = await client.get("/v1/wishes/kinds", headers=auth(make.token(wisher)))
    assert "reading" not in {each["code"] for each in shown.json()["items"]}
    listed = await client.get(KINDS, headers=await wishing.reviewer())
    assert listed.json()["items"][-1] == changed.json()
    refused = await wishing.post(await make.member(), kind="reading")
    assert refused.json()["errors"][0]["code"] == "kind_unknown"
    # What is there goes on.
    started = await wishing.act(volunteer, wish_id, claim["id"], "start")
    assert started.status_code == 200
    nowhere = f"{KINDS}/00000000-0000-7000-8000-000000000001"
    assert told(await change(wishing, manager, nowhere, version=1)) == (404, "not_found")
    await assert_books_are_right(make.rooms)


async def test_a_limit_that_staff_change_holds_for_the_next_claim_and_the_next_wish(
    wishing: Wishing, make: Factory
) -> None:
    manager = auth(await make.staff(Role.CAMPAIGN_MANAGER))
    why = {"reason": "节前需求增加"}
    volunteer = await make.member()
    wishes = [await wishing.opened() for _ in range(5)]
    edition = (await wishing.client.get(LIMITS, headers=manager)).json()
    assert edition == {
        "open_claims": 3,
        "open_wishes": 2,
        "cooldown_h": 24,
        "similar_days": 30,
        "version": 1,
    }
    claim_ids = [await wishing.claimed(volunteer, wish_id) for wish_id in wishes[:2]]

    fewer = await change(wishing, manager, LIMITS, version=1, open_claims=1, open_wishes=1, **why)
    assert (fewer.json()["open_claims"], fewer.json()["version"]) == (1, 2)
    stale = await change(wishing, manager, LIMITS, version=1, open_claims=9, **why)
    assert told(stale) == (412, "version_stale")
    refused = await wishing.claim(volunteer, wishes[2])
    assert (*told(refused), refused.json()["limit"]) == (409, "limit_reached", 1)
    wisher = await make.member()
    first = (await wishing.post(wisher)).json()
    assert told(await wishing.post(wisher, title="另一件事")) == (409, "limit_reached")

    # What is more than that is kept, and can be given back.
    await wishing.act(volunteer, wishes[0], claim_ids[0], "release")
    assert told(await wishing.claim(volunteer, wishes[2])) == (409, "limit_reached")
    more = {"open_claims": 4, "open_wishes": 3, "cooldown_h": 0, "similar_days": 0}
    assert (await change(wishing, manager, LIMITS, version=2, **more, **why)).status_code == 200
    # At once again, now that nobody has to wait, and three more beside the one that is held.
    for wish_id in (wishes[0], wishes[2], wishes[3]):
        assert (await wishing.claim(volunteer, wish_id)).status_code == 201
    assert told(await wishing.claim(volunteer, wishes[4])) == (409, "limit_reached")
    second = (await wishing.post(wisher)).json()
    assert second["similar_to"] is None
    await change(wishing, manager, LIMITS, version=3, similar_days=1, **why)
    third = (await wishing.post(wisher)).json()
    assert third["similar_to"] in {first["id"], second["id"]}
    await assert_books_are_right(make.rooms)
