"""Digits as people write them, in groups, and the numbers that neighbouring groups make. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# As spoken on the telephone too: 幺 for one, 两, 拐 and 勾 for two, seven and nine, 洞 for nought.
_SPOKEN = {
    "0": "零〇○◯洞o",
    "1": "一壹幺il|",
    "2": "二贰貳两兩",
    "3": "三叁參",
    "4": "四肆",
    "5": "五伍",
    "6": "六陆陸",
    "7": "七柒拐",
    "8": "八捌",
    "9": "九玖勾",
}
READINGS = str.maketrans({sign: digit for digit, signs in _SPOKEN.items() for sign in signs})
CHINESE = "".join(sign for signs in _SPOKEN.values() for sign in signs if sign > "\u007f")
# A letter is a digit only where no other letter stands beside it: `l38OO` yes, `hello` no.
_GROUP = re.compile(rf"[0-9]+|[{CHINESE}]+|(?<![a-z])[oil|]++(?![a-z])")
_DIGIT = re.compile(rf"[0-9{CHINESE}]")
_SEPARATOR = re.compile(r"[ \t\-‐–—−.·•_()/~*,、]{0,3}")
# 138一1234: the numeral as the dash that it looks like.
_DASH = re.compile(r"(?<=[0-9])一(?=[0-9])")
MOST_DIGITS = 20


@dataclass(frozen=True)
class Group:
    """Signs of one manner in a row, and their digits."""

    start: int
    end: int
    digits: str


@dataclass(frozen=True)
class Number:
    """Groups that follow one another with at most three separators between two."""

    groups: Sequence[Group]
    digits: str

    @property
    def start(self) -> int:
        return self.groups[0].start

    @property
    def end(self) -> int:
        return self.groups[-1].end

    @property
    def is_unbroken(self) -> bool:
        return len(self.groups) == 1

    @property
    def breaks(self) -> set[int]:
        """After how many digits it is broken."""
        places, place = set(), 0
        for group in self.groups[:-1]:
            place += len(group.digits)
            places.add(place)
        return places


def numbers(text: str, *, fewest: int) -> Iterator[Number]:
    """Every number from one group's start to another's end, of `fewest` to twenty digits.

    A longer one only where it is a single group; none of letters alone. A group is never
    cut: 一直 after a number is another group than its digits, whereas two numbers that run
    together are one.
    """
    yield from _numbers(text, fewest)
    dashed = _DASH.sub("-", text)
    if dashed != text:
        yield from _numbers(dashed, fewest)


def _numbers(text: str, fewest: int) -> Iterator[Number]:
    groups = [
        Group(match.start(), match.end(), match.group().translate(READINGS))
        for match in _GROUP.finditer(text)
    ]
    joined = [
        _SEPARATOR.fullmatch(text, left.end, right.start) is not None
        for left, right in pairwise(groups)
    ]
    for first, group in enumerate(groups):
        digits, last = group.digits, first
        while True:
            if len(digits) >= fewest and _DIGIT.search(text, group.start, groups[last].end):
                yield Number(groups[first : last + 1], digits)
            if last == len(joined) or not joined[last]:
                break
            last += 1
            digits += groups[last].digits
            if len(digits) > MOST_DIGITS:
                break
