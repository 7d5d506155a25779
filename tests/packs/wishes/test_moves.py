"""The table of moves: what stands in it is done, every other move is a 409 that changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from app.models.states import WishState
from app.packs.wishes.rules import CLAIM_AFTER, WISH_MOVES
from app.shared.identity.callers import Member
from tests.packs.wishes.books import assert_wishes_are_right
from tests.routers.test_districts import contents
from tests.wishing import STAFF, Wishing, told

pytestmark = pytest.mark.anyio

# Rows that a refusal may leave, and what a look leaves.
NOT_COMPARED = {"ledger_entry", "ledger_seal"}


@dataclass
class Scene:
    """A wish in some state, with the claim that it is in by, or that has ended before."""

    wishing: Wishing
    wisher: Member
    volunteer: Member
    other: Member
    staff: dict[str, str]
    wish_id: str
    claim_id: str

    async def confirm_by_staff(self) -> httpx.Response:
        return await self.wishing.client.post(
            f"{STAFF}/{self.wish_id}/confirmation",
            headers=self.staff,
            json={"done": True, "reason": "回访"},
        )

    async def review(self, decision: str, **body: object) -> httpx.Response:
        return await self.wishing.review(
            self.wish_id, headers=self.staff, decision=decision, **body
        )


async def setting(wishing: Wishing, state: WishState) -> Scene:
    make = wishing.make
    wisher, volunteer, other = [await make.member() for _ in range(3)]
    needed_by = make.rooms.clock.now() + timedelta(hours=2)
    wish_id = await wishing.opened(wisher, needed_by=needed_by.isoformat())
    claim_id = await wishing.claimed(volunteer, wish_id)
    staff = await wishing.reviewer()
    scene = Scene(wishing, wisher, volunteer, other, staff, wish_id, claim_id)
    for step in ROADS[state]:
        answer = await step(scene)
        assert answer is None or answer.is_success, answer.text
    return scene


async def start(scene: Scene) -> httpx.Response:
    return await scene.wishing.act(scene.volunteer, scene.wish_id, scene.claim_id, "start")


async def submit(scene: Scene) -> httpx.Response:
    return await scene.wishing.act(scene.volunteer, scene.wish_id, scene.claim_id, "submission")


async def release(scene: Scene) -> httpx.Response:
    return await scene.wishing.act(scene.volunteer, scene.wish_id, scene.claim_id, "release")


async def confirm(scene: Scene) -> httpx.Response:
    return await scene.wishing.confirm(scene.wisher, scene.wish_id)


async def deny(scene: Scene) -> httpx.Response:
    return await scene.wishing.confirm(scene.wisher, scene.wish_id, done=False)


async def withdraw(scene: Scene) -> httpx.Response:
    return await scene.wishing.withdraw(scene.wisher, scene.wish_id)


async def approve(scene: Scene) -> httpx.Response:
    return await scene.review("approve")


async def endorse(scene: Scene) -> httpx.Response:
    return await scene.review("approve", flags=["minors"])


async def reject(scene: Scene) -> httpx.Response:
    return await scene.review("reject")


async def dispatch(scene: Scene) -> httpx.Response:
    return await scene.wishing.dispatch(scene.wish_id, scene.other, headers=scene.staff)


async def claim(scene: Scene) -> httpx.Response:
    return await scene.wishing.claim(scene.other, scene.wish_id)


async def rate(scene: Scene) -> httpx.Response:
    return await scene.wishing.rate(scene.wisher, scene.wish_id)


async def wait(scene: Scene) -> None:
    """Past its date, and workers have written that down."""
    await scene.wishing.later(timedelta(hours=3))
    await scene.wishing.work_off()


Act = Callable[[Scene], Awaitable[httpx.Response | None]]
S = WishState
ROADS: dict[WishState, tuple[Act, ...]] = {
    S.PENDING_REVIEW: (start, submit, deny),
    S.OPEN: (release,),
    S.CLAIMED: (),
    S.IN_PROGRESS: (start,),
    S.SUBMITTED: (start, submit),
    S.FULFILLED: (start, submit, confirm),
    S.REJECTED: (start, submit, deny, reject),
    S.WITHDRAWN: (withdraw,),
    S.EXPIRED: (wait,),
}
ACTS: dict[str, Act] = {
    "start": start,
    "submit": submit,
    "release": release,
    "confirm": confirm,
    "deny": deny,
    "withdraw": withdraw,
    "approve": approve,
    "endorse": endorse,
    "reject": reject,
    "dispatch": dispatch,
    "claim": claim,
    "rate": rate,
}
TIMES_OWN = {"lapse", "expire"}
REFUSALS = {"state_conflict", "already_claimed", "claim_expired"}


def test_every_act_is_tried_in_every_state() -> None:
    acts = {act for moves in WISH_MOVES.values() for act in moves}
    assert set(ACTS) == acts - TIMES_OWN
    assert set(ROADS) == set(WISH_MOVES) == set(WishState)
    assert set(CLAIM_AFTER) <= acts


@pytest.mark.parametrize("state", WishState)
async def test_a_move_that_is_not_in_the_table_is_a_409_that_changes_nothing(
    wishing: Wishing, state: WishState
) -> None:
    scene = await setting(wishing, state)
    before = await compared(wishing)
    forbidden = sorted(set(ACTS) - set(WISH_MOVES[state]))
    answers = {act: told(await _answered(ACTS[act], scene)) for act in forbidden}
    assert {status for status, _ in answers.values()} == {409}, answers
    assert {code for _, code in answers.values()} <= REFUSALS, answers
    assert await compared(wishing) == before
    assert told(await scene.confirm_by_staff()) == (409, "state_conflict")
    assert await compared(wishing) == before
    await assert_wishes_are_right(wishing.make.rooms)


@pytest.mark.parametrize(
    ("state", "act"),
    [(state, act) for state, moves in WISH_MOVES.items() for act in moves if act in ACTS],
)
async def test_a_move_in_the_table_leads_where_it_says(
    wishing: Wishing, state: WishState, act: str
) -> None:
    scene = await setting(wishing, state)
    answer = await _answered(ACTS[act], scene)
    assert answer.is_success, answer.text
    assert await wishing.state(scene.wish_id) == WISH_MOVES[state][act]
    opened = await wishing.client.get(f"{STAFF}/{scene.wish_id}", headers=await wishing.reviewer())
    if act != "rate":
        last = opened.json()["moves"][-1]
        assert (last["act"], last["from_state"], last["to_state"]) == (
            act,
            state,
            WISH_MOVES[state][act],
        )
    await assert_wishes_are_right(wishing.make.rooms)


async def _answered(act: Act, scene: Scene) -> httpx.Response:
    answer = await act(scene)
    assert answer is not None
    return answer


async def compared(wishing: Wishing) -> dict[str, str]:
    found = await contents(wishing.make.rooms)
    return {name: digest for name, digest in found.items() if name not in NOT_COMPARED}


async def test_a_move_that_was_made_is_seen_by_the_comparison(wishing: Wishing) -> None:
    """The control."""
    scene = await setting(wishing, WishState.OPEN)
    before = await compared(wishing)
    assert (await withdraw(scene)).is_success
    assert await compared(wishing) != before
