"""Fair openings in JSON: how something opens, and a ticket."""

from typing import Any, Self
from uuid import UUID

from pydantic import Field

from app.models.states_draws import DrawState
from app.schemas.base import Instant, Output
from app.shared.draws import AskState, FairOpening, Ticketed, result_at


class TicketPart(Output):
    """My ticket in a fair opening. Note `commitment` down while the number does not exist: with it
    anybody can see that the list is still the same. Whoever holds the ticket's number finds it
    in the public proof; nobody else knows whose it is."""

    id: UUID
    state: AskState
    ticket_no: str = Field(description="号签号，只有本人知道 · known to me alone")
    entered_at: Instant
    changeable_until: Instant
    result_at: Instant = Field(
        description="决定次序的公开号码何时公布 · when the number that decides comes out"
    )
    draw_id: UUID
    draw_state: DrawState
    commitment: str | None
    place: int | None = Field(description="抽到的次序，轮到以后才有 · once it was my turn")
    location: str = Field(description="随时查看的地址 · where to see what becomes of it")


def ticket_of(asked: Ticketed) -> dict[str, Any]:
    """What every pack's ticket says, but where it is."""
    draw, entry = asked.draw, asked.entry
    return {
        "id": entry.id,
        "state": asked.state,
        "ticket_no": entry.ticket_no,
        "entered_at": entry.entered_at,
        "changeable_until": draw.closes_at,
        "result_at": result_at(draw),
        "draw_id": draw.id,
        "draw_state": draw.state,
        "commitment": draw.commitment,
        "place": entry.turn,
    }


class FairOut(Output):
    """Of what opens by a fair draw: whoever asks before `asks_until` is put in an order that
    anybody can draw again, from a number that comes out at `result_at`."""

    draw_id: UUID
    asks_until: Instant
    result_at: Instant
    ordered_at: Instant | None = Field(
        description="转为先到先得的时间 · since when whoever comes first has what is left"
    )

    @classmethod
    def of(cls, fair: FairOpening | None) -> Self | None:
        return None if fair is None else cls.model_validate(fair)
