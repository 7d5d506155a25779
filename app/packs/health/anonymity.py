"""A pseudonym is lifted by two people with a reason: whoever has the consultation asks, the privacy
officer or the administrator agrees. The member is told, and sees it in the list of looks."""

from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.consultations import HealthConsultation
from app.models.states import Role
from app.models.states_health import ConsultationState
from app.packs.health.consultation_life import consultation_act
from app.packs.health.consultation_queries import (
    ConsultationFacts,
    find_thread,
    held_by,
)
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import StateConflict, Words
from app.shared.approvals import ApprovalKind, Approved, Asked, Payload, Proposal, propose
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, StaffMember
from app.shared.ledger import write
from app.shared.outbox import NewJob, put
from app.shared.personal_data import AccessKind, hold_account, log_access

LIFT = AccessKind(
    "health.lift",
    Words(
        "经两人批准，您匿名咨询的真实姓名和电话已向为您解答的专家显示。",
        "Two people agreed to show your name and phone number to the expert whom you asked "
        "without a name.",
    ),
)
TELL_LIFTED = "health.tell_lifted"


async def ask_identity(
    sessions: Sessions,
    clock: Clock,
    once: Once,
    *,
    staff: StaffMember,
    actor: Actor,
    consultation_id: UUID,
    reason: str,
) -> Asked:
    """Ask who it is, by the expert who has the consultation. Nothing is shown yet.

    Raises `NotFound`, `StateConflict` (there is no pseudonym, or it was lifted),
    `ApprovalPending`.
    """
    allowed = held_by(staff.id)
    async with sessions.begin() as session:
        of_thread = HealthConsultation.id == consultation_id
        await once.first(session, about=select(HealthConsultation.id).where(of_thread))
        await _lock(session, consultation_id, allowed)
        now = clock.now()
        proposal = Proposal(
            object_id=consultation_id,
            payload={},
            summary=Words(
                "向为其解答的专家显示一位匿名咨询者的姓名和电话",
                "Show the name and phone number of somebody who asked without a name to the expert "
                "who answers",
            ),
            reason=reason,
        )
        asked = await propose(session, once, LIFT_ANONYMITY, proposal, actor=actor)
        assert asked is not None, "a kind that is not measured always needs a second person"
        act = consultation_act(actor, "ask_identity", consultation_id, {}, now, reason)
        await write(session, [act])
    return asked


async def _check(session: AsyncSession, object_id: UUID, payload: Payload) -> None:
    thread = await _lock(session, object_id, HealthConsultation.id == object_id)
    if thread.state is not ConsultationState.TAKEN:
        raise StateConflict(state=thread.state.value)
    if thread.pseudonym is None or thread.lifted_at is not None:
        raise StateConflict(state="named")


async def _lock(
    session: AsyncSession, consultation_id: UUID, allowed: ColumnElement[bool]
) -> ConsultationFacts:
    """Behind its member, to whom the look will be told. Raises `NotFound`."""
    thread = await find_thread(session, consultation_id, allowed)
    await hold_account(session, thread.member_id)
    return await find_thread(session, consultation_id, allowed, locked=True)


async def _perform(
    session: AsyncSession, approved: Approved, actor: Actor, *, clock: Clock
) -> None:
    now = clock.now()
    of_thread = HealthConsultation.id == approved.object_id
    thread = await find_thread(session, approved.object_id, of_thread)
    await session.execute(update(HealthConsultation).where(of_thread).values(lifted_at=now))
    assert actor.id is not None, "staff approve"
    await log_access(
        session,
        clock,
        LIFT,
        staff_id=actor.id,
        roles=actor.roles,
        member_ids=[thread.member_id],
    )
    changes = {"lifted_at": (None, now)}
    await write(
        session,
        [consultation_act(actor, "lift_anonymity", thread.id, changes, now, approved.why)],
    )
    await put(session, NewJob(TELL_LIFTED, {"consultation_id": thread.id}))


LIFT_ANONYMITY = ApprovalKind(
    name="health.lift_anonymity",
    object_kind="consultation",
    deciders=frozenset({Role.PRIVACY_OFFICER}),
    check=_check,
    perform=_perform,
    measured=False,
)
