"""What may be public of a text, round by round until nothing more is found. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from app.packs.wishes.screening.addresses import find_addresses
from app.packs.wishes.screening.contacts import find_ids, find_mail
from app.packs.wishes.screening.hiding import MASKS, Hidden
from app.packs.wishes.screening.money import asks_for_money
from app.packs.wishes.screening.numbers import find_numbers
from app.packs.wishes.screening.plain import BARRIER, Plain, read

# A mail address before the digits in it, a number that says itself what it is before one
# that words announce, and house numbers from what is left.
_SEARCHES: tuple[Callable[[str], list[Hidden]], ...] = (
    find_mail,
    find_numbers,
    find_ids,
    find_addresses,
)


@dataclass(frozen=True)
class Screened:
    """`shown` may be public; `hidden` are places of the text as it was written, in order."""

    shown: str
    hidden: tuple[Hidden, ...]
    asks_for_money: bool


def screen(text: str) -> Screened:
    """Hides numbers, addresses and ids by which a person is found; tells requests for money.

    What was hidden once is hidden wherever it stands, and `shown` screened again is
    `shown`. The time grows with the length of the text alone.
    """
    plain = read(text)
    hidden = tuple(sorted(plain.written(found) for found in _hidden(plain)))
    return Screened(_masked(text, hidden), hidden, asks_for_money(plain.text))


def _hidden(plain: Plain) -> list[Hidden]:
    """Rounds until one finds nothing: hiding a part may leave another in a new place."""
    hidden: list[Hidden] = []
    left = plain.text
    while True:
        known = len(hidden)
        for search in _SEARCHES:
            left = _without(left, search(left), plain, hidden)
        left = _without(left, _again(left, plain.text, hidden), plain, hidden)
        if len(hidden) == known:
            return hidden


def _without(left: str, found: list[Hidden], plain: Plain, hidden: list[Hidden]) -> str:
    """What is left without what was found, which is added to `hidden`; overlaps count once."""
    characters = list(left)
    for each in map(plain.whole, found):
        places = slice(each.start, each.end)
        if BARRIER not in characters[places]:
            hidden.append(each)
            characters[places] = BARRIER * (each.end - each.start)
    return "".join(characters)


def _again(left: str, text: str, hidden: list[Hidden]) -> list[Hidden]:
    """Other places of what is hidden: a number is announced once and then only repeated."""
    kinds = {text[each.start : each.end]: each.kind for each in hidden}
    return [
        Hidden(start, start + length, kinds[left[start : start + length]])
        for length in sorted(set(map(len, kinds)), reverse=True)
        for start in range(len(left) - length + 1)
        if left[start : start + length] in kinds
    ]


def _masked(text: str, hidden: tuple[Hidden, ...]) -> str:
    shown, place = [], 0
    for each in hidden:
        shown += [text[place : each.start], MASKS[each.kind]]
        place = each.end
    return "".join([*shown, text[place:]])
