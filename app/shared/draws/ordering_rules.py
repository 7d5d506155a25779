"""When the result of a fair opening is known: nobody chooses the number that decides. Pure.

The list is frozen by the clock when the window closes; the number is that of drand's first round
that comes out `MARGIN` after the freezing. So it is nobody's choice, and for those minutes the
list's hash is published and the number does not exist.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.shared.draws.commitment_rules import CHAINS, Source, drand_source, shown_time

# Time for whoever asked to note the commitment down.
MARGIN = timedelta(minutes=10)
# drand's "quicknet": a round every three seconds.
CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
# What falls to each ticket of an order, as the proof of a draw names prizes.
PLACE = {"name": "次序", "name_en": "Place in the order", "value_fen": 0, "quantity": None}


def deciding_round(frozen_at: datetime) -> Source:
    """The public number of an order that is frozen at this time."""
    chain = CHAINS[CHAIN]
    period = timedelta(seconds=chain.period_s)
    # Rounded up: the first that is not out before the margin is over.
    rounds = -((chain.genesis_at - frozen_at - MARGIN) // period)
    source = drand_source(CHAIN, rounds + 1)
    assert source is not None, "the chain is known"
    return source


def published_order(
    draw_id: UUID,
    source: str,
    subject_id: UUID,
    words: dict[str, str],
    window: tuple[datetime, datetime],
) -> dict[str, Any]:
    """What anybody reads before the window opens, and what is hashed."""
    return {
        "draw_id": str(draw_id),
        "kind": "order",
        **words,
        "source": source,
        "subject_id": str(subject_id),
        "entries_per_person": 1,
        "opens_at": shown_time(window[0]),
        "closes_at": shown_time(window[1]),
        "decided_by": {"chain": CHAIN, "minutes_after_freezing": int(MARGIN.seconds / 60)},
        "prizes": [PLACE],
    }
