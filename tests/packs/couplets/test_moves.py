"""The table of moves: what stands in it is done, every other move is a 409 that changes nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from app.models.states import ReservationState
from app.packs.couplets.rules import MOVES
from app.shared.counter import PassClaims
from app.shared.identity.callers import Member
from tests.coupletting import Couplets, Event, told
from tests.factories import Factory
from tests.packs.couplets.books import assert_couplets_are_right
from tests.routers.test_districts import contents

pytestmark = pytest.mark.anyio

S = ReservationState
# What a member or a desk may try; `release` and `reverse_late` are time's.
Act = Callable[[Couplets, Event, Member, str], Awaitable[httpx.Response]]


async def cancel(
    couplets: Couplets, event: Event, member: Member, reservation_id: str
) -> httpx.Response:
    return await couplets.cancel(member, reservation_id)


async def set_recipient(
    couplets: Couplets, event: Event, member: Member, reservation_id: str
) -> httpx.Response:
    recipient = {"name": "王小明", "phone": "19900001234"}
    return await couplets.of_reservation(member, reservation_id, "recipient", recipient)


async def issue_proxy(
    couplets: Couplets, event: Event, member: Member, reservation_id: str
) -> httpx.Response:
    return await couplets.of_reservation(member, reservation_id, "proxy")


async def collect(
    couplets: Couplets, event: Event, member: Member, reservation_id: str
) -> httpx.Response:
    """By a pass that is good, whatever has become of its reservation."""
    desk = couplets.make.rooms.couplets_desk
    claims = PassClaims(
        UUID(reservation_id), UUID(event.id), couplets.make.rooms.clock.now().replace(microsecond=0)
    )
    return await couplets.pick_up(event, text=desk.passes.sign(claims))


ACTS: dict[str, Act] = {
    "cancel": cancel,
    "set_recipient": set_recipient,
    "issue_proxy": issue_proxy,
    "collect": collect,
}


async def test_every_other_move_is_refused_and_changes_nothing(
    couplets: Couplets, make: Factory
) -> None:
    event = await couplets.event(reserved=3, walk_in=0)
    members = {state: await make.member() for state in (S.COLLECTED, S.CANCELLED, S.NO_SHOW)}
    held = {state: await couplets.reserved(each, event) for state, each in members.items()}
    await couplets.collect(members[S.COLLECTED], held[S.COLLECTED], event)
    await couplets.cancel(members[S.CANCELLED], held[S.CANCELLED])
    await couplets.later(timedelta(days=6, hours=23, minutes=45))
    await couplets.work_off()
    tried = []
    for state, member in members.items():
        assert await couplets.state(member, held[state]) == state
        for name, act in ACTS.items():
            # What is written down late is told by an upload alone (test_desk.py).
            if name in MOVES[state] and state is not S.NO_SHOW:
                continue
            before = await contents(make.rooms)
            status, code = told(await act(couplets, event, member, held[state]))
            assert (status, code) in {(409, "state_conflict"), (409, "already_collected")}, name
            assert await contents(make.rooms) == before
            tried.append((state, name))
    assert len(tried) == 12
    await assert_couplets_are_right(make.rooms)


async def test_every_move_of_a_reservation_that_waits_is_done(
    couplets: Couplets, make: Factory
) -> None:
    event = await couplets.event(reserved=len(ACTS))
    for name, act in ACTS.items():
        assert name in MOVES[S.RESERVED]
        member = await make.member()
        reservation_id = await couplets.reserved(member, event)
        answer = await act(couplets, event, member, reservation_id)
        assert answer.is_success, answer.text
        after = await couplets.state(member, reservation_id)
        assert after == MOVES[S.RESERVED][name]
