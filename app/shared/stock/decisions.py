"""The words of this room: presses in, decisions out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

Row = TypeVar("Row")


class Verdict(StrEnum):
    """What became of a press. The values are the letters of `stock_flush`."""

    GRANTED = "G"
    REPEATED = "R"
    KEY_REUSED = "K"
    ENDED = "E"
    NOT_OPEN = "N"
    PAUSED = "P"
    TOTAL_LIMIT = "T"
    DAY_LIMIT = "L"
    SOLD_OUT = "S"


class Press(NamedTuple):
    """One member's try for one unit.

    `claim_id` is derived from the request, so a retry is the same claim.
    `fingerprint` stands for its body; `payload` is the pack's own, untouched.
    """

    claim_id: UUID
    fingerprint: bytes
    member_id: UUID
    person_id: UUID
    payload: Any = None


class Grant(NamedTuple):
    """A press that the books granted: entry number, campaign time, Shanghai day."""

    press: Press
    seq: int
    at: datetime
    day: date


class Outdated(Exception):
    """Presses of which `names` is true were made of something that is no longer so. Nothing was
    granted to them: whoever pressed looks again and presses anew."""

    def __init__(self, names: Callable[[Press], bool]) -> None:
        super().__init__()
        self.names = names


@dataclass(frozen=True, slots=True)
class Recorder(Generic[Row]):
    """The pack's two statements inside the flush.

    `insert` writes one row a grant and answers them in that order; `read` finds
    the rows of known claims by id. Both run in the flush's transaction. A `Refusal` that
    `insert` raises is told to all whom it was to record, and nothing is granted; `Outdated`
    is told to those it names, and the others are tried again.
    """

    insert: Callable[[AsyncConnection, Sequence[Grant]], Awaitable[Sequence[Row]]]
    read: Callable[[AsyncConnection, Sequence[UUID]], Awaitable[dict[UUID, Row]]]


class Decision(NamedTuple, Generic[Row]):
    """The verdict, with the pack's row for GRANTED and REPEATED."""

    verdict: Verdict
    row: Row | None = None
