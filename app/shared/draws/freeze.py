"""The list is closed: who is on it, how many, and its hash."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw, DrawEntry, DrawExclusion
from app.models.states import PackKind
from app.models.states_draws import DrawKind
from app.platform.db import AnySelect, Sessions
from app.platform.errors import StateConflict, Words
from app.platform.ids import new_id
from app.shared.approvals import Approved, Asked, Payload
from app.shared.draws import rules
from app.shared.draws.asking import ask, two_person_act
from app.shared.draws.commitment_rules import list_text, sha256, shown_time
from app.shared.draws.entering import new_ticket_no
from app.shared.draws.entrants import Draws
from app.shared.draws.history import Doer, note
from app.shared.draws.picking_rules import method_for
from app.shared.draws.queries import DrawFacts, find_draw, moment
from app.shared.idempotency import Once
from app.shared.ledger import Actor


async def ask_freeze(
    sessions: Sessions, once: Once, *, actor: Actor, pack: PackKind, draw_id: UUID, reason: str
) -> Asked:
    """Once the entries are over. Raises `NotFound`, `StateConflict`, `ApprovalPending`."""
    said = Words("冻结名单", "freeze the list of entrants")
    return await ask(
        sessions,
        once,
        FREEZE,
        actor=actor,
        pack=pack,
        draw_id=draw_id,
        payload={},
        said=said,
        reason=reason,
    )


async def freeze_list(
    session: AsyncSession, draws: Draws, *, draw_id: UUID, doer: Doer
) -> DrawFacts:
    """The list is whom the rule admits now, one a person, without the organiser's staff: tickets
    that are missing are made, and those that the rule no longer admits are left out. Of an order
    it is whoever asked and has not taken it back.

    Raises `StateConflict`.
    """
    draw = await find_draw(session, draw_id, locked=True)
    now = await moment(session)
    _require_over(draw, now)
    if draw.kind is DrawKind.PRIZES:
        await _bring_up_to_date(session, draws, draw, now)
    tickets = await session.scalars(
        select(DrawEntry.ticket_no).where(DrawEntry.draw_id == draw_id, DrawEntry.is_listed)
    )
    listed = sorted(tickets)
    text, state = list_text(listed), rules.next_state(draw.state, "freeze")
    frozen = {
        "listed": text,
        "list_sha256": sha256(text),
        "entrants_count": len(listed),
        "method": method_for(len(listed)),
    }
    await session.execute(
        update(Draw)
        .where(Draw.id == draw_id)
        .values(state=state, frozen_at=now, version=Draw.version + 1, **frozen)
    )
    changes = {name: (None, frozen[name]) for name in ("list_sha256", "entrants_count")}
    await note(session, draw_id, "freeze", (draw.state, state), doer, at=now, changes=changes)
    return await find_draw(session, draw_id)


def _require_over(draw: DrawFacts, now: datetime) -> None:
    rules.next_state(draw.state, "freeze")
    if now < draw.closes_at:
        raise StateConflict(state=draw.state.value, closes_at=shown_time(draw.closes_at))


async def _bring_up_to_date(
    session: AsyncSession, draws: Draws, draw: DrawFacts, now: datetime
) -> None:
    admitted = _admitted(draws, draw).subquery()
    has_ticket = exists().where(
        DrawEntry.draw_id == draw.id, DrawEntry.person_id == admitted.c.person_id
    )
    found = await session.execute(
        select(admitted.c.person_id, admitted.c.member_id)
        .where(~has_ticket)
        .order_by(admitted.c.member_id.desc())
    )
    # A person with several accounts has the ticket in the oldest.
    missing = {row.person_id: row.member_id for row in found}
    rows = [
        {
            "id": new_id(),
            "draw_id": draw.id,
            "member_id": member_id,
            "person_id": person_id,
            "ticket_no": new_ticket_no(),
            "entered_at": now,
        }
        for person_id, member_id in missing.items()
    ]
    if rows:
        await session.execute(insert(DrawEntry), rows)
    stays = exists().where(admitted.c.person_id == DrawEntry.person_id)
    await session.execute(
        update(DrawEntry).where(DrawEntry.draw_id == draw.id, ~stays).values(is_listed=False)
    )


def _admitted(draws: Draws, draw: DrawFacts) -> AnySelect:
    """By the pack's rule, without the organiser's staff."""
    found = draws.source(draw.source).admitted(draw.subject_id, draw.entry_rule).subquery()
    excluded = exists().where(
        and_(
            DrawExclusion.draw_id == draw.id,
            DrawExclusion.person_id == found.c.person_id,
        )
    )
    return select(found.c.member_id, found.c.person_id).where(~excluded)


async def _check(session: AsyncSession, object_id: UUID, _: Payload) -> None:
    draw = await find_draw(session, object_id, locked=True)
    _require_over(draw, await moment(session))


async def _perform(
    session: AsyncSession, approved: Approved, actor: Actor, *, draws: Draws
) -> None:
    doer = Doer.of_approval(approved, actor)
    await freeze_list(session, draws, draw_id=approved.object_id, doer=doer)


FREEZE = two_person_act("freeze", _check, _perform)
