"""What opens by a fair draw: its phases, and how an ask is read. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.models.states import PackKind
from app.models.states_draws import TurnOutcome
from app.platform.errors import StateConflict, invalid
from app.shared.draws.ordering_rules import deciding_round

# For how long one may ask unless staff say otherwise, in minutes.
OPENING_WINDOW_MIN = 60
PUBLISHED = "published"


class Phase(StrEnum):
    """Of an opening. `asking` and `pending` are a fair draw's: its window, and until all who
    asked have had their turn."""

    EARLY = "early"
    ASKING = "asking"
    PENDING = "pending"
    FIRST_COME = "first_come"


class AskState(StrEnum):
    """Of an ask as it is read: until it was its turn, and what came of that."""

    ENTERED = "entered"
    WITHDRAWN = "withdrawn"
    GRANTED = "granted"
    WAITING = "waiting"
    PASSED = "passed"


def ask_state(outcome: TurnOutcome | None, *, is_listed: bool) -> AskState:
    if outcome is not None:
        return AskState(outcome.value)
    return AskState.ENTERED if is_listed else AskState.WITHDRAWN


def phase_at(
    opens_at: datetime, asks_until: datetime | None, is_over: bool, now: datetime
) -> Phase:
    """`asks_until`: the end of a fair draw's window, if there is one; `is_over`: its turns are
    all taken."""
    if now < opens_at:
        return Phase.EARLY
    if asks_until is None or is_over:
        return Phase.FIRST_COME
    return Phase.ASKING if now < asks_until else Phase.PENDING


@dataclass(frozen=True, slots=True)
class FairOpening:
    """How something of a pack opens: so long from `opens_at` on one may ask. `ordered_at`: when
    all who did had had their turn; from then on whoever comes first."""

    pack: PackKind
    campaign_id: UUID
    draw_id: UUID
    opens_at: datetime
    window_min: int
    ordered_at: datetime | None

    @property
    def asks_until(self) -> datetime:
        return self.opens_at + timedelta(minutes=self.window_min)

    @property
    def result_at(self) -> datetime:
        """When the number comes out that decides, if the window closes on time."""
        return deciding_round(self.asks_until).published_at

    def phase_at(self, now: datetime) -> Phase:
        return phase_at(self.opens_at, self.asks_until, self.ordered_at is not None, now)


def check_result(asks_until: datetime, closes_at: datetime, field: str) -> None:
    """The order of those who asked is known while something can still be had by it. `field` is
    what the end is called. Raises `InputInvalid`."""
    if deciding_round(asks_until).published_at >= closes_at:
        zh, en = "应晚于抽签结果公布的时间", "it has to be after the result of the draw"
        raise invalid(field, zh, en, "result_too_late")


def check_moved(
    fair: FairOpening | None, opens_at: datetime, closes_at: datetime, field: str
) -> None:
    """The draw has published its window, and hashes it. Raises `StateConflict`, `InputInvalid`."""
    if fair is None:
        return
    if opens_at != fair.opens_at:
        raise StateConflict(state=PUBLISHED)
    if fair.ordered_at is None:
        check_result(fair.asks_until, closes_at, field)
