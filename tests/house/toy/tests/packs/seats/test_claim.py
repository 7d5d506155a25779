"""Seats over HTTP: as a member's app sees them, and as the books have them afterwards."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from app.models.ledger import LedgerEntry
from app.models.seats import Seat
from app.models.states import ActorKind
from app.packs.seats.talks import create_talk
from app.platform.clock import Clock
from app.routers.rooms import Rooms
from tests.factories import Factory, auth
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

SEATS, MEMBERS, PRESSES = 5, 12, 2


@pytest.fixture
async def talk_id(rooms: Rooms, make: Factory) -> UUID:
    """A talk of tomorrow with five seats."""
    starts_at = rooms.clock.now() + timedelta(days=1)
    return await create_talk(
        rooms.sessions,
        rooms.clock,
        actor=make.actor,
        title="冬季养生讲座",
        seats=SEATS,
        starts_at=starts_at,
    )


def claims(talk_id: UUID) -> str:
    return f"/v1/seats/talks/{talk_id}/claims"


async def test_a_member_has_a_seat_once_however_often_it_is_claimed(
    client: httpx.AsyncClient, rooms: Rooms, make: Factory, talk_id: UUID
) -> None:
    member = await make.member()
    headers = auth(make.token(member), str(uuid4()))
    first = await client.post(claims(talk_id), headers=headers)
    again = await client.post(claims(talk_id), headers=headers)
    other_key = auth(make.token(member), str(uuid4()))
    more = await client.post(claims(talk_id), headers=other_key)
    assert first.status_code == 201, first.text
    assert again.json() == first.json()
    assert (more.status_code, more.json()["code"]) == (409, "limit_reached")
    talk = await client.get(f"/v1/seats/talks/{talk_id}", headers=headers)
    assert talk.json()["free_count"] == SEATS - 1
    copy = (await client.get("/v1/me/data", headers=headers)).json()
    (seats,) = [part for part in copy["kinds"] if part["kind"] == "seats"]
    assert [each["id"] for each in seats["items"]] == [first.json()["id"]]


async def test_nobody_claims_without_a_token_nor_when_the_talk_has_begun(
    client: httpx.AsyncClient, rooms: Rooms, make: Factory
) -> None:
    over = await create_talk(
        rooms.sessions,
        Clock(-timedelta(hours=2)),
        actor=make.actor,
        title="已开始",
        seats=SEATS,
        starts_at=rooms.clock.now() - timedelta(hours=1),
    )
    stranger = await client.post(claims(over), headers={"Idempotency-Key": str(uuid4())})
    assert (stranger.status_code, stranger.json()["code"]) == (401, "unauthenticated")
    late = await client.post(
        claims(over), headers=auth(make.token(await make.member()), str(uuid4()))
    )
    assert (late.status_code, late.json()["code"]) == (409, "talk_closed")


async def test_a_crowd_gets_as_many_seats_as_there_are_and_a_row_of_the_ledger_each(
    client: httpx.AsyncClient, rooms: Rooms, make: Factory, talk_id: UUID
) -> None:
    # What keeps it so is stock's; tests/shared/stock shows what happens without.
    members = await make.members(MEMBERS)
    answers = await asyncio.gather(
        *(
            client.post(claims(talk_id), headers=auth(make.token(member), str(uuid4())))
            for member in members
            for _ in range(PRESSES)
        )
    )
    told = Counter(answer.json().get("code", "seat") for answer in answers)
    assert told["seat"] == SEATS
    assert set(told) <= {"seat", "sold_out", "limit_reached"}
    async with rooms.sessions() as session:
        holders = list(await session.scalars(select(Seat.member_id)))
        entries = list(
            await session.execute(
                select(LedgerEntry.object_id, LedgerEntry.actor_id).where(
                    LedgerEntry.verb == "seats.seat.claim",
                    LedgerEntry.actor_kind == ActorKind.MEMBER,
                )
            )
        )
    assert len(set(holders)) == len(holders) == SEATS
    given = {UUID(answer.json()["id"]) for answer in answers if answer.status_code == 201}
    assert {object_id for object_id, _ in entries} == given
    assert {actor_id for _, actor_id in entries} == set(holders)
    await assert_books_are_right(rooms)


async def test_the_home_page_shows_a_seat_to_claim_and_then_the_seat(
    client: httpx.AsyncClient, make: Factory, talk_id: UUID
) -> None:
    await make.campaign()
    headers = auth(make.token(await make.member()), str(uuid4()))

    async def card() -> tuple[int, list[str]]:
        packs = (await client.get("/v1/me/packs", headers=headers)).json()["packs"]
        (seats,) = [pack for pack in packs if pack["kind"] == "seats"]
        return seats["held"], [act["id"] for act in seats["can"]]

    assert await card() == (0, [str(talk_id)])
    await client.post(claims(talk_id), headers=headers)
    assert await card() == (1, [])
