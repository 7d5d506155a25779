"""What becomes of an approval: every move, every other move, its deadline, what fails."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.models.approvals import Approval
from app.models.outbox import Job
from app.models.states import ApprovalState, Role
from app.platform.errors import Forbidden, StateConflict, TemporarilyUnavailable
from app.registrations import all_approval_kinds, check_names
from app.shared.approvals import APPROVAL_MOVES, ApprovalPending, OwnApproval, approval_state
from app.shared.approvals.jobs import HANDLERS
from app.shared.approvals.rules import is_over, loosens
from app.shared.identity.callers import Actor
from tests.factories import Factory
from tests.shared.approvals.office import LIVES, Entrance, Office, outcome

pytestmark = pytest.mark.anyio


class Closed(Entrance):
    """Where nobody gets through today."""

    async def pass_through(self) -> None:
        raise TemporarilyUnavailable()


class Two:
    """Who asks, who decides, and about what."""

    def __init__(self, asker: Actor, decider: Actor, store_id: UUID) -> None:
        self.asker, self.decider, self.store_id = asker, decider, store_id


@pytest.fixture
async def two(office: Office, make: Factory) -> Two:
    return Two(
        await office.actor(Role.CAMPAIGN_MANAGER),
        await office.actor(Role.FINANCE),
        await make.store(),
    )


End = Callable[[Office, Two, UUID], Awaitable[object]]


async def approve(office: Office, two: Two, approval_id: UUID) -> object:
    return await office.decide(two.decider, approval_id)


async def reject(office: Office, two: Two, approval_id: UUID) -> object:
    return await office.decide(two.decider, approval_id, "reject")


async def withdraw(office: Office, two: Two, approval_id: UUID) -> object:
    return await office.withdraw(two.asker, approval_id)


ENDS: dict[str, End] = {"approve": approve, "reject": reject, "withdraw": withdraw}
ENDED = [state for state in ApprovalState if state is not ApprovalState.PENDING]


@pytest.mark.parametrize("act", ENDS)
async def test_what_is_pending_moves_as_the_table_says(office: Office, two: Two, act: str) -> None:
    approval_id = await office.ask(two.asker, two.store_id)
    await ENDS[act](office, two, approval_id)
    assert await office.state(approval_id) == APPROVAL_MOVES[ApprovalState.PENDING][act]
    assert await office.effects(two.store_id) == (act == "approve")


@pytest.mark.parametrize("act", ENDS)
@pytest.mark.parametrize("state", ENDED)
async def test_what_has_ended_is_moved_by_nothing(
    office: Office, two: Two, state: ApprovalState, act: str
) -> None:
    assert not APPROVAL_MOVES[state]
    approval_id = await office.ask(two.asker, two.store_id)
    await put_into(office, two, approval_id, state)
    refused = await outcome(ENDS[act](office, two, approval_id))
    assert isinstance(refused, StateConflict)
    assert refused.facts == {"state": state}
    assert await office.state(approval_id) == state
    assert await office.effects(two.store_id) == 0


async def put_into(office: Office, two: Two, approval_id: UUID, state: ApprovalState) -> None:
    values: dict[str, object] = {"state": state}
    if state is not ApprovalState.LAPSED:
        by = two.asker if state is ApprovalState.WITHDRAWN else two.decider
        now = office.rooms.clock.now()
        values |= {"decided_by": by.id, "decided_at": now, "decision_reason": "测试"}
    if state is ApprovalState.FAILED:
        values["refusal"] = "version_stale"
    async with office.rooms.sessions.begin() as session:
        await session.execute(update(Approval).where(Approval.id == approval_id).values(**values))


async def test_nobody_approves_their_own_whatever_their_roles(
    office: Office, make: Factory
) -> None:
    store_id, both = await make.store(), await office.actor(Role.ADMINISTRATOR, Role.FINANCE)
    approval_id = await office.ask(both, store_id)
    for decision in ("approve", "reject"):
        with pytest.raises(OwnApproval):
            await office.decide(both, approval_id, decision)
    assert await office.state(approval_id) == "pending"


async def test_the_database_refuses_an_own_decision_too(office: Office, two: Two) -> None:
    approval_id = await office.ask(two.asker, two.store_id)
    two.decider = two.asker
    with pytest.raises(IntegrityError, match="nobody_decides_their_own"):
        await put_into(office, two, approval_id, ApprovalState.APPROVED)


async def test_a_role_that_does_not_decide_the_kind_is_turned_away(
    office: Office, two: Two
) -> None:
    approval_id = await office.ask(two.asker, two.store_id)
    with pytest.raises(Forbidden):
        await office.decide(await office.actor(Role.CAMPAIGN_MANAGER), approval_id)
    assert (await office.decide(await office.actor(), approval_id)).state == "approved"


async def test_only_who_asked_withdraws(office: Office, two: Two) -> None:
    approval_id = await office.ask(two.asker, two.store_id)
    with pytest.raises(Forbidden):
        await office.withdraw(await office.actor(), approval_id)


async def test_a_job_or_a_command_cannot_ask(office: Office, make: Factory) -> None:
    with pytest.raises(Forbidden):
        await office.ask(make.actor, await make.store())


async def test_the_same_act_on_the_same_object_waits_once(
    office: Office, two: Two, make: Factory
) -> None:
    first = await office.ask(two.asker, two.store_id)
    with pytest.raises(ApprovalPending) as refused:
        await office.ask(two.decider, two.store_id)
    assert refused.value.facts == {"approval_id": str(first)}
    await office.ask(two.asker, await make.store())
    await reject(office, two, first)
    assert await office.ask(two.asker, two.store_id) != first


async def test_what_nobody_decides_lapses_when_it_is_read_and_is_tidied_by_its_deadline(
    office: Office, two: Two
) -> None:
    approval_id = await office.ask(two.asker, two.store_id)
    async with office.rooms.sessions() as session:
        job = (await session.scalars(select(Job).where(Job.kind.in_(HANDLERS)))).one()
        asked = await session.get_one(Approval, approval_id)
    assert job.payload == {"approval_id": str(approval_id)}
    assert job.due_at == asked.expires_at == asked.asked_at + LIVES
    await office.lapse(approval_id)
    assert await office.state(approval_id) == "pending"
    await office.make.move_clock(LIVES + timedelta(seconds=1))
    refused = await outcome(approve(office, two, approval_id))
    assert isinstance(refused, StateConflict)
    assert refused.facts == {"state": "lapsed"}
    assert await office.state(approval_id) == "pending"
    for _ in range(2):
        await office.lapse(approval_id)
    assert await office.state(approval_id) == "lapsed"
    assert await office.acts(approval_id) == ["approval.ask", "approval.lapse"]


async def test_what_has_lapsed_does_not_keep_the_next_from_being_asked_for(
    office: Office, two: Two
) -> None:
    first = await office.ask(two.asker, two.store_id)
    await office.make.move_clock(LIVES)
    second = await office.ask(two.asker, two.store_id)
    assert await office.state(first) == "lapsed"
    assert await office.state(second) == "pending"


async def test_an_act_that_is_not_possible_just_now_stays_to_be_decided(
    office: Office, two: Two
) -> None:
    approval_id = await office.ask(two.asker, two.store_id)
    office.entrance = Closed()
    with pytest.raises(TemporarilyUnavailable):
        await approve(office, two, approval_id)
    assert await office.state(approval_id) == "pending"


async def test_amounts_are_counted_together_for_a_day_and_for_each_object_alone(
    office: Office, two: Two, make: Factory
) -> None:
    await office.set_threshold(5)
    assert await office.add(two.asker, two.store_id, 5) is None
    assert await office.add(two.asker, await make.store(), 5) is None
    assert await office.add(two.asker, two.store_id, 0) is None
    assert await office.add(two.asker, two.store_id, 1) is not None
    await office.make.move_clock(timedelta(hours=24))
    assert await office.add(two.asker, two.store_id, 5) is None


async def test_what_was_done_before_there_was_a_threshold_counts(office: Office, two: Two) -> None:
    assert await office.add(two.asker, two.store_id, 9) is None
    await office.set_threshold(5)
    assert await office.add(two.asker, two.store_id, 1) is not None


def test_a_threshold_is_what_one_may_still_do_alone() -> None:
    assert not is_over(5, alone_fen=2, amount_fen=3)
    assert is_over(5, alone_fen=3, amount_fen=3)
    assert is_over(0, alone_fen=0, amount_fen=1)
    assert not is_over(0, alone_fen=9, amount_fen=0)
    assert not is_over(None, alone_fen=9, amount_fen=9)


def test_a_threshold_is_loosened_by_raising_it_or_taking_it_away() -> None:
    assert [loosens(None, 0), loosens(5, 4), loosens(5, 5)] == [False] * 3
    assert [loosens(5, 6), loosens(5, None), loosens(0, None)] == [True] * 3


def test_only_what_is_pending_lapses() -> None:
    now = datetime(2023, 1, 5, tzinfo=UTC)
    for state in ApprovalState:
        lapses = state in {ApprovalState.PENDING, ApprovalState.LAPSED}
        assert (approval_state(state, now, now) is ApprovalState.LAPSED) == lapses
    later = now + timedelta(microseconds=1)
    assert approval_state(ApprovalState.PENDING, later, now) is ApprovalState.PENDING


def test_kinds_are_found_where_packs_and_rooms_keep_them() -> None:
    found = {kind.name for kind in all_approval_kinds()}
    assert found >= {"breakfast.budget", "approvals.threshold"}


def test_a_kind_begins_with_the_name_of_its_home() -> None:
    with pytest.raises(ValueError, match="breakfast"):
        check_names("app.packs.breakfast", ["wishes.something"])
