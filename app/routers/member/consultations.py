"""Advice in confidence: a member asks an expert."""

from uuid import UUID

from fastapi import Request, Response

from app.packs.health import consulting
from app.packs.health.consulting import OwnThread
from app.platform.errors import CursorInvalid, InputInvalid, NotFound, StateConflict
from app.routers.acting import Acting
from app.routers.guard import REQUIRED, MemberCaller, OnceKey, api_router, members_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.base import PageOut
from app.schemas.consultations import (
    ConsultationIn,
    ConsultationOut,
    ListedConsultationOut,
    MessageIn,
    MessageOut,
    OwnMessages,
    ReadIn,
)
from app.shared.consents import ConsentRequired
from app.shared.idempotency import Once
from app.shared.stock.refusals import NotOpen

router = api_router()

CONSULTATIONS = "/v1/health/consultations"
CONSULTATION = CONSULTATIONS + "/{consultation_id}"


@router.post(CONSULTATIONS, status_code=201, summary="发起咨询")
@members_only(key=REQUIRED, refuses=(NotFound, ConsentRequired, NotOpen, StateConflict))
async def open_consultation(
    body: ConsultationIn, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> ConsultationOut:
    """Ask experts of a topic. Advice, no diagnosis: `message.guidance` says whom to call when it
    cannot wait, and where to go for a prescription. One open consultation on a topic."""
    opened = await consulting.open_consultation(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        _answering(once, rooms, 201),
        actor=actor,
        member_id=member.id,
        topic=body.topic,
        is_anonymous=body.anonymous,
        message=body.message(),
    )
    return ConsultationOut.of(opened, rooms.links)


@router.get(CONSULTATIONS, summary="我的咨询")
@members_only(refuses=(CursorInvalid,))
async def list_consultations(
    request: Request, response: Response, member: MemberCaller, rooms: R, page: Paging
) -> PageOut[ListedConsultationOut]:
    """My consultations, the newest first, without what was written."""
    found = await consulting.list_own(rooms.sessions, member_id=member.id, page=page)
    link_next(request, response, found)
    shown = found.map(ListedConsultationOut.of)
    return PageOut[ListedConsultationOut](items=shown.items, next_cursor=shown.next_cursor)


@router.get(CONSULTATION + "/messages", summary="咨询消息")
@members_only(refuses=(CursorInvalid,))
async def list_messages(
    consultation_id: UUID,
    request: Request,
    response: Response,
    member: MemberCaller,
    rooms: R,
    page: Paging,
) -> OwnMessages:
    """What I wrote and what was answered, the oldest first; also when it is closed."""
    own, found = await consulting.read_own(
        rooms.sessions,
        rooms.sealer,
        member_id=member.id,
        consultation_id=consultation_id,
        page=page,
    )
    link_next(request, response, found)
    return OwnMessages(
        items=[MessageOut.of(each, rooms.links) for each in found.items],
        next_cursor=found.next_cursor,
        consultation=ConsultationOut.of(own, rooms.links),
    )


@router.post(CONSULTATION + "/messages", status_code=201, summary="发送咨询消息")
@members_only(key=REQUIRED, refuses=(ConsentRequired, StateConflict))
async def write_message(
    consultation_id: UUID,
    body: MessageIn,
    member: MemberCaller,
    actor: Acting,
    rooms: R,
    once: OnceKey,
) -> ConsultationOut:
    """Write into an open consultation; `message` is what was written, with its `guidance`."""
    written = await consulting.write_message(
        rooms.sessions,
        rooms.clock,
        rooms.sealer,
        _answering(once, rooms, 201),
        actor=actor,
        member_id=member.id,
        consultation_id=consultation_id,
        message=body.message(),
    )
    return ConsultationOut.of(written, rooms.links)


@router.post(CONSULTATION + "/read", summary="标为已读")
@members_only(refuses=(InputInvalid,))
async def mark_read(
    consultation_id: UUID, body: ReadIn, member: MemberCaller, rooms: R
) -> ConsultationOut:
    """I have read up to that message; a mark never goes back."""
    marked = await consulting.mark_read(
        rooms.sessions,
        member_id=member.id,
        consultation_id=consultation_id,
        number=body.number,
    )
    return ConsultationOut.of(marked, rooms.links)


@router.post(CONSULTATION + "/close", summary="结束咨询")
@members_only(key=REQUIRED, refuses=(StateConflict,))
async def close_consultation(
    consultation_id: UUID, member: MemberCaller, actor: Acting, rooms: R, once: OnceKey
) -> ConsultationOut:
    """End it; the expert cannot read it any more from then on."""
    closed = await consulting.close_own(
        rooms.sessions,
        rooms.clock,
        _answering(once, rooms, 200),
        actor=actor,
        member_id=member.id,
        consultation_id=consultation_id,
    )
    return ConsultationOut.of(closed, rooms.links)


def _answering(once: Once, rooms: Rooms, status: int) -> Once:
    def render(own: OwnThread) -> str:
        return ConsultationOut.of(own, rooms.links).model_dump_json()

    return once.answering(status, render)
