"""What becomes of every order, and how many there are of each: the same for every seed.

Pure. The campaign tells three figures: five kinds, over 40,000 page views, 15,007 people who took
part. Those who took part are defined by the service (`docs/gift-boxes.md`): who ordered, had a free
box or took a place on a waiting list. How many of them bought, nobody wrote down; here the boxes
are few, so most of the 15,007 wait in vain.

Four boxes are sold to the last one, so what comes free goes to who waits; of the fifth some are
left. Where somebody may lose a rush, winners and losers want the same, so that the money is the
same whoever wins.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from app.replay.figures import up

PUBLISHED_KINDS, PUBLISHED_VIEWS, PUBLISHED_PARTICIPANTS = 5, 40_000, 15_007
# In fen, as the shop asks them.
PRICES = (9_900, 19_900, 9_800, 7_900, 5_900)
SCARCE, PLENTY = range(4), 4
# Of the first boxes nobody has two but in an order of several.
SEVERAL_LINES = ((0, 1), (1, 2))
# From this on an order is given back by two people.
TWO_PEOPLE_FROM_FEN = 30_000
MONEY_ALONE_FEN = 1_000


class How(StrEnum):
    """How an order is had."""

    SENT = "sent"
    FIRST_SITE = "first_site"
    SECOND_SITE = "second_site"
    SHORT_SITE = "short_site"  # closes for good before anybody has come


# A box's own, for everybody whose order does not need another.
HOW = (How.SENT, How.FIRST_SITE, How.SENT, How.SECOND_SITE, How.FIRST_SITE)


class Course(StrEnum):
    """What becomes of an order."""

    PLAIN = "plain"  # in the rush, and paid
    ACCEPTED = "accepted"  # of somebody who waited, and paid
    SEVERAL = "several"  # two boxes, of one of them two
    TWO_PHONES = "two_phones"  # begins to pay on both
    TOLD_LATE = "told_late"  # the provider's word is held up
    TOLD_TWICE = "told_twice"
    NEVER_TOLD = "never_told"  # the provider has to be asked
    PAID_AGAIN = "paid_again"  # more money under the same number
    HONOURED = "honoured"  # paid when its time was over, and there was stock
    CANCELLED = "cancelled"
    CANCELLED_PAID = "cancelled_paid"  # and the money came all the same
    LAPSED = "lapsed"
    TOO_LATE = "too_late"  # paid when its boxes had gone to who waited
    FOUND_BY_BILL = "found_by_bill"  # the same, and only the bill tells
    BACK_PART = "back_part"  # a line of several
    BACK_WHOLE = "back_whole"
    SCRAPPED = "scrapped"
    BY_TWO = "by_two"  # so much that two people give it back
    MONEY_ALONE = "money_alone"  # some money back, and the box kept
    NOT_FETCHED = "not_fetched"
    REVERSED = "reversed"  # handed out by mistake, undone, and fetched in the end
    CORRECTED = "corrected"  # its parcel had another number at first
    FREE = "free"  # costs nothing


C = Course
# Of the careful ones, who have ordered before the crowd comes.
OF_COURSE: dict[Course, int] = {
    C.SEVERAL: 60,
    C.TWO_PHONES: 20,
    C.TOLD_LATE: 30,
    C.TOLD_TWICE: 30,
    C.NEVER_TOLD: 20,
    C.PAID_AGAIN: 2,
    C.HONOURED: 8,
    C.CANCELLED: 40,
    C.CANCELLED_PAID: 6,
    C.LAPSED: 40,
    C.TOO_LATE: 8,
    C.FOUND_BY_BILL: 2,
    C.BACK_PART: 12,
    C.BACK_WHOLE: 12,
    C.SCRAPPED: 4,
    C.BY_TWO: 4,
    C.MONEY_ALONE: 4,
    C.NOT_FETCHED: 8,
    C.REVERSED: 2,
    C.CORRECTED: 4,
}
# Sold in the rush of each scarce box, and how many more come for it: one for so many.
IN_THE_RUSH, LOSERS_FOR = (200, 80, 200, 80), 4
# Free boxes by who may have them first, and then.
FREE_FIRST, FREE_THEN = 240, 80
# Of those who are offered a box one in so many says nothing.
SILENT = 5
SPARE = 10

FREED = frozenset({C.CANCELLED, C.CANCELLED_PAID, C.LAPSED, C.TOO_LATE, C.FOUND_BY_BILL})
LAPSING = frozenset({C.LAPSED, C.TOO_LATE, C.FOUND_BY_BILL, C.HONOURED})
RETURNED_AT_ONCE = frozenset({C.CANCELLED_PAID, C.TOO_LATE, C.FOUND_BY_BILL})
OF_SEVERAL = frozenset({C.SEVERAL, C.BACK_PART, C.BY_TWO})
GIVEN_BACK = frozenset({C.BACK_WHOLE, C.SCRAPPED, C.BY_TWO})
NOT_BOUGHT = FREED | GIVEN_BACK | {C.NOT_FETCHED}
OWN_WAY = {C.NOT_FETCHED: How.SHORT_SITE, C.REVERSED: How.FIRST_SITE, C.CORRECTED: How.SENT}
OWN_WAY |= dict.fromkeys(OF_SEVERAL, How.SENT)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order before it is placed: so many of these boxes."""

    course: Course
    lines: Sequence[tuple[int, int]]
    how: How

    @property
    def amount_fen(self) -> int:
        return sum(PRICES[box] * count for box, count in self.lines)

    @property
    def kept_fen(self) -> int:
        """What the shop has of it in the end."""
        if self.course in NOT_BOUGHT:
            return 0
        back = PRICES[self.lines[0][0]] if self.course is C.BACK_PART else 0
        return self.amount_fen - back - MONEY_ALONE_FEN * (self.course is C.MONEY_ALONE)

    @property
    def boxes(self) -> int:
        """How many its buyer has in the end."""
        count = sum(count for _, count in self.lines)
        return 0 if self.course in NOT_BOUGHT else count - (self.course is C.BACK_PART)


def one(course: Course, box: int) -> Wanted:
    return Wanted(course, ((box, 1),), OWN_WAY.get(course, HOW[box]))


@dataclass(frozen=True)
class Plan:
    """At a scale, each rounded up, so that everything happens however small it is."""

    scale: Fraction

    @cached_property
    def careful(self) -> list[Wanted]:
        """Orders that are placed one by one; the scarce boxes by turns."""
        found: list[Wanted] = []
        for course, count in OF_COURSE.items():
            for _ in range(up(count, self.scale)):
                found.append(_careful(course, SCARCE[len(found) % len(SCARCE)]))
        return found

    @cached_property
    def rush(self) -> list[int]:
        """How many of each scarce box the crowd finds."""
        return [up(count, self.scale) for count in IN_THE_RUSH]

    @cached_property
    def pressers(self) -> list[int]:
        """How many come for each."""
        return [count + up(count, Fraction(1, LOSERS_FOR)) for count in self.rush]

    @cached_property
    def freed(self) -> list[int]:
        """How many of each scarce box come free during the sale."""
        lines = [line for order in self.careful if order.course in FREED for line in order.lines]
        return [sum(count for box, count in lines if box == each) for each in SCARCE]

    @cached_property
    def silent(self) -> list[int]:
        """Of those who are offered one, who say nothing; it goes to the next, who accepts."""
        found = [count // SILENT for count in self.freed]
        first = next(box for box, count in enumerate(self.freed) if count)
        found[first] = max(1, found[first])
        return found

    @cached_property
    def heads(self) -> list[int]:
        """Who stand first on the lists, and are all offered one."""
        return [one + other for one, other in zip(self.freed, self.silent, strict=True)]

    @property
    def accepted(self) -> list[Wanted]:
        return [one(C.ACCEPTED, box) for box in SCARCE for _ in range(self.freed[box])]

    @property
    def free_first(self) -> int:
        return up(FREE_FIRST, self.scale)

    @property
    def free(self) -> int:
        return self.free_first + up(FREE_THEN, self.scale)

    @cached_property
    def free_orders(self) -> list[Wanted]:
        """By turns."""
        return [one(C.FREE, number % len(PRICES)) for number in range(self.free)]

    def free_of(self, box: int) -> int:
        return sum(order.lines[0][0] == box for order in self.free_orders)

    @property
    def members(self) -> int:
        """Of the audience: whoever orders or waits."""
        before = len(self.careful) + sum(self.pressers) + sum(self.heads)
        return max(up(PUBLISHED_PARTICIPANTS, self.scale) - self.free, before + len(SCARCE))

    @property
    def participants(self) -> int:
        return self.members + self.free

    @property
    def views(self) -> int:
        return up(PUBLISHED_VIEWS, self.scale)

    @property
    def placed(self) -> int:
        """Orders of whoever comes by the sale."""
        return len(self.careful) + sum(self.rush)

    @cached_property
    def orders(self) -> list[Wanted]:
        """All, those of who waited too."""
        rush = [one(C.PLAIN, box) for box in SCARCE for _ in range(self.rush[box])]
        return [*self.careful, *rush, *self.accepted]

    def quantity(self, box: int) -> int:
        """For sale."""
        wanted = sum(n for order in self.careful for each, n in order.lines if each == box)
        return wanted + (SPARE if box == PLENTY else self.rush[box])

    def of(self, *courses: Course) -> int:
        counts = Counter(order.course for order in self.orders)
        return sum(counts[course] for course in courses)

    @property
    def kept_fen(self) -> int:
        return sum(order.kept_fen for order in self.orders)

    @property
    def buyers(self) -> int:
        return sum(order.course not in NOT_BOUGHT for order in self.orders)

    @property
    def boxes(self) -> int:
        return sum(order.boxes for order in self.orders)

    def handed(self, *hows: How) -> int:
        """Orders that reach their people so, free ones too."""
        bought = [order for order in self.orders if order.course not in NOT_BOUGHT]
        return sum(order.how in hows for order in [*bought, *self.free_orders])


def _careful(course: Course, scarce: int) -> Wanted:
    if course in OF_SEVERAL:
        return Wanted(course, SEVERAL_LINES, OWN_WAY[course])
    return one(course, PLENTY if course is C.HONOURED else scarce)
