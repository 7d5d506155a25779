"""Phones and identity numbers that a replay at a hundredth brings along, an ear for every answer on
the wire, and whoever reads everything that can be read."""

import asyncio
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.models.base import Base
from app.replay.couplets.holder import recipients_phone
from app.replay.couplets.plan import Plan
from app.replay.gift_boxes.people import cast_of
from app.replay.gift_boxes.people import recipients_phone as parcels_phone
from app.replay.gift_boxes.plan import Plan as GiftBoxes
from app.replay.members import NewMember, audience
from app.replay.stage import Stage
from app.replay.wire import Answer, Wire
from app.replay.wishes.plan import TELLING, draw_wishes
from tests.factories import auth
from tests.refusals import NOTING

ROOT = Path(__file__).parents[2]
SCALE, SEED = Fraction(1, 100), 7
REVIEWER, MANAGER, STRANGER = "wish_reviewer", "campaign_manager", "M00000001"
READERS = ("administrator", "auditor", "privacy_officer", REVIEWER)
EXPORTS = {
    "wishes.queue": REVIEWER,
    "wishes.service_records": REVIEWER,
    "couplets.reservations": MANAGER,
    "couplets.pickups": MANAGER,
    "gift_boxes.orders": "finance",
}
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COPY = "GET /v1/me/data"
# Of those who write phones down, who read everything afterwards; of those who win, and who buy.
RECIPIENT = "POST /v1/couplets/reservations/{id}/recipient"
PRIZE = "POST /v1/health/prizes/{id}/acceptance"
ORDER = "POST /v1/gift-boxes/orders"
EXPORT_S, POLL_S = 60, 0.1
# Of 200 rows: more than the play leaves anywhere.
PAGES = 40

WISHERS: Sequence[NewMember] = [wish.wisher for wish in draw_wishes(SEED)]
AUDIENCE = audience(Plan.at(SCALE).people)
BUYERS = cast_of(0, GiftBoxes(SCALE))
# Whoever is named to collect a pair is known to its holder, and whom a parcel is for to its buyer.
TOLD = [
    (person.account, number)
    for person in (*WISHERS, *AUDIENCE, *BUYERS.free)
    for number in (person.phone, person.id_number, recipients_phone(person), parcels_phone(person))
]
# As they are written, and as a dump shows bytes.
NUMBERS = {form: account for account, number in TOLD for form in (number, number.encode().hex())}
LENGTHS = sorted({len(form) for form in NUMBERS})
# Few, so that megabytes are soon searched; they may overlap.
STARTS = re.compile(f"(?={'|'.join(sorted({form[:4] for form in NUMBERS}))})")


def whose_numbers(words: str) -> set[str]:
    """The accounts of those whose phone or identity number stands there in clear."""
    starts = [start.start() for start in STARTS.finditer(words)]
    forms = (words[start : start + length] for start in starts for length in LENGTHS)
    return {NUMBERS[form] for form in forms if form in NUMBERS}


@dataclass(frozen=True)
class Heard:
    token: str | None
    place: str
    answer: Answer

    @property
    def words(self) -> str:
        told = [self.answer.headers, self.answer.body]
        # Files are searched byte by byte.
        return json.dumps(told, ensure_ascii=False, default=lambda file: file.decode("latin-1"))

    @property
    def account(self) -> str:
        """The member to whom it was said."""
        assert self.token is not None
        claims = self.token.split(".")[1]
        return str(json.loads(urlsafe_b64decode(claims + "=="))["sub"])


@dataclass
class Ear:
    """Remembers every answer on the wire."""

    heard: list[Heard] = field(default_factory=list)

    def connect(self, url: str) -> Wire:
        ear = self

        class Overheard(Wire):
            async def send(self, method: str, path: str, **more: Any) -> Answer:
                answer = await super().send(method, path, **more)
                place = f"{method} {ID.sub('{id}', path.partition('?')[0])}"
                ear.heard.append(Heard(more.get("token"), place, answer))
                return answer

        return Overheard(url)

    def first_at(self, place: str) -> str:
        """The member who was the first to do that."""
        return next(each.account for each in self.heard if each.place == place)


async def look_everywhere(played: Stage, ear: Ear) -> None:
    """Every page without an id, as wishers who wrote their numbers down, as who named a recipient,
    as a winner, a buyer, a stranger and as the staff who read most; every wish as a stranger."""
    paths: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text())["paths"]
    pages = [path for path, acts in paths.items() if "get" in acts and "{" not in path]
    telling = WISHERS[::TELLING]
    accounts = [STRANGER, *(ear.first_at(place) for place in (RECIPIENT, PRIZE, ORDER))]
    accounts += [wisher.account for wisher in telling[:3]]
    members = [played.member_token(account) for account in accounts]
    for page in pages:
        is_staffs = page.startswith("/v1/admin/")
        for token in [played.staff[role] for role in READERS] if is_staffs else members:
            await read_to_the_end(played.wire, page, token)
    reviewer, stranger = played.staff[REVIEWER], played.member_token(STRANGER)
    for wish in await played.read_all("/v1/admin/wishes", reviewer):
        await played.wire.send("GET", f"/v1/wishes/{wish['id']}", token=stranger)
    for wisher in telling:
        member = f"/v1/admin/members?member_no={wisher.account}"
        await played.wire.send("GET", member, token=reviewer)


async def read_to_the_end(wire: Wire, page: str, token: str | None) -> None:
    """Of a list every page."""
    cursor = ""
    for _ in range(PAGES):
        answer = await wire.send("GET", f"{page}?limit=200{cursor}", token=token)
        following = answer.body.get("next_cursor") if isinstance(answer.body, dict) else None
        if following is None:
            return
        cursor = f"&cursor={following}"
    pytest.fail(f"{page} has no end")


async def exported(url: str, staff: Mapping[str, str]) -> dict[str, str]:
    """Every list of these packs as a file."""
    async with httpx.AsyncClient(base_url=url, event_hooks=NOTING) as client:
        files = await asyncio.gather(
            *(_exported(client, auth(staff[role]), what) for what, role in EXPORTS.items())
        )
    return dict(zip(EXPORTS, files, strict=True))


async def _exported(client: httpx.AsyncClient, headers: dict[str, str], what: str) -> str:
    body = {"what": what, "format": "csv", "filters": {}}
    asked = await client.post("/v1/admin/exports", headers=headers, json=body)
    assert asked.status_code == 202, asked.text
    place = asked.headers["Location"]
    async with asyncio.timeout(EXPORT_S):
        while not await _is_done(client, place, headers):  # noqa: ASYNC110 (a worker does it)
            await asyncio.sleep(POLL_S)
    return (await client.get(f"{place}/file", headers=headers)).text


async def _is_done(client: httpx.AsyncClient, place: str, headers: dict[str, str]) -> bool:
    state = (await client.get(place, headers=headers)).json()["state"]
    assert state in {"queued", "running", "done"}
    return bool(state == "done")


async def tables_with_numbers(engine: AsyncEngine) -> AsyncIterator[str]:
    """Tables of which a row, written out as a dump would, has somebody's number in clear."""
    seen = ""
    async with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = await connection.scalars(text(f'SELECT t::text FROM "{table.name}" t'))
            words = "\n".join(rows)
            seen += words if table.name == "member" else ""
            if whose_numbers(words):
                yield table.name
    assert WISHERS[0].account in seen
