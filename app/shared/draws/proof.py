"""The proof: one public file from which anybody draws again. See `docs/draws.md`.

It grows with the draw: the rules from publication on, the list from its freezing on, the
sources with the commitment, and at last the numbers and who got what. No member is in it.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.models.states_draws import AwardState, DrawKind
from app.platform.db import Sessions
from app.shared.campaigns import ClosedPacks
from app.shared.draws import rules
from app.shared.draws.browse import find_published
from app.shared.draws.commitment_rules import canonical, sha256, shown_time
from app.shared.draws.entrants import Draws
from app.shared.draws.ordering_rules import PLACE
from app.shared.draws.queries import AwardFacts, DrawFacts, awards_of, list_of
from app.shared.draws.turns import order_of

FORMAT = "five-gift-packs-draw/1"


async def make_proof(
    sessions: Sessions, draws: Draws, packs: ClosedPacks, *, draw_id: UUID
) -> dict[str, Any]:
    """Raises `NotFound`, for drafts and what is of a draft edition too."""
    async with sessions() as session:
        draw = await find_published(session, draws, packs, draw_id)
        listed = await list_of(session, draw_id)
        awards = await awards_of(session, draw_id)
    # Whoever looks at a long order does not hold the others up.
    return await asyncio.to_thread(proof_of, draw, listed, awards)


def proof_of(
    draw: DrawFacts, listed: Sequence[str], awards: Sequence[AwardFacts]
) -> dict[str, Any]:
    """As JSON values. `checksum` is over all the rest, so a file that was spoilt on its way is
    told from one that was made up."""
    assert draw.rules is not None, "it is published"
    is_frozen = draw.frozen_at is not None
    proof: dict[str, Any] = {
        "format": FORMAT,
        "draw_id": str(draw.id),
        "state": draw.state.value,
        "rules": json.loads(draw.rules),
        "rules_sha256": sha256(draw.rules),
        "published_at": _time(draw.published_at),
        "frozen_at": _time(draw.frozen_at),
        "entrants_count": draw.entrants_count,
        "list_sha256": draw.list_sha256,
        "tickets": list(listed) if is_frozen else None,
        "method": draw.method.value if draw.method else None,
        "sources": draw.sources,
        "commitment": draw.commitment,
        "committed_at": _time(draw.committed_at),
        "public_numbers": draw.public_numbers,
        "drawn_at": _time(draw.drawn_at),
        "endings": _endings(awards) if draw.drawn_at else None,
        "winners": _fallen(draw, listed, awards) if draw.drawn_at else None,
    }
    return proof | {"checksum": sha256(canonical(proof))}


def _endings(awards: Sequence[AwardFacts]) -> list[dict[str, Any]]:
    """Prizes that were lost, in the order in which that happened, and why."""
    ended = sorted((each for each in awards if each.ending), key=lambda each: each.ending or 0)
    return [
        {
            "unit": each.unit,
            "ticket_no": each.ticket_no,
            "why": each.state.value,
            "reason": each.reason,
            "at": _time(each.ended_at),
        }
        for each in ended
    ]


def _fallen(
    draw: DrawFacts, listed: Sequence[str], awards: Sequence[AwardFacts]
) -> list[dict[str, Any]]:
    if draw.kind is DrawKind.PRIZES:
        return _winners(draw, awards)
    return [
        {"unit": place, "prize": PLACE["name"], "turn": place, "ticket_no": ticket_no}
        for place, ticket_no in enumerate(order_of(draw, listed), start=1)
    ]


def _winners(draw: DrawFacts, awards: Sequence[AwardFacts]) -> list[dict[str, Any]]:
    """Every unit of every prize, also those that nobody has (`ticket_no` null)."""
    lost = {AwardState.EXPIRED, AwardState.DISQUALIFIED}
    standing = {each.unit: each for each in awards if each.state not in lost}
    shown = []
    for unit in range(1, draw.units + 1):
        won = standing.get(unit)
        prize = draw.prizes[rules.prize_of_unit(unit, draw.quantities)]
        shown.append(
            {
                "unit": unit,
                "prize": prize.name,
                "turn": won.turn if won else None,
                "ticket_no": won.ticket_no if won else None,
            }
        )
    return shown


def _time(at: Any) -> str | None:
    return shown_time(at) if at is not None else None
