"""Pictures over HTTP: sent by members, shown by links, nobody else's."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.exports.ask import KEPT
from app.shared.files import open_store
from app.shared.files.links import LINK_LIFE
from app.shared.files.refusals import MOST_BYTES
from app.shared.identity.callers import Member
from tests.factories import Factory, auth
from tests.keys import records_held
from tests.shared.exports.desk import work_off
from tests.shared.files.album import Album
from tests.shared.files.samples import HTML, SCRIPT, SECRET, SVG, bomb, encoded, telling

pytestmark = pytest.mark.anyio

FILES = "/v1/files"


class App:
    """A member's app."""

    def __init__(self, client: httpx.AsyncClient, make: Factory, member: Member) -> None:
        self.client, self.member, self.token = client, member, make.token(member)

    async def send(
        self,
        content: bytes,
        *,
        key: str | None = "press-1",
        name: str = "photo.jpg",
        media_type: str = "image/jpeg",
        field: str = "file",
    ) -> httpx.Response:
        return await self.client.post(
            FILES, files={field: (name, content, media_type)}, headers=auth(self.token, key)
        )

    async def sent(self, content: bytes, **more: Any) -> dict[str, Any]:
        answer = await self.send(content, **more)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def get(self, file_id: object) -> httpx.Response:
        return await self.client.get(f"{FILES}/{file_id}", headers=auth(self.token))


@pytest.fixture
async def phone(client: httpx.AsyncClient, make: Factory) -> App:
    return App(client, make, await make.member())


@pytest.fixture
async def no_store(app: FastAPI) -> AsyncIterator[None]:
    """The bucket of this deployment is away."""
    rooms: Rooms = app.state.rooms
    settings = rooms.settings.model_copy(
        update={"files_url": "s3://gifts", "files_s3_endpoint": "http://127.0.0.1:9"}
    )
    app.state.rooms = replace(rooms, store=open_store(settings))
    yield
    app.state.rooms = rooms


async def test_a_picture_is_sent_and_shown_by_its_link_without_a_token(phone: App) -> None:
    shown = await phone.sent(telling("JPEG"))
    assert set(shown) == {"id", "media_type", "bytes", "width", "height", "url", "url_expires_at"}
    assert (shown["media_type"], shown["width"], shown["height"]) == ("image/jpeg", 40, 20)
    picture = await phone.client.get(shown["url"])
    assert picture.status_code == 200
    assert len(picture.content) == shown["bytes"]
    assert Image.open(io.BytesIO(picture.content)).size == (40, 20)
    assert SECRET.encode() not in picture.content


async def test_a_picture_is_shown_as_a_picture_and_kept_by_nobody_in_between(phone: App) -> None:
    shown = await phone.sent(encoded("PNG"))
    headers = (await phone.client.get(shown["url"])).headers
    assert headers["content-type"] == "image/png"
    assert headers["content-disposition"] == f'inline; filename="{shown["id"]}.png"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    scope, age = headers["cache-control"].split(", ")
    assert scope == "private"
    assert 0 < int(age.removeprefix("max-age=")) <= LINK_LIFE.total_seconds()


async def test_a_link_lives_five_minutes_and_its_owner_gets_another(
    phone: App, make: Factory
) -> None:
    shown = await phone.sent(encoded())
    await make.move_clock(LINK_LIFE)
    late = await phone.client.get(shown["url"])
    assert (late.status_code, late.json()["code"]) == (410, "link_expired")
    fresh = (await phone.get(shown["id"])).json()
    assert fresh["url"] != shown["url"]
    assert (await phone.client.get(fresh["url"])).status_code == 200


async def test_a_link_shows_one_picture_and_cannot_be_made_up(phone: App) -> None:
    one, other = await phone.sent(encoded()), await phone.sent(encoded("PNG"), key="press-2")
    for made_up in (
        one["url"].replace(one["id"], other["id"]),
        one["url"].replace("expires=", "expires=9"),
        one["url"][:-2],
        f"/v1/public/files/{one['id']}?expires=9999999999&signature={'0' * 64}",
    ):
        assert (await phone.client.get(made_up)).status_code == 404
    assert (await phone.client.get(f"/v1/public/files/{one['id']}")).status_code == 422


async def test_somebody_elses_picture_is_not_found(
    phone: App, client: httpx.AsyncClient, make: Factory
) -> None:
    shown = await phone.sent(encoded())
    other = App(client, make, await make.member())
    for file_id in (shown["id"], new_id()):
        answer = await other.get(file_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_same_press_again_gets_the_first_answer(phone: App) -> None:
    first = await phone.send(encoded())
    again = await phone.send(encoded(), name="another name.png", media_type="text/plain")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await phone.send(encoded("PNG"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_press_that_comes_again_while_the_first_is_under_way_is_told_so(
    phone: App, make: Factory
) -> None:
    async with records_held(make) as until_waiting:
        first = asyncio.create_task(phone.send(encoded()))
        await until_waiting(first)
        again = await phone.send(encoded())
        assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_in_progress")
        assert again.headers["Retry-After"] == "1"
    assert (await first).status_code == 201


async def test_a_press_without_a_key_sends_nothing(phone: App) -> None:
    answer = await phone.send(encoded(), key=None)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("content", [SVG, HTML, b"", encoded("GIF"), encoded()[:200]])
async def test_what_calls_itself_a_picture_and_is_none_is_refused(
    phone: App, content: bytes
) -> None:
    answer = await phone.send(content, name="photo.png", media_type="image/png")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_picture")


async def test_a_picture_that_calls_itself_something_else_is_what_it_is(phone: App) -> None:
    shown = await phone.sent(encoded("WEBP"), name="../../etc/passwd.svg", media_type="text/html")
    picture = await phone.client.get(shown["url"])
    assert picture.headers["content-type"] == shown["media_type"] == "image/webp"


async def test_what_hides_behind_a_picture_is_never_sent_on(phone: App) -> None:
    shown = await phone.sent(encoded() + SCRIPT)
    assert SCRIPT not in (await phone.client.get(shown["url"])).content


async def test_too_many_pixels_are_refused(phone: App) -> None:
    answer = await phone.send(bomb(50_000, 50_000))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_pixels")
    assert answer.json()["most_pixels"] == 40_000_000


@pytest.mark.parametrize("more", [1, 10 * 1024 * 1024])
async def test_more_than_ten_megabytes_are_too_large_by_little_or_by_much(
    phone: App, more: int
) -> None:
    answer = await phone.send(encoded() + bytes(MOST_BYTES - len(encoded()) + more))
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


async def test_a_form_without_the_file_is_told_where_it_belongs(phone: App) -> None:
    answer = await phone.send(encoded(), field="picture")
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert answer.json()["errors"][0]["pointer"] == "#/file"


@pytest.mark.usefixtures("no_store")
async def test_while_the_store_is_away_nothing_is_promised(phone: App) -> None:
    answer = await phone.send(encoded())
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")


async def test_the_same_press_works_once_the_store_is_back(phone: App, app: FastAPI) -> None:
    rooms: Rooms = app.state.rooms
    nowhere = open_store(rooms.settings.model_copy(update={"files_url": None}))
    app.state.rooms = replace(rooms, store=nowhere)
    assert (await phone.send(encoded())).status_code == 503
    app.state.rooms = rooms
    shown = await phone.sent(encoded())
    assert (await phone.client.get(shown["url"])).status_code == 200


async def test_what_was_attached_to_nothing_is_gone_for_everybody(
    phone: App, rooms: Rooms, make: Factory
) -> None:
    attached, other = await phone.sent(encoded()), await phone.sent(encoded("PNG"), key="press-2")
    await Album(rooms, phone.member).attach(attached["id"])
    await make.move_clock(KEPT)
    await work_off(rooms)
    assert (await phone.get(attached["id"])).status_code == 200
    assert (await phone.get(other["id"])).status_code == 404


async def test_somebody_who_sends_without_end_is_told_to_wait(phone: App) -> None:
    answers = [await phone.send(b"", key=f"press-{each}") for each in range(32)]
    assert answers[-1].json()["code"] == "quota_exceeded"
    assert timedelta(seconds=int(answers[-1].headers["Retry-After"])) <= timedelta(minutes=1)
