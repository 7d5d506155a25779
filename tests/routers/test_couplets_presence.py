"""Viewers of a live session: beacons of members, figures for anybody."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.platform.ids import new_id
from app.routers import event_stream
from app.shared.presence import figures, rules, streams
from tests.coupletting import Couplets
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figure from a second ago; streams end after what they say at once."""
    monkeypatch.setattr(figures, "FRESH_S", 0.0)
    monkeypatch.setattr(rules, "CALM_S", 60.0)
    monkeypatch.setattr(event_stream, "LONGEST_S", 0.0)


@pytest.fixture
async def event_id(client: httpx.AsyncClient, make: Factory) -> str:
    """A session that is live for an hour more."""
    return (await Couplets(client, make).event()).id


def beacon(event_id: object) -> str:
    return f"/v1/couplets/events/{event_id}/presence"


def live(event_id: object) -> str:
    return f"/v1/public/couplets/{event_id}/live"


def events(answer: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """Ids and data of the events of a stream that has ended."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines.get("event") == "figures":
            found.append((lines["id"], json.loads(lines["data"])))
    return found


async def test_members_who_watch_are_counted_and_anybody_sees_how_many(
    client: httpx.AsyncClient, make: Factory, event_id: str
) -> None:
    wang, li = await make.members(2)
    for member in (wang, li, wang):
        answer = await client.post(beacon(event_id), headers=auth(make.token(member)))
        assert (answer.status_code, answer.json()) == (200, {"next_in_s": 30})
    shown = await client.get(live(event_id))
    told = shown.json()
    assert (told["present"], told["members"], told["joins"], told["peak"]) == (2, 2, 2, 2)
    assert (told["id"], told["final"], told["missing"]) == (event_id, False, [])
    assert told["live_from"] < told["peak_at"] <= told["as_of"] < told["live_to"]
    assert shown.headers["cache-control"] == "public, max-age=1"

    # Nothing has changed but the time of asking; then somebody comes.
    etag = {"If-None-Match": shown.headers["etag"]}
    same = await client.get(live(event_id), headers=etag)
    assert (same.status_code, same.content) == (304, b"")
    [zhao] = await make.members(1)
    await client.post(beacon(event_id), headers=auth(make.token(zhao)))
    changed = await client.get(live(event_id), headers=etag)
    assert (changed.status_code, changed.json()["joins"]) == (200, 3)


async def test_the_figures_are_streamed_taken_up_again_and_end_for_good(
    client: httpx.AsyncClient,
    make: Factory,
    event_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [viewer] = await make.members(1)
    await client.post(beacon(event_id), headers=auth(make.token(viewer)))
    streamed = await client.get(live(event_id), headers=STREAM)
    [(last_id, told)] = events(streamed)
    assert (streamed.status_code, told["joins"]) == (200, 1)
    assert streamed.headers["cache-control"] == "no-store"
    assert streamed.text.startswith("retry: ")
    again = await client.get(live(event_id), headers={**STREAM, "Last-Event-ID": last_id})
    assert events(again) == []

    with monkeypatch.context() as patch:
        patch.setattr(streams, "MOST_STREAMS", 0)
        full = await client.get(live(event_id), headers=STREAM)
    assert (full.status_code, full.json()["code"]) == (503, "temporarily_unavailable")
    assert int(full.headers["retry-after"]) > 1
    assert (await client.get(live(event_id))).status_code == 200

    await make.move_clock(2 * HOUR)
    [(final_id, final)] = events(await client.get(live(event_id), headers=STREAM))
    assert (final["final"], final["joins"], final["present"]) == (True, 1, 0)
    over = await client.get(live(event_id), headers={**STREAM, "Last-Event-ID": final_id})
    assert over.status_code == 204
    late = await client.post(beacon(event_id), headers=auth(make.token(viewer)))
    assert (late.status_code, late.json()["next_in_s"] >= 600) == (200, True)


async def test_who_may_not_watch_or_what_is_not_there_is_refused(
    client: httpx.AsyncClient, make: Factory, event_id: str
) -> None:
    [viewer] = await make.members(1)
    token = auth(make.token(viewer))
    refused = [
        await client.post(beacon(event_id)),
        await client.post(beacon(event_id), headers=auth(make.provider.issue("M99999999"))),
        await client.post(beacon(new_id()), headers=token),
        await client.get(live(new_id())),
        await client.get(live(new_id()), headers=STREAM),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (401, "unauthenticated"),
        (403, "member_not_registered"),
        (404, "not_found"),
        (404, "not_found"),
        (404, "not_found"),
    ]


async def test_who_has_watched_and_was_erased_is_nobody_a_moment_later(
    client: httpx.AsyncClient, make: Factory, event_id: str
) -> None:
    """Viewers are remembered from one beacon to the next, but not beyond that."""
    [viewer] = await make.members(1)
    token = make.token(viewer)
    assert (await client.post(beacon(event_id), headers=auth(token))).status_code == 200
    await client.post("/v1/me/erasure", headers=auth(token, key="erase-me-1"))
    async with asyncio.timeout(20):
        while (  # noqa: ASYNC110 - the pulse is another task
            refused := await client.post(beacon(event_id), headers=auth(token))
        ).status_code == 200:
            await asyncio.sleep(0.05)
    assert (refused.status_code, refused.json()["code"]) == (403, "member_not_registered")
