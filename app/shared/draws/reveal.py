"""The public numbers are out, and the draw is drawn: once, and the same however often."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw
from app.models.states import PackKind
from app.models.states_draws import DrawKind
from app.platform.db import Sessions
from app.platform.errors import Words, invalid
from app.shared.approvals import Approved, Asked, Payload
from app.shared.draws import rules
from app.shared.draws.asking import ask, two_person_act
from app.shared.draws.awarding import award
from app.shared.draws.commitment_rules import Numbers, shown_time
from app.shared.draws.entrants import Draws
from app.shared.draws.history import Doer, note
from app.shared.draws.queries import DrawFacts, find_draw, moment
from app.shared.draws.refusals import NumbersNotPublished
from app.shared.idempotency import Once
from app.shared.ledger import Actor
from app.shared.outbox import NewJob, put


async def ask_reveal(
    sessions: Sessions,
    once: Once,
    *,
    actor: Actor,
    pack: PackKind,
    draw_id: UUID,
    public_numbers: Sequence[Numbers],
    reason: str,
) -> Asked:
    """Enter what the sources have published; a second person compares it with them.

    Raises `NotFound`, `StateConflict`, `NumbersNotPublished`, `InputInvalid`, `ApprovalPending`.
    """
    numbers = list(public_numbers)
    return await ask(
        sessions,
        once,
        REVEAL,
        actor=actor,
        pack=pack,
        draw_id=draw_id,
        payload={"public_numbers": numbers},
        said=Words(f"以公开号码开奖：{numbers}", f"draw it by {numbers}"),
        reason=reason,
    )


async def reveal_draw(
    session: AsyncSession,
    draws: Draws,
    *,
    draw_id: UUID,
    public_numbers: Sequence[Numbers],
    doer: Doer,
) -> DrawFacts:
    """Draw it: prizes fall to tickets, or a crowd's turns begin.

    Raises `StateConflict`, `NumbersNotPublished`, `InputInvalid`.
    """
    draw = await find_draw(session, draw_id, locked=True)
    now = await moment(session)
    _require_numbers(draw, public_numbers, now)
    state, numbers = rules.next_state(draw.state, "reveal"), list(public_numbers)
    await session.execute(
        update(Draw)
        .where(Draw.id == draw_id)
        .values(state=state, public_numbers=numbers, drawn_at=now, version=Draw.version + 1)
    )
    drawn = await find_draw(session, draw_id)
    if drawn.kind is DrawKind.PRIZES:
        await award(session, drawn, now)
    else:
        turns_job = draws.crowd(drawn.source).turns_job
        await put(session, NewJob(turns_job, {"draw_id": draw_id}))
    changes: dict[str, tuple[Any, Any]] = {"public_numbers": (None, numbers)}
    await note(session, draw_id, "reveal", (draw.state, state), doer, at=now, changes=changes)
    return drawn


def _require_numbers(draw: DrawFacts, numbers: Sequence[Numbers], now: datetime) -> None:
    rules.next_state(draw.state, "reveal")
    for source in draw.named:
        if source.published_at > now:
            shown = shown_time(source.published_at)
            raise NumbersNotPublished(source=source.name, published_at=shown)
    if len(numbers) != len(draw.named):
        zh, en = f"应有 {len(draw.named)} 项", f"there are {len(draw.named)} sources"
        raise invalid("public_numbers", zh, en, "wrong_count")
    for place, (source, published) in enumerate(zip(draw.named, numbers, strict=True)):
        if not source.could_publish(published):
            zh, en = f"不可能是「{source.name}」的号码", f"these cannot be those of {source.name}"
            raise invalid(f"public_numbers/{place}", zh, en, "impossible_numbers")


async def _check(session: AsyncSession, object_id: UUID, payload: Payload) -> None:
    draw = await find_draw(session, object_id, locked=True)
    _require_numbers(draw, payload["public_numbers"], await moment(session))


async def _perform(
    session: AsyncSession, approved: Approved, actor: Actor, *, draws: Draws
) -> None:
    await reveal_draw(
        session,
        draws,
        draw_id=approved.object_id,
        public_numbers=approved.payload["public_numbers"],
        doer=Doer.of_approval(approved, actor),
    )


REVEAL = two_person_act("reveal", _check, _perform)
