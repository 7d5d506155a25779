"""Couplets, the quiz, and advice with visits and talks, played on a real service: every figure is
reached, also after a play that was killed, and the books are right."""

import pytest

from app.replay import couplets
from app.replay.health import advice, contest
from app.replay.health.draw import is_confirmed
from app.replay.stage import Stage
from app.routers.rooms import Rooms
from tests.replay.killed import a_worker, played_again_after_a_kill
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio


async def test_after_plays_that_were_killed_the_next_ones_reach_every_figure(
    hall: Stage, rooms: Rooms
) -> None:
    """All on one stage, as they follow each other in a replay."""
    async with a_worker(rooms):
        last_scene = "couplets: what nobody collected"
        event = await played_again_after_a_kill(hall, couplets.play, last_scene)
        draw = await played_again_after_a_kill(hall, contest.play, "health: the draw")
        # Questions are answered, slots are booked, and somebody may look at everything.
        advised = await played_again_after_a_kill(hall, advice.play, "health: visits")

    assert (event["viewings_by_joins"], event["left_over"]) == (64, 0)
    assert len(await hall.read_all("/v1/admin/couplets/events", hall.staff["desk"])) == 2
    assert draw["quiz_and_draw_entrants"] == 20
    assert (advised["consultations"], advised["pseudonyms_lifted_by_two"]) == (10, 1)
    experts = await hall.read_all("/v1/admin/health/experts", hall.staff["campaign_manager"])
    assert {expert["is_active"] for expert in experts} == {False}
    drawn, left = await hall.read_all("/v1/admin/health/draws", hall.staff["draw_officer"])
    assert (drawn["state"], left["state"]) == ("drawn", "committed")
    await assert_the_proof_is_looked_at(hall, drawn["id"])
    await assert_books_are_right(rooms)


async def assert_the_proof_is_looked_at(hall: Stage, draw_id: str) -> None:
    """One that was tampered with is not confirmed, nor one of another commitment."""
    proof = (await hall.wire.send("GET", f"/v1/public/draws/{draw_id}/proof")).body
    assert await is_confirmed(proof, proof["commitment"])
    assert not await is_confirmed(proof, "0" * 64)
    proof["winners"][0]["ticket_no"] = proof["winners"][1]["ticket_no"]
    assert not await is_confirmed(proof, proof["commitment"])
