"""How a pack declares its figures. Plain values.

ISSUED = Facts("SELECT entry.at, entry.person_id AS who, 1 AS amount, … AS district …")
REPORT = PackReport(PackKind.SEATS, figures=(Figure("seats.issued", …, ISSUED, …),), …)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from app.models.states import PackKind
from app.platform.errors import Words


class Measure(Enum):
    """What of the facts is the figure."""

    ROWS = auto()  # how many there are
    AMOUNT = auto()  # their amounts, added up
    DIFFERENT = auto()  # how many different `who` there are; parts do not add up to the whole


class Unit(Enum):
    """In what a figure counts. Fen are shown in yuan."""

    VOUCHERS = Words("张", "vouchers")
    PAIRS = Words("副", "pairs")
    PEOPLE = Words("人", "people")
    STORES = Words("家", "stores")
    TIMES = Words("次", "times")
    WISHES = Words("个", "wishes")
    ATTEMPTS = Words("份", "attempts")
    PRIZES = Words("份", "prizes")
    PLACES = Words("人次", "places")
    BOXES = Words("份", "boxes")
    FEN = Words("分", "fen")


@dataclass(frozen=True)
class Part:
    """What else facts are told apart by: a column of theirs, of text. `names` selects
    `key, zh, en` for people; without it a key is shown as it is. A name is today's."""

    column: str
    words: Words
    names: str | None = None


@dataclass(frozen=True)
class Facts:
    """What happened, one row each, as it was known at a time.

    `sql` selects `at` (when it counts for), `who` (a person, a store: uuid), `amount` and
    `district`, and a column a part. Its parameters are `:campaign` and `:as_of`, and it answers
    from rows that are never changed: asked about the same time it says the same for ever.
    `has_district`: whether it can say how much of it was of a district.
    """

    sql: str
    parts: tuple[Part, ...] = ()
    has_district: bool = True


@dataclass(frozen=True)
class Figure:
    """`name` begins with the pack's; `definition` says what counts, and by when."""

    name: str
    words: Words
    definition: Words
    unit: Unit
    facts: Facts
    measure: Measure = Measure.ROWS


@dataclass(frozen=True)
class PackReport:
    """A pack's part. `funnel` are names of figures, from the many to the few.

    `clauses` are what a newspaper would say of it, each with a figure in braces and the manner
    in which it is said (`paragraph_rules.py`): `"发放早餐券{breakfast.issued:plain}张"`.
    One whose figure is nought is not said.
    """

    kind: PackKind
    figures: Sequence[Figure] = ()
    funnel: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
