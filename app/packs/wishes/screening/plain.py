"""A text as it is searched: one form for every way to write a character. Pure."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from app.packs.wishes.screening.hiding import MASK, Hidden

# A noncharacter, which no text may hold: stands for what is hidden, and no search crosses it.
BARRIER = "\uffff"
# Joiners, soft hyphens, marks: nobody sees them between two digits, or only as a ring around one.
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
_REMEMBERED = 8192


@dataclass(frozen=True)
class Plain:
    """`text` in lower case and NFKC; `origin[i]` is where its character i was written.

    Normalised character by character, because only then does each result have one
    origin; what is hidden afterwards keeps its place as barriers.
    """

    text: str
    origin: tuple[int, ...]
    length: int

    def whole(self, found: Hidden) -> Hidden:
        """Widened to whole characters of the original: ⑩ is two digits, and hidden or not."""
        start, end = found.start, found.end
        while start > 0 and self.origin[start - 1] == self.origin[start]:
            start -= 1
        while end < len(self.text) and self.origin[end] == self.origin[end - 1]:
            end += 1
        return Hidden(start, end, found.kind)

    def written(self, found: Hidden) -> Hidden:
        """Where in the original it stands, with the invisible characters that follow."""
        end = self.origin[found.end] if found.end < len(self.origin) else self.length
        return Hidden(self.origin[found.start], end, found.kind)


def read(text: str) -> Plain:
    """The text as it is searched. Masks that stand in it already are barriers."""
    masked = {index for mask in MASK.finditer(text) for index in range(*mask.span())}
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        plain = BARRIER if index in masked else plain_character(character)
        characters += plain
        origin += [index] * len(plain)
    return Plain("".join(characters), tuple(origin), len(text))


@lru_cache(_REMEMBERED)
def plain_character(character: str) -> str:
    """None, one or several: `Ａ` is `a`, `❸` is `3`, `⑩` is `10`, a joiner nothing."""
    if character == BARRIER:
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", character).lower()
    return "".join(each for each in plain if unicodedata.category(each) not in _INVISIBLE)
