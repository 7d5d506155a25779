"""Advice in confidence, for experts: the queue, a consultation, what cannot wait.

Any expert may call; which consultations are there for the caller, the queries decide.
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from app.models.states import Role
from app.models.states_health import ConsultationState
from app.packs.health import alerts, anonymity, answering
from app.packs.health.consultation_queries import ConsultationFacts
from app.platform.errors import CursorInvalid, StateConflict
from app.routers.acting import Acting
from app.routers.asked import ASKED, asked_answer
from app.routers.guard import OPTIONAL, OnceKey, StaffCaller, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R
from app.schemas.approvals import AskedOut
from app.schemas.base import PageOut, Reason
from app.schemas.consultations import (
    AlertOut,
    AnswerIn,
    HandOverIn,
    MessageOut,
    StaffConsultationOut,
    StaffMessages,
)
from app.shared.approvals import ApprovalPending
from app.shared.idempotency import Once

router = api_router()

CONSULTATIONS = "/v1/admin/health/consultations"
CONSULTATION = CONSULTATIONS + "/{consultation_id}"
ALERTS = "/v1/admin/health/alerts"
EXPERT = Role.EXPERT
OVERSEERS = (EXPERT, Role.CAMPAIGN_MANAGER)


@router.get(CONSULTATIONS, summary="咨询队列")
@staff_only(*OVERSEERS, reads=True, refuses=(CursorInvalid,))
async def list_consultations(
    request: Request,
    response: Response,
    staff: StaffCaller,
    rooms: R,
    page: Paging,
    state: Annotated[
        Literal["waiting", "taken"],
        Query(
            description="`waiting` 等待接诊的队列，等得最久的在前；`taken` 我接下的 · the queue, "
            "who waits longest first; those that I have"
        ),
    ] = "waiting",
) -> PageOut[StaffConsultationOut]:
    """Consultations without what was written and without who asks: of my topics those that wait,
    or those that I have."""
    found = await answering.list_threads(
        rooms.sessions, staff=staff, state=ConsultationState(state), page=page
    )
    link_next(request, response, found)
    shown = found.map(StaffConsultationOut.of)
    return PageOut[StaffConsultationOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(CONSULTATION + "/take", summary="接诊")
@staff_only(EXPERT, verb="health.consultation.take", key=OPTIONAL, refuses=(StateConflict,))
async def take_consultation(
    consultation_id: UUID, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StaffConsultationOut:
    """Take one of my topics out of the queue; of two who take it at once one has it."""
    taken = await answering.take_thread(
        rooms.sessions,
        rooms.clock,
        _answering(once),
        staff=staff,
        actor=actor,
        consultation_id=consultation_id,
    )
    return StaffConsultationOut.of(taken)


@router.get(CONSULTATION + "/messages", summary="查看咨询内容")
@staff_only(EXPERT, verb="health.consultation.read", reads=True, refuses=(CursorInvalid,))
async def list_messages(
    consultation_id: UUID,
    request: Request,
    response: Response,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    page: Paging,
) -> StaffMessages:
    """What was written, in clear, for the expert who has it and the named medical reviewer alone.
    The member can see each look."""
    opened = await answering.read_thread(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        staff=staff,
        actor=actor,
        consultation_id=consultation_id,
        page=page,
    )
    link_next(request, response, opened.messages)
    return StaffMessages.of_opened(opened, rooms.links)


@router.post(CONSULTATION + "/messages", status_code=201, summary="答复咨询")
@staff_only(EXPERT, verb="health.consultation.answer", key=OPTIONAL)
async def answer_consultation(
    consultation_id: UUID,
    body: AnswerIn,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> MessageOut:
    """Advice, no diagnosis and no prescription. The member is told that an answer waits."""
    written = await answering.answer(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        once.answering(201, lambda each: MessageOut.of(each, rooms.links).model_dump_json()),
        staff=staff,
        actor=actor,
        consultation_id=consultation_id,
        text=body.text,
    )
    return MessageOut.of(written, rooms.links)


@router.post(CONSULTATION + "/hand-over", summary="转交咨询")
@staff_only(EXPERT, verb="health.consultation.hand_over", key=OPTIONAL)
async def hand_over_consultation(
    consultation_id: UUID,
    body: HandOverIn,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> StaffConsultationOut:
    """Back to the queue, with a note for the next expert; I cannot read it any more."""
    handed = await answering.hand_over(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        _answering(once),
        staff=staff,
        actor=actor,
        consultation_id=consultation_id,
        note=body.note,
    )
    return StaffConsultationOut.of(handed)


@router.post(CONSULTATION + "/close", summary="结束咨询")
@staff_only(EXPERT, verb="health.consultation.close", key=OPTIONAL)
async def close_consultation(
    consultation_id: UUID, staff: StaffCaller, actor: Acting, rooms: R, once: OnceKey
) -> StaffConsultationOut:
    """End it; I cannot read it any more."""
    closed = await answering.close_thread(
        rooms.sessions,
        rooms.clock,
        _answering(once),
        staff=staff,
        actor=actor,
        consultation_id=consultation_id,
    )
    return StaffConsultationOut.of(closed)


@router.post(
    CONSULTATION + "/identity",
    status_code=202,
    summary="申请解除匿名",
    responses=ASKED,
    response_model=AskedOut,
)
@staff_only(
    EXPERT,
    verb="health.consultation.ask_identity",
    key=OPTIONAL,
    refuses=(StateConflict, ApprovalPending),
)
async def ask_identity(
    consultation_id: UUID,
    body: Reason,
    staff: StaffCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> Response:
    """Ask for the name and phone behind a pseudonym, so that somebody can be helped. A second
    person decides; the member is told."""
    asked = await anonymity.ask_identity(
        rooms.sessions,
        rooms.clock,
        once,
        staff=staff,
        actor=actor,
        consultation_id=consultation_id,
        reason=body.reason,
    )
    return asked_answer(asked)


@router.get(ALERTS, summary="紧急警示")
@staff_only(*OVERSEERS, reads=True, refuses=(CursorInvalid,))
async def list_alerts(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    acknowledged: Annotated[
        bool | None, Query(description="只看已确认或未确认的 · with or without the mark")
    ] = None,
) -> PageOut[AlertOut]:
    """Words of members that cannot wait, the oldest first, without the words and without names."""
    found = await alerts.list_alerts(rooms.sessions, page=page, acknowledged=acknowledged)
    link_next(request, response, found)
    shown = found.map(AlertOut.of)
    return PageOut[AlertOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(ALERTS + "/{alert_id}/acknowledgement", summary="确认已处理警示")
@staff_only(*OVERSEERS, verb="health.alert.acknowledge", key=OPTIONAL, refuses=(StateConflict,))
async def acknowledge_alert(
    alert_id: UUID, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> AlertOut:
    """Say that I look after it, and how."""
    seen = await alerts.acknowledge(
        rooms.sessions,
        rooms.clock,
        once.answering(200, lambda each: AlertOut.of(each).model_dump_json()),
        actor=actor,
        alert_id=alert_id,
        reason=body.reason,
    )
    return AlertOut.of(seen)


def _answering(once: Once) -> Once:
    def render(thread: ConsultationFacts) -> str:
        return StaffConsultationOut.of(thread).model_dump_json()

    return once.answering(200, render)
