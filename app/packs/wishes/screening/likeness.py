"""How alike two wishes are, for the warning "you have asked for this already". Pure."""

from collections import Counter
from itertools import pairwise

from app.packs.wishes.screening.plain import plain_character


def similarity(one: str, other: str) -> float:
    """From 0 (no two neighbouring characters in common) to 1 (the same but for punctuation).

    Sørensen and Dice's coefficient over the pairs of neighbouring characters, counted
    with their repetitions: twice the shared pairs, by all pairs. Pairs, because Chinese
    has no blanks between words, and a pair is about a word; the coefficient rather than
    Jaccard's, because it is milder on the short texts that wishes are (ten characters of
    which two are exchanged keep 0.67; Jaccard's says 0.5), so that one threshold suits
    short and long ones. It is blind to meaning: 棉衣 and 羽绒服 have nothing in common.
    A text without letters and digits is like none, not even itself.
    """
    ours, theirs = _pairs(one), _pairs(other)
    together = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / together if together else 0.0


def _pairs(text: str) -> Counter[str]:
    """Of letters and digits alone; a single one counts as its own pair."""
    kept = "".join(each for sign in text for each in plain_character(sign) if each.isalnum())
    if len(kept) == 1:
        return Counter([kept])
    return Counter(map("".join, pairwise(kept)))
