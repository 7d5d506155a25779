"""Who is drawn: RFC 3797, and the same with wider numbers for long lists. Pure.

    key   = each source's numbers ascending, joined by ".", then "./"; sources in announced order
    i-th  = digest(i + key + i) modulo the tickets that are left, counted from 0; that ticket
            leaves the list

`RFC_3797` hashes by MD5 and counts in two bytes, as the RFC has it, so it can tell at most
65,535 tickets apart. `WIDE` hashes by SHA-256 and counts in eight bytes, and is the same in all
else. MD5's collisions do not matter here: nobody chooses the input, the public numbers do.

`tools/verify_draw.py` and `app/routers/pages/static/draw.js` say the same in other words, on
purpose: a proof that is checked by the code that made it proves nothing.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.models.states_draws import DrawMethod

MOST_BY_RFC = 65_535
# Above what the first ticket needs: then the odds of any two tickets differ by a thousandth.
EVEN_BITS = 20


class Claim(StrEnum):
    """What the bits of the public numbers support, the strongest first."""

    EVERY_OUTCOME = "every_outcome"
    EVEN_ODDS = "even_odds"
    NEARLY_EVEN_ODDS = "nearly_even_odds"


@dataclass(frozen=True, slots=True)
class Pick:
    """The `number`-th turn, from 1: which place of the list it fell on, from 1, and by what."""

    number: int
    place: int
    digest: str


def method_for(tickets: int) -> DrawMethod:
    """By the length of the list alone, so that nobody chooses."""
    return DrawMethod.RFC_3797 if tickets <= MOST_BY_RFC else DrawMethod.WIDE


def key_of(numbers: Iterable[Sequence[int]]) -> bytes:
    """The sources' numbers, in the announced order, as the text that is hashed."""
    return "".join(".".join(map(str, sorted(source))) + "./" for source in numbers).encode()


def picks(method: DrawMethod, key: bytes, tickets: int) -> Iterator[Pick]:
    """All of them in turn, each once. Raises `ValueError` for a list that the method cannot tell
    apart."""
    if method is DrawMethod.RFC_3797 and tickets > MOST_BY_RFC:
        raise ValueError(f"RFC 3797 draws among at most {MOST_BY_RFC}")
    left = list(range(1, tickets + 1))
    for turn in range(tickets):
        digest = _digest(method, key, turn)
        place = left.pop(int(digest, 16) % len(left))
        yield Pick(turn + 1, place, digest)


def _digest(method: DrawMethod, key: bytes, turn: int) -> str:
    if method is DrawMethod.RFC_3797:
        count = turn.to_bytes(2, "big")
        return hashlib.md5(count + key + count, usedforsecurity=False).hexdigest()
    count = turn.to_bytes(8, "big")
    return hashlib.sha256(count + key + count).hexdigest()


@dataclass(frozen=True, slots=True)
class Turn:
    """A pick and the unit that it fell to, from 1. `ended_by`: the place among the endings, from
    1, of what took the unit away again; None: it stands."""

    pick: Pick
    unit: int
    ended_by: int | None


def turns(
    method: DrawMethod, key: bytes, tickets: int, units: int, endings: Sequence[int]
) -> list[Turn]:
    """Who got what: units in turn, then each ending's unit goes to the next of the sequence.

    `endings`: the units that were lost, in the order in which that happened, the same one more
    than once perhaps. When the list is used up, what is left stays unawarded.
    """
    sequence = picks(method, key, tickets)
    standing: dict[int, Turn] = {}
    ended: list[Turn] = []
    for unit in range(1, min(units, tickets) + 1):
        standing[unit] = Turn(next(sequence), unit, None)
    for number, unit in enumerate(endings, start=1):
        lost = standing.pop(unit)
        ended.append(Turn(lost.pick, unit, number))
        substitute = next(sequence, None)
        if substitute is not None:
            standing[unit] = Turn(substitute, unit, None)
    return sorted([*ended, *standing.values()], key=lambda turn: turn.pick.number)


def bits_needed(tickets: int, quantities: Sequence[int]) -> float:
    """How many bits make every outcome possible: log2 of the ways to choose so many tickets for
    each kind of prize, one kind after the other."""
    left, bits = tickets, 0.0
    for quantity in quantities:
        chosen = min(quantity, left)
        bits += math.log2(math.comb(left, chosen))
        left -= chosen
    return bits


def bits_of_numbers(pick: int, lowest: int, highest: int) -> float:
    """Of so many different numbers out of a range, in no order."""
    return math.log2(math.comb(highest - lowest + 1, pick))


def bits_to_begin(tickets: int) -> float:
    """What it takes for each ticket to have a chance at all."""
    return math.log2(tickets) if tickets else 0.0


def claim_of(supplied: float, tickets: int, quantities: Sequence[int]) -> Claim:
    """What may be said of a draw with so many bits, which are enough to begin."""
    if supplied >= bits_needed(tickets, quantities):
        return Claim.EVERY_OUTCOME
    enough = supplied >= bits_to_begin(tickets) + EVEN_BITS
    return Claim.EVEN_ODDS if enough else Claim.NEARLY_EVEN_ODDS
