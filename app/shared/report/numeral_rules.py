"""Numbers as a Chinese newspaper prints them: 余, 近, 万. Pure.

余 (and more) never says more than there were: the number in front of it is rounded down and is
smaller than the figure. 近 (nearly) never says fewer: it is rounded up, and larger. What is
exact carries neither. Numbers of ten thousand and more are given in 万.
"""

from collections.abc import Callable
from decimal import Decimal

WAN = 10_000
# Below, every unit counts and nothing is rounded.
SMALL = 100
# So many digits are said of a number, and one more from a hundred thousand on.
DIGITS, DIGITS_OF_LARGE, LARGE = 2, 3, 100_000
# 近 is said of what lacks this little of a number of one digit, in hundredths.
NEARLY_PERCENT = 3


def plain(count: int) -> str:
    """Exactly, in 万 where it is no longer for it: 9626, 1.5万, 15007."""
    if count < WAN or count % SMALL:
        return str(count)
    return f"{(Decimal(count) / WAN).normalize():f}万"


def over(count: int) -> str:
    """Rounded down, with 余 where anything was left out: 1250 is 1200余, 40321 is 4万余."""
    if count < SMALL:
        return plain(count)
    rounded = count - count % _step(count)
    return plain(rounded) + ("余" if rounded < count else "")


def nearly(count: int) -> str:
    """Rounded up, with 近 where anything was added: 9626 is 近9700."""
    if count < SMALL:
        return plain(count)
    rounded = -(-count // (step := _step(count))) * step
    return ("近" if rounded > count else "") + plain(rounded)


def rough(count: int) -> str:
    """近 where little is missing to a number of one digit (98,700 is 近10万), else 余."""
    if count < SMALL:
        return plain(count)
    round_number = -(-count // (step := 10 ** (len(str(count)) - 1))) * step
    if 0 < round_number - count <= round_number * NEARLY_PERCENT // 100:
        return f"近{plain(round_number)}"
    return over(count)


def yuan(fen: int) -> str:
    """Whole yuan in the manner of `over`: 19990000 fen are 19.9万余元."""
    whole = fen // 100
    said = over(whole)
    is_cut = fen % 100 and not said.endswith("余")
    return f"{said}{'余' if is_cut else ''}元"


def _step(count: int) -> int:
    """What is rounded to."""
    digits = DIGITS_OF_LARGE if count >= LARGE else DIGITS
    step: int = 10 ** max(0, len(str(count)) - digits)
    return step


MANNERS: dict[str, Callable[[int], str]] = {
    "plain": plain,
    "over": over,
    "nearly": nearly,
    "rough": rough,
    "yuan": yuan,
}
