"""One's own account over HTTP: second factor, sign-ins, password; and what an administrator does
about those of others."""

import base64
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import anyio
import httpx
import pytest

from app.main import create_app
from app.models.states import Role
from app.platform.ids import new_id
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared.idempotency import Once
from app.shared.identity import staff, totp
from app.shared.ledger import Actor
from tests.factories import Factory, auth
from tests.refusals import NOTING

pytestmark = pytest.mark.anyio

TOKEN, STAFF, ME = "/v1/oauth/token", "/v1/admin/staff", "/v1/admin/me"
FACTOR, SESSIONS = ME + "/second-factor", ME + "/sessions"
NAME, PASSWORD = "林主任", "correct horse battery"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)


@dataclass
class Person:
    """Somebody of the staff at a browser."""

    client: httpx.AsyncClient
    token: str = ""
    secret: bytes = b""

    @property
    def headers(self) -> dict[str, str]:
        return auth(self.token)

    def code(self, drift: int = 0) -> str:
        return totp.code_of(self.secret, int(time.time()) // totp.STEP_S + drift)

    async def try_to_sign_in(
        self, password: str = PASSWORD, *, headers: dict[str, str] | None = None, **more: str
    ) -> httpx.Response:
        form = {"grant_type": "password", "username": NAME, "password": password, **more}
        headers = {"User-Agent": CHROME, "Accept-Language": "en", **(headers or {})}
        return await self.client.post(TOKEN, data=form, headers=headers)

    async def sign_in(self, password: str = PASSWORD, **more: str) -> None:
        answer = await self.try_to_sign_in(password, **more)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]

    async def post(self, path: str, **body: str) -> httpx.Response:
        return await self.client.post(
            path, headers=self.headers | {"User-Agent": CHROME}, json=body or None
        )

    async def enrol(self) -> None:
        """With the code of this half minute, which is used by it."""
        begun = (await self.post(FACTOR)).json()
        self.secret = totp.read_secret(begun["secret"])
        confirmed = await self.post(f"{FACTOR}/confirmation", password=PASSWORD, totp=self.code())
        assert confirmed.status_code == 200, confirmed.text

    async def until(self, path: str, status: int) -> int:
        """Ask until the answer has that status, for two seconds at most."""
        end = time.monotonic() + 2
        while True:
            answer = await self.client.get(path, headers=self.headers)
            if answer.status_code == status or time.monotonic() > end:
                return answer.status_code
            await anyio.sleep(0.05)


@pytest.fixture
async def person(client: httpx.AsyncClient, rooms: Rooms, make: Factory) -> Person:
    await hire(rooms, make.once)
    person = Person(client)
    await person.sign_in()
    return person


async def hire(rooms: Rooms, once: Once) -> None:
    await staff.create_staff(
        rooms.sessions,
        rooms.clock,
        once,
        actor=Actor.system("test", rooms.digester),
        name=NAME,
        password=PASSWORD,
        roles=[Role.ADMINISTRATOR],
    )


async def test_an_authenticator_is_shown_the_secret_as_text_address_and_picture(
    person: Person,
) -> None:
    answer = await person.post(FACTOR)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    begun = answer.json()
    address = urlsplit(begun["otpauth_uri"])
    assert address.path == quote(f"/五大礼包:{NAME}", safe="/:")
    assert parse_qs(address.query)["secret"] == [begun["secret"]]
    kind, _, picture = begun["qr"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(picture).lstrip().startswith(b"<?xml")


async def test_the_six_digits_are_the_client_secret_of_the_token_request(person: Person) -> None:
    await person.enrol()
    refused = await person.try_to_sign_in()
    assert (refused.status_code, refused.json()["error"]) == (400, "mfa_required")
    assert "client_secret" in refused.json()["error_description"]
    wrong = await person.try_to_sign_in(client_secret="000000")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    await person.sign_in(client_secret=person.code(1))
    assert (await person.client.get(ME, headers=person.headers)).json()["enrolled_at"]


async def test_swagger_ui_sends_them_in_a_basic_header(person: Person) -> None:
    """Its dialog does so unless told otherwise, and sends an empty pair when they are left out."""
    nothing = {"Authorization": "Basic " + base64.b64encode(b":").decode()}
    assert (await person.try_to_sign_in(headers=nothing)).status_code == 200
    await person.enrol()
    refused = await person.try_to_sign_in(headers=nothing)
    assert refused.json()["error"] == "mfa_required"
    pair = base64.b64encode(f":{person.code(1)}".encode()).decode()
    answer = await person.try_to_sign_in(headers={"Authorization": f"Basic {pair}"})
    assert answer.status_code == 200, answer.text


async def test_what_is_refused_says_what_was_wrong(person: Person) -> None:
    begun = (await person.post(FACTOR)).json()
    person.secret = totp.read_secret(begun["secret"])
    for password, code, problem in (
        ("wrong horse battery", person.code(), "password_wrong"),
        (PASSWORD, "000000", "second_factor_wrong"),
    ):
        answer = await person.post(f"{FACTOR}/confirmation", password=password, totp=code)
        assert (answer.status_code, answer.json()["code"]) == (403, problem)
    for code in ("12345", "1234567", "abcdef", ""):
        answer = await person.post(f"{FACTOR}/confirmation", password=PASSWORD, totp=code)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/totp")
    removal = await person.post(f"{FACTOR}/removal", password=PASSWORD, totp=person.code())
    assert (removal.status_code, removal.json()["code"]) == (409, "state_conflict")


async def test_it_is_taken_away_with_password_and_code(person: Person) -> None:
    await person.enrol()
    for password, code, problem in (
        ("wrong horse battery", person.code(1), "password_wrong"),
        (PASSWORD, "000000", "second_factor_wrong"),
    ):
        answer = await person.post(f"{FACTOR}/removal", password=password, totp=code)
        assert (answer.status_code, answer.json()["code"]) == (403, problem)
    again = await person.post(FACTOR)
    assert (again.status_code, again.json()["state"]) == (409, "enrolled")
    removed = await person.post(f"{FACTOR}/removal", password=PASSWORD, totp=person.code(1))
    assert (removed.status_code, removed.json()["enrolled_at"]) == (200, None)
    await person.sign_in()


async def test_a_repeat_with_the_same_key_is_the_same_act(person: Person) -> None:
    begun = (await person.post(FACTOR)).json()
    person.secret = totp.read_secret(begun["secret"])
    body = {"password": PASSWORD, "totp": person.code()}
    headers = auth(person.token, "confirm-once")
    first = await person.client.post(f"{FACTOR}/confirmation", headers=headers, json=body)
    again = await person.client.post(f"{FACTOR}/confirmation", headers=headers, json=body)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_an_administrator_takes_away_a_lost_one_with_a_reason(
    person: Person, make: Factory
) -> None:
    await person.enrol()
    me = (await person.client.get(ME, headers=person.headers)).json()
    administrator, path = auth(await make.staff()), f"{STAFF}/{me['id']}/second-factor/removal"
    silent = await person.client.post(path, headers=administrator, json={})
    assert silent.status_code == 422
    removed = await person.client.post(path, headers=administrator, json={"reason": "手机丢失"})
    assert (removed.status_code, removed.json()["second_factor"]) == (200, False)
    await person.sign_in()


async def test_sign_ins_are_listed_and_one_is_ended_within_a_second_or_so(person: Person) -> None:
    lost = Person(person.client)
    await lost.sign_in()
    listed = (await person.client.get(SESSIONS, headers=person.headers)).json()["items"]
    assert [each["agent"] for each in listed] == ["Chrome, Windows"] * 2
    assert {each["address"] for each in listed} == {"127.0.0.1"}
    me = (await person.client.get(ME, headers=person.headers)).json()
    (other,) = [each["id"] for each in listed if each["id"] != me["session_id"]]
    ended = await person.client.delete(f"{SESSIONS}/{other}", headers=person.headers)
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    assert await lost.until(ME, 401) == 401
    assert await person.until(ME, 200) == 200
    again = await person.client.delete(f"{SESSIONS}/{other}", headers=person.headers)
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    active = await person.client.get(SESSIONS, headers=person.headers, params={"active": True})
    assert [each["id"] for each in active.json()["items"]] == [me["session_id"]]


async def test_signing_out_is_ending_ones_own_sign_in(person: Person) -> None:
    me = (await person.client.get(ME, headers=person.headers)).json()
    await person.client.delete(f"{SESSIONS}/{me['session_id']}", headers=person.headers)
    assert await person.until(ME, 401) == 401


async def test_somebody_elses_sign_in_is_404(person: Person, make: Factory) -> None:
    token = await make.staff(Role.DESK)
    theirs = (await person.client.get(ME, headers=auth(token))).json()["session_id"]
    for session_id in (theirs, new_id()):
        answer = await person.client.delete(f"{SESSIONS}/{session_id}", headers=person.headers)
        assert answer.status_code == 404


async def test_an_administrator_sees_an_accounts_sign_ins_and_ends_them(
    person: Person, make: Factory
) -> None:
    me = (await person.client.get(ME, headers=person.headers)).json()
    administrator, path = auth(await make.staff()), f"{STAFF}/{me['id']}/sessions"
    listed = (await person.client.get(path, headers=administrator)).json()["items"]
    assert [each["id"] for each in listed] == [me["session_id"]]
    ended = await person.client.delete(path, headers=administrator)
    assert ended.json() == {"ended_count": 1}
    assert await person.until(ME, 401) == 401
    assert (await person.client.delete(path, headers=administrator)).json() == {"ended_count": 0}
    unknown = f"{STAFF}/{new_id()}/sessions"
    assert (await person.client.get(unknown, headers=administrator)).status_code == 404
    assert (await person.client.delete(unknown, headers=administrator)).status_code == 404


async def test_ones_own_password_is_changed_with_the_present_one(person: Person) -> None:
    other = Person(person.client)
    await other.sign_in()
    path = f"{ME}/password"
    wrong = await person.post(path, password="wrong horse battery", new_password="x" * 12)
    assert (wrong.status_code, wrong.json()["code"]) == (403, "password_wrong")
    short = await person.post(path, password=PASSWORD, new_password="short")
    assert (short.status_code, short.json()["errors"][0]["pointer"]) == (422, "#/new_password")
    fresh = "another horse battery"
    assert (await person.post(path, password=PASSWORD, new_password=fresh)).status_code == 200
    assert await other.until(ME, 401) == 401
    assert await person.until(ME, 200) == 200
    assert (await person.try_to_sign_in()).json()["error"] == "invalid_grant"
    await person.sign_in(fresh)


async def test_districts_are_set_when_an_account_is_made_and_later(
    client: httpx.AsyncClient, make: Factory
) -> None:
    administrator = auth(await make.staff())
    new: dict[str, Any] = {"name": "市南", "roles": ["store_manager"], "districts": ["shinan"]}
    made = (await client.post(STAFF, headers=administrator, json=new)).json()
    assert made["districts"] == ["shinan"]
    path = f"{STAFF}/{made['id']}/districts"
    for districts in (["laixi", "jimo"], None):
        changed = await client.post(path, headers=administrator, json={"districts": districts})
        assert changed.json()["districts"] == (districts and sorted(districts))
    for wrong in ([], ["atlantis"]):
        answer = await client.post(path, headers=administrator, json={"districts": wrong})
        assert answer.status_code == 422, wrong
    missing = await client.post(path, headers=administrator, json={})
    assert missing.status_code == 422


@pytest.fixture
async def strict(settings: Settings, rooms: Rooms, make: Factory) -> AsyncIterator[Person]:
    """On a deployment whose administrators need a second factor."""
    await hire(rooms, make.once)
    app = create_app(settings.model_copy(update={"second_factor_roles": "administrator"}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", event_hooks=NOTING
        ) as client:
            yield Person(client)


async def test_where_a_role_demands_one_nothing_works_before_it_is_enrolled_but_enrolling(
    strict: Person,
) -> None:
    await strict.sign_in()
    for path in (STAFF, "/v1/admin/stores"):
        answer = await strict.client.get(path, headers=strict.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    me = (await strict.client.get(ME, headers=strict.headers)).json()
    assert (me["second_factor_required"], me["enrolled_at"]) == (True, None)
    await strict.enrol()
    assert await strict.until(STAFF, 200) == 200
    await strict.sign_in(client_secret=strict.code(1))
    assert (await strict.client.get(STAFF, headers=strict.headers)).status_code == 200
