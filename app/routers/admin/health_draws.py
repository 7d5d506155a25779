"""Draws for staff. All that decides who wins takes two people: 202 until the second agreed."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.models.states import PackKind, Role
from app.models.states_draws import DrawState
from app.packs.health.draws import QUIZ_SOURCE, subject_of
from app.platform.errors import CursorInvalid, NotFound, StateConflict, VersionStale
from app.routers.acting import Acting
from app.routers.asked import ASKED, asked_answer
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.paging import Paging, link_next
from app.routers.rooms import R, Rooms
from app.schemas.approvals import AskedOut
from app.schemas.base import PageOut, Reason
from app.schemas.draws_desk import (
    CommitIn,
    DisqualificationIn,
    DrawChange,
    DrawIn,
    EntryIn,
    ListedDrawOut,
    RevealIn,
    StaffDrawOut,
)
from app.schemas.seed_ids import FIRST_DRAW_ID
from app.shared import draws
from app.shared.approvals import ApprovalPending
from app.shared.draws import (
    DrawFacts,
    NumbersNotPublished,
    NumbersPublished,
    PrizeOverCap,
    PublicDraw,
)

router = api_router()

DRAWS = "/v1/admin/health/draws"
DRAW = DRAWS + "/{draw_id}"
OFFICER, PACK = Role.DRAW_OFFICER, PackKind.HEALTH
ASKERS = (OFFICER, Role.CAMPAIGN_MANAGER)
READERS = (*ASKERS, Role.QUIZ_MANAGER)
DrawId = Annotated[UUID, Path(examples=[str(FIRST_DRAW_ID)])]


@router.get(DRAWS, summary="抽奖清单")
@staff_only(*READERS, reads=True, refuses=(CursorInvalid,))
async def list_draws(
    request: Request,
    response: Response,
    rooms: R,
    page: Paging,
    state: Annotated[DrawState | None, Query(description="不填为全部 · all if absent")] = None,
) -> PageOut[ListedDrawOut]:
    """All draws, drafts too, the newest first."""
    found = await draws.list_draws(rooms.sessions, pack=PACK, page=page, state=state)
    link_next(request, response, found)
    shown = found.map(ListedDrawOut.of)
    return PageOut[ListedDrawOut](items=shown.items, next_cursor=shown.next_cursor)


@router.post(DRAWS, status_code=201, summary="新建抽奖（草稿）")
@staff_only(OFFICER, verb="draws.draw.create", key=OPTIONAL, refuses=(NotFound, PrizeOverCap))
async def create_draw(body: DrawIn, actor: Acting, rooms: R, once: OnceKey) -> StaffDrawOut:
    """A draft; nobody sees it before it is opened."""
    now = rooms.clock.now()
    created = await draws.create_draw(
        rooms.sessions,
        rooms.clock,
        rooms.draws,
        once.answering(201, _renderer(now)),
        actor=actor,
        pack=PACK,
        plan=body.plan(QUIZ_SOURCE, await _subject(rooms, body.entry)),
    )
    return _shown(created, now)


@router.get(DRAW, summary="一个抽奖")
@staff_only(*READERS, reads=True)
async def get_draw(draw_id: DrawId, rooms: R) -> StaffDrawOut:
    """As anybody sees it, and a draft too."""
    seen = await draws.find_for_staff(rooms.sessions, rooms.clock, pack=PACK, draw_id=draw_id)
    return StaffDrawOut.of_seen(seen)


@router.patch(DRAW, summary="修改抽奖草稿")
@staff_only(
    OFFICER,
    verb="draws.draw.change",
    refuses=(VersionStale, StateConflict, PrizeOverCap),
)
async def change_draw(draw_id: DrawId, body: DrawChange, actor: Acting, rooms: R) -> StaffDrawOut:
    """Another plan for a draft. What was published is never changed."""
    changed = await draws.change_draw(
        rooms.sessions,
        rooms.clock,
        rooms.draws,
        actor=actor,
        pack=PACK,
        draw_id=draw_id,
        version=body.version,
        plan=body.plan(QUIZ_SOURCE, await _subject(rooms, body.entry, draw_id)),
    )
    return _shown(changed, rooms.clock.now())


@router.post(DRAW + "/open", summary="公布抽奖规则")
@staff_only(OFFICER, verb="draws.draw.open", key=OPTIONAL, refuses=(StateConflict,))
async def open_draw(
    draw_id: DrawId, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> StaffDrawOut:
    """Publish rules, prizes, quantities, deadlines and organiser: from now on they stay as they
    are, and tickets are given within the window."""
    now = rooms.clock.now()
    opened = await draws.open_draw(
        rooms.sessions,
        rooms.clock,
        once.answering(200, _renderer(now)),
        actor=actor,
        pack=PACK,
        draw_id=draw_id,
        reason=body.reason,
    )
    return _shown(opened, now)


@router.post(
    DRAW + "/freeze", status_code=202, summary="冻结名单", responses=ASKED, response_model=AskedOut
)
@staff_only(
    *ASKERS, verb="draws.draw.ask_freeze", key=OPTIONAL, refuses=(StateConflict, ApprovalPending)
)
async def freeze_draw(
    draw_id: DrawId, body: Reason, actor: Acting, rooms: R, once: OnceKey
) -> Response:
    """Ask that the list be closed, once entries are over. Approved, its count and hash are
    public."""
    asked = await draws.ask_freeze(
        rooms.sessions, once, actor=actor, pack=PACK, draw_id=draw_id, reason=body.reason
    )
    return asked_answer(asked)


@router.post(
    DRAW + "/commit", status_code=202, summary="公布承诺", responses=ASKED, response_model=AskedOut
)
@staff_only(
    *ASKERS,
    verb="draws.draw.ask_commit",
    key=OPTIONAL,
    refuses=(StateConflict, NumbersPublished, ApprovalPending),
)
async def commit_draw(
    draw_id: DrawId, body: CommitIn, actor: Acting, rooms: R, once: OnceKey
) -> Response:
    """Ask to name the public numbers that will decide; they may not be out yet, neither when it
    is asked for nor when it is approved."""
    asked = await draws.ask_commit(
        rooms.sessions,
        once,
        actor=actor,
        pack=PACK,
        draw_id=draw_id,
        sources=body.named(),
        reason=body.reason,
    )
    return asked_answer(asked)


@router.post(
    DRAW + "/reveal", status_code=202, summary="开奖", responses=ASKED, response_model=AskedOut
)
@staff_only(
    *ASKERS,
    verb="draws.draw.ask_reveal",
    key=OPTIONAL,
    refuses=(StateConflict, NumbersNotPublished, ApprovalPending),
)
async def reveal_draw(
    draw_id: DrawId, body: RevealIn, actor: Acting, rooms: R, once: OnceKey
) -> Response:
    """Enter the numbers that came out; a second person compares them with their publisher.
    Approved, it is drawn, once."""
    asked = await draws.ask_reveal(
        rooms.sessions,
        once,
        actor=actor,
        pack=PACK,
        draw_id=draw_id,
        public_numbers=body.public_numbers,
        reason=body.reason,
    )
    return asked_answer(asked)


@router.post(
    DRAW + "/disqualifications",
    status_code=202,
    summary="取消中奖资格",
    responses=ASKED,
    response_model=AskedOut,
)
@staff_only(
    *ASKERS,
    verb="draws.draw.ask_disqualify",
    key=OPTIONAL,
    refuses=(StateConflict, ApprovalPending),
)
async def disqualify_ticket(
    draw_id: DrawId, body: DisqualificationIn, actor: Acting, rooms: R, once: OnceKey
) -> Response:
    """Ask to take a prize from a ticket that won. The reason is published, and the prize goes to
    the next of the sequence."""
    asked = await draws.ask_disqualification(
        rooms.sessions,
        once,
        actor=actor,
        pack=PACK,
        draw_id=draw_id,
        ticket_no=body.ticket_no,
        reason=body.reason,
    )
    return asked_answer(asked)


async def _subject(rooms: Rooms, entry: EntryIn, draw_id: UUID | None = None) -> UUID:
    return await subject_of(
        rooms.sessions, quiz_id=entry.quiz_id, campaign_id=entry.campaign_id, draw_id=draw_id
    )


def _shown(draw: DrawFacts, now: datetime) -> StaffDrawOut:
    return StaffDrawOut.of_seen(PublicDraw(draw, (), now))


def _renderer(now: datetime) -> Callable[[DrawFacts], str]:
    """The kept answer is the first one to the letter, its time too."""
    return lambda draw: _shown(draw, now).model_dump_json()
