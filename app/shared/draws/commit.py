"""The commitment: rules, list and the public numbers to come, hashed before those exist."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.draws import Draw
from app.models.states import PackKind
from app.platform.db import Sessions
from app.platform.errors import Words, invalid
from app.shared.approvals import Approved, Asked, Payload
from app.shared.draws import rules
from app.shared.draws.asking import ask, two_person_act
from app.shared.draws.commitment_rules import Source, commitment_of, shown_time
from app.shared.draws.history import Doer, note
from app.shared.draws.picking_rules import bits_to_begin
from app.shared.draws.queries import DrawFacts, find_draw, moment
from app.shared.draws.refusals import NumbersPublished
from app.shared.idempotency import Once
from app.shared.ledger import Actor


async def ask_commit(
    sessions: Sessions,
    once: Once,
    *,
    actor: Actor,
    pack: PackKind,
    draw_id: UUID,
    sources: Sequence[Source],
    reason: str,
) -> Asked:
    """Name the public numbers that will decide, in their order, none of them out yet.

    Raises `NotFound`, `StateConflict`, `NumbersPublished`, `InputInvalid` (too few bits for so
    long a list), `ApprovalPending`.
    """
    named = "；".join(f"{each.name}（{shown_time(each.published_at)}）" for each in sources)
    return await ask(
        sessions,
        once,
        COMMIT,
        actor=actor,
        pack=pack,
        draw_id=draw_id,
        payload={"sources": [each.as_json() for each in sources]},
        said=Words(f"以此承诺：{named}", f"commit to {named}"),
        reason=reason,
    )


async def commit_draw(
    session: AsyncSession, *, draw_id: UUID, sources: Sequence[Source], doer: Doer
) -> DrawFacts:
    """Raises `StateConflict`, `NumbersPublished`, `InputInvalid`."""
    draw = await find_draw(session, draw_id, locked=True)
    now = await moment(session)
    _require_to_come(draw, sources, now)
    assert draw.rules is not None, "it is frozen"
    assert draw.list_sha256 is not None, "it is frozen"
    state, named = rules.next_state(draw.state, "commit"), [each.as_json() for each in sources]
    commitment = commitment_of(draw.rules, draw.list_sha256, named)
    await session.execute(
        update(Draw)
        .where(Draw.id == draw_id)
        .values(
            state=state,
            sources=named,
            commitment=commitment,
            committed_at=now,
            version=Draw.version + 1,
        )
    )
    changes: dict[str, tuple[Any, Any]] = {"commitment": (None, commitment)}
    await note(session, draw_id, "commit", (draw.state, state), doer, at=now, changes=changes)
    return await find_draw(session, draw_id)


def _require_to_come(draw: DrawFacts, sources: Sequence[Source], now: datetime) -> None:
    rules.next_state(draw.state, "commit")
    for source in sources:
        if source.published_at <= now:
            shown = shown_time(source.published_at)
            raise NumbersPublished(source=source.name, published_at=shown)
    if sum(source.bits for source in sources) < bits_to_begin(draw.entrants_count or 0):
        zh, en = "号码太少，有的奖券不可能中奖", "too few numbers: some tickets could never win"
        raise invalid("sources", zh, en, "too_few_bits")


async def _check(session: AsyncSession, object_id: UUID, payload: Payload) -> None:
    draw = await find_draw(session, object_id, locked=True)
    _require_to_come(draw, _sources(payload), await moment(session))


async def _perform(session: AsyncSession, approved: Approved, actor: Actor) -> None:
    doer = Doer.of_approval(approved, actor)
    sources = _sources(approved.payload)
    await commit_draw(session, draw_id=approved.object_id, sources=sources, doer=doer)


def _sources(payload: Payload) -> list[Source]:
    return [Source.of_json(each) for each in payload["sources"]]


COMMIT = two_person_act("commit", _check, _perform)
