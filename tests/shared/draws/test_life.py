"""A draw from its draft to its last substitute, and what nobody can do to it on the way."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.models.draws import DrawEntry
from app.models.states import PackKind
from app.models.states_draws import SourceKind
from app.platform.db import sqlstate
from app.platform.errors import InputInvalid, NotFound, Refusal, StateConflict
from app.shared.draws import (
    NewPrize,
    NumbersNotPublished,
    NumbersPublished,
    PrizeOverCap,
    Source,
    accept_prize,
    drand_source,
    my_ticket,
)
from app.shared.draws.refusals import DeadlinePassed
from app.shared.draws.rules import MOST_VALUE_FEN
from tests.factories import Factory
from tests.shared.draws.hall import DAY, Hall, faults_of, lottery_numbers
from tests.shared.exports.desk import work_off
from tests.shared.identity.clients import Clients

pytestmark = pytest.mark.anyio

RESTRICTED = "23001"


async def member_of(hall: Hall, entry_id: UUID) -> UUID:
    async with hall.make.rooms.sessions() as session:
        found = await session.scalar(select(DrawEntry.member_id).where(DrawEntry.id == entry_id))
    assert found is not None
    return found


async def assert_refused(hall: Hall, statements: list[str]) -> None:
    """By the tables themselves."""
    for statement in statements:
        with pytest.raises(DBAPIError) as refused:
            async with hall.make.rooms.engine.begin() as connection:
                await connection.execute(text(statement))
        assert sqlstate(refused.value) == RESTRICTED, statement


async def accept(hall: Hall, award_id: UUID, member_id: UUID) -> Any:
    return await accept_prize(
        hall.make.rooms.sessions,
        hall.make.once,
        actor=hall.make.actor,
        pack=PackKind.HEALTH,
        member_id=member_id,
        award_id=award_id,
    )


async def test_a_person_has_one_ticket_and_the_organisers_own_staff_none(hall: Hall) -> None:
    one, clerk = await hall.make.member(), await hall.make.member()
    again = await hall.make.member(person_id=one.person_id)
    draw_id = await hall.opened(excluded=(clerk.member_no,))
    (ticket,) = await hall.enter(one)
    assert await hall.enter(one) == [ticket]
    assert await hall.enter(again) == []
    assert await hall.enter(clerk) == []
    await hall.make.move_clock(DAY)
    assert await hall.enter(await hall.make.member()) == []
    frozen = await hall.freeze(draw_id)
    # The last one was admitted by the rule and had no ticket yet; the clerk is not on the list.
    assert frozen.entrants_count == 2
    assert await hall.faults() == []


async def test_a_list_leaves_out_whom_the_rule_no_longer_admits(hall: Hall) -> None:
    gone, stays = await hall.make.members(2)
    draw_id = await hall.opened(entry_rule={"left_out": [str(gone.id)]})
    await hall.enter(gone)
    await hall.enter(stays)
    await hall.make.move_clock(DAY)
    assert (await hall.freeze(draw_id)).entrants_count == 1
    rooms = hall.make.rooms
    told = await my_ticket(
        rooms.sessions, rooms.clock, pack=PackKind.HEALTH, draw_id=draw_id, member_id=gone.id
    )
    assert told.is_listed is False


async def test_a_prize_over_the_legal_cap_is_refused(hall: Hall) -> None:
    dear = (NewPrize("汽车", "a car", MOST_VALUE_FEN + 1, 1),)
    with pytest.raises(PrizeOverCap):
        await hall.draft(prizes=dear)
    await hall.draft(prizes=(NewPrize("金条", "gold", MOST_VALUE_FEN, 1),))


OF_WHAT_IS_PUBLISHED = [
    "UPDATE draw SET conditions = 'other'",
    "UPDATE draw SET accept_within_h = 1",
    "UPDATE draw SET rules = '{}'",
    "UPDATE draw SET state = 'draft'",
    "UPDATE draw_prize SET value_fen = 1",
    "INSERT INTO draw_prize SELECT gen_random_uuid(), id, 9, 'x', 'x', 1, 1 FROM draw",
    "DELETE FROM draw_prize",
    "DELETE FROM draw_exclusion",
    "DELETE FROM draw",
    "DELETE FROM draw_history",
]


async def test_what_was_published_cannot_be_changed(hall: Hall) -> None:
    clerk = await hall.make.member()
    await hall.opened(excluded=(clerk.member_no,))
    await assert_refused(hall, OF_WHAT_IS_PUBLISHED)


OF_WHAT_IS_DRAWN = [
    "UPDATE draw SET listed = 'other'",
    "UPDATE draw SET public_numbers = '[[1]]'",
    "UPDATE draw SET commitment = 'other'",
    "UPDATE draw_entry SET ticket_no = '0000000000'",
    "UPDATE draw_entry SET is_listed = false",
    "DELETE FROM draw_entry",
    "UPDATE draw_award SET ticket_no = '0000000000'",
    "UPDATE draw_award SET entry_id = (SELECT id FROM draw_entry LIMIT 1), turn = 99",
    "DELETE FROM draw_award",
]


async def test_what_was_drawn_cannot_be_changed(hall: Hall) -> None:
    await hall.drawn(5, 1)
    await assert_refused(hall, OF_WHAT_IS_DRAWN)


async def test_nobody_enters_a_list_that_is_just_being_frozen(hall: Hall) -> None:
    member = await hall.make.member()
    draw_id = await hall.opened()
    await hall.make.move_clock(DAY)
    insert = text("""
        INSERT INTO draw_entry (id, draw_id, member_id, person_id, ticket_no, entered_at)
        VALUES (gen_random_uuid(), :draw, :member, :person, 'ZZZZZZZZZZ', now())""")
    values = {"draw": draw_id, "member": member.id, "person": member.person_id}

    async def slip_in() -> None:
        async with hall.make.rooms.engine.begin() as connection:
            await connection.execute(insert, values)

    rooms = hall.make.rooms
    async with rooms.engine.begin() as holder:
        await holder.execute(text("SELECT FROM draw FOR UPDATE"))
        slipping = asyncio.create_task(slip_in())
        freezing = asyncio.create_task(hall.freeze(draw_id))
        await asyncio.sleep(0.1)
    outcomes = await asyncio.gather(slipping, freezing, return_exceptions=True)
    # Whichever came first, the list is the entries.
    assert not isinstance(outcomes[1], Exception)
    assert await hall.faults() == []


async def test_D19_with_fewer_entrants_than_prizes_some_stay_unawarded(hall: Hall) -> None:
    draw_id = await hall.drawn(2, 1, 4)
    awards = await hall.awards(draw_id)
    assert [award.unit for award in awards] == [1, 2]
    proof = await hall.proof(draw_id)
    assert [winner["ticket_no"] is None for winner in proof["winners"]] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert faults_of(proof) == []
    assert await hall.faults() == []


async def test_a_draw_that_nobody_entered_is_drawn_and_gives_nothing(hall: Hall) -> None:
    draw_id = await hall.drawn(0, 1)
    assert await hall.awards(draw_id) == []
    assert faults_of(await hall.proof(draw_id)) == []


async def test_D18_a_second_draw_and_two_at_once_find_one_set_of_winners(hall: Hall) -> None:
    draw_id = await hall.committed(30, 5)
    numbers = lottery_numbers()
    at_once = [hall.reveal(draw_id, numbers) for _ in range(4)]
    outcomes = await asyncio.gather(*at_once, return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [StateConflict] * 3
    awards = await hall.awards(draw_id)
    assert len({award.ticket_no for award in awards}) == len(awards) == 5
    with pytest.raises(StateConflict):
        await hall.reveal(draw_id, lottery_numbers())
    assert await hall.awards(draw_id) == awards
    assert await hall.faults() == []


async def test_D18_control_without_the_lock_and_the_guard_it_is_drawn_twice(hall: Hall) -> None:
    draw_id = await hall.committed(30, 5)
    rooms = hall.make.rooms
    drops = [
        "ALTER TABLE draw DISABLE TRIGGER draw_rows",
        "ALTER TABLE draw_history DROP CONSTRAINT uq_draw_history_draw_id_number",
    ]
    async with rooms.engine.begin() as connection:
        for statement in drops:
            await connection.execute(text(statement))
    try:
        with Clients(hall.make).without_row_locks():
            at_once = [hall.reveal(draw_id, lottery_numbers()) for _ in range(4)]
            outcomes = await asyncio.gather(*at_once, return_exceptions=True)
        # Several drew it, each by other numbers: those of the last stand under the first's winners.
        assert len([each for each in outcomes if not isinstance(each, Exception)]) > 1
        assert await hall.faults() != []
    finally:
        await _mend(hall.make)


async def _mend(make: Factory) -> None:
    mends = [
        "SET LOCAL session_replication_role = replica",
        "DELETE FROM draw_history",
        "SET LOCAL session_replication_role = origin",
        "ALTER TABLE draw ENABLE TRIGGER draw_rows",
        "ALTER TABLE draw_history ADD CONSTRAINT uq_draw_history_draw_id_number"
        " UNIQUE (draw_id, number)",
    ]
    async with make.rooms.engine.begin() as connection:
        for statement in mends:
            await connection.execute(text(statement))


async def test_the_commitment_comes_before_its_numbers_and_the_draw_after_them(hall: Hall) -> None:
    draw_id = await hall.opened()
    await hall.make.members(3)
    with pytest.raises(StateConflict):
        await hall.freeze(draw_id)
    await hall.make.move_clock(DAY)
    await hall.freeze(draw_id)
    known = Source(SourceKind.LOTTERY, "昨天", hall.now - DAY, "https://example.org/", 1, 0, 99999)
    with pytest.raises(NumbersPublished):
        await hall.commit(draw_id, [known])
    with pytest.raises(InputInvalid):
        await hall.commit(
            draw_id, [Source(SourceKind.LOTTERY, "硬币", hall.now + DAY, "", 1, 0, 1)]
        )
    await hall.commit(draw_id)
    with pytest.raises(NumbersNotPublished):
        await hall.reveal(draw_id)
    await hall.make.move_clock(DAY)
    for wrong in ([[1, 2, 3, 4, 5, 6]], [[1, 2, 3, 4, 5, 5], [1]], [[1, 2, 3, 4, 5, 34], [1]]):
        with pytest.raises(InputInvalid):
            await hall.reveal(draw_id, wrong)
    await hall.reveal(draw_id)


async def test_a_drand_round_is_known_by_its_chain_and_its_time(hall: Hall) -> None:
    default = "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce"
    source = drand_source(default, 1)
    assert source is not None
    assert source.published_at.timestamp() == 1595431050
    later = drand_source(default, 11)
    assert later is not None
    assert (later.published_at - source.published_at).total_seconds() == 300
    assert drand_source("0" * 64, 1) is None
    assert source.could_publish("ab" * 32)
    assert not source.could_publish("AB" * 32)
    assert not source.could_publish([1])
    assert Source.of_json(later.as_json()) == later


async def test_who_does_not_claim_in_time_loses_the_prize_to_the_next_of_the_sequence(
    hall: Hall,
) -> None:
    draw_id = await hall.drawn(10, 2)
    first, second = await hall.awards(draw_id)
    winner = await member_of(hall, first.entry_id)
    with pytest.raises(NotFound):
        await accept(hall, first.id, await member_of(hall, second.entry_id))
    _, accepted = await accept(hall, first.id, winner)
    assert accepted.state == "accepted"
    with pytest.raises(StateConflict):
        await accept(hall, first.id, winner)
    await hall.make.move_clock(3 * DAY)
    late = await member_of(hall, second.entry_id)
    with pytest.raises(DeadlinePassed):
        await accept(hall, second.id, late)
    await work_off(hall.make.rooms)
    awards = await hall.awards(draw_id)
    assert [(each.turn, each.unit, each.state) for each in awards] == [
        (1, 1, "accepted"),
        (2, 2, "expired"),
        (3, 2, "awarded"),
    ]
    with pytest.raises(DeadlinePassed):
        await accept(hall, second.id, late)
    assert faults_of(await hall.proof(draw_id)) == []
    assert await hall.faults() == []


async def test_at_the_last_instant_claiming_and_expiring_meet_and_one_of_them_has_it(
    hall: Hall,
) -> None:
    draw_id = await hall.drawn(10, 1)
    (won,) = await hall.awards(draw_id)
    member_id = await member_of(hall, won.entry_id)
    await hall.make.move_clock(won.accept_before - hall.now)
    outcomes = await asyncio.gather(
        accept(hall, won.id, member_id), hall.settle(draw_id), return_exceptions=True
    )
    states = [award.state.value for award in await hall.awards(draw_id)]
    is_lost = isinstance(outcomes[0], Refusal)
    assert states == (["expired", "awarded"] if is_lost else ["accepted"])
    assert await hall.faults() == []
