"""Pure decisions about handing over, and about who may have a free box: no I/O, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.models.states import Category
from app.models.states_gift_boxes import StockFate
from app.shared.identity.callers import Entitlement

# Of one act of packing, and of one file that is answered at once.
MOST_PACKED, MOST_FILE_ROWS = 200, 5_000
MOST_CARRIER = 40


@dataclass(frozen=True, slots=True)
class FulfilmentRules:
    """A campaign's, as its staff have set them."""

    close_after_days: int = 15
    not_fetched_stock: StockFate = StockFate.RETURN
    version: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """From when a category may have a free one."""

    category: Category
    opens_at: datetime


def windows_of(said: Sequence[Window], opens_at: datetime) -> tuple[Window, ...]:
    """Those that staff have set, the earliest first; else hardship alone, with the sale."""
    chosen = said or (Window(Category.HARDSHIP, opens_at),)
    return tuple(sorted(chosen, key=lambda each: (each.opens_at, each.category)))


def entitling(windows: Iterable[Window], held: Iterable[Entitlement], today: date) -> Window | None:
    """The window by which somebody may have one first, open or not; None: by none at all.

    An entitlement's last day counts.
    """
    valid = {
        each.category for each in held if each.valid_until is None or today <= each.valid_until
    }
    mine = [each for each in windows if each.category in valid]
    return min(mine, key=lambda each: (each.opens_at, each.category), default=None)
