"""Freezing, committing, drawing and disqualifying take two people: how the first one asks.

Each is a kind of approval whose `check` and `perform` stand in the act's own module.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.models.draws import Draw
from app.models.states import PackKind, Role
from app.platform.db import Sessions
from app.platform.errors import Words
from app.shared.approvals import ApprovalKind, Asked, Proposal, propose
from app.shared.approvals.kinds import Check, Perform
from app.shared.draws.history import Doer, note
from app.shared.draws.queries import DRAW, DrawFacts, find_draw, moment, of_pack
from app.shared.idempotency import Once
from app.shared.ledger import Actor

# Whoever runs the draw, and whoever answers for the campaign.
DECIDERS = frozenset({Role.DRAW_OFFICER, Role.CAMPAIGN_MANAGER})


def two_person_act(name: str, check: Check, perform: Perform) -> ApprovalKind:
    """A kind that always needs a second person."""
    return ApprovalKind(
        name=f"draws.{name}",
        object_kind=DRAW,
        deciders=DECIDERS,
        check=check,
        perform=perform,
        measured=False,
    )


async def ask(
    sessions: Sessions,
    once: Once,
    kind: ApprovalKind,
    *,
    actor: Actor,
    pack: PackKind,
    draw_id: UUID,
    payload: Mapping[str, Any],
    said: Words,
    reason: str,
) -> Asked:
    """The act's refusals first, then it is asked for. `said`: what is to be done, without whose
    draw it is. Raises `NotFound`, `ApprovalPending`, and what `kind.check` does."""
    async with sessions.begin() as session:
        await once.first(session, about=select(Draw.id).where(Draw.id == draw_id, of_pack(pack)))
        draw = await find_draw(session, draw_id, of_pack(pack), locked=True)
        proposal = Proposal(draw_id, payload, _summary(draw, said), reason)
        asked = await propose(session, once, kind, proposal, actor=actor)
        assert asked is not None, "a kind that is not measured always needs a second person"
        states, now = (draw.state, draw.state), await moment(session)
        act = f"ask_{kind.name.removeprefix('draws.')}"
        await note(session, draw_id, act, states, Doer(actor, reason), at=now)
    return asked


def _summary(draw: DrawFacts, said: Words) -> Words:
    return Words(f"抽奖「{draw.title}」：{said.zh}", f"The draw “{draw.title_en}”: {said.en}")
