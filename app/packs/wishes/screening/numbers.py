"""Identity numbers, bank cards and phones among the numbers of a text. Pure.

What a number is, is decided by its length and form, and by the words before it where
the form alone says too little. Dates stay: a number that would have to swallow a
written date is none, unless it is an identity number whose own date of birth that is.
Too much is hidden rather than too little: a parcel's number of 16 digits goes as a card.

Not seen: foreign numbers without a +, a local number that no word announces (also a
second one behind the first), parts of a number with words in between.
"""

import re

from app.packs.wishes.screening.hiding import Hidden, Hiding
from app.packs.wishes.screening.numerals import Number, numbers
from app.packs.wishes.screening.plain import BARRIER

FEWEST_DIGITS = 6
ID_DIGITS, OLD_ID_DIGITS = 18, 15
CARD_DIGITS = range(16, 20)
# Words count when they stand this near before a number, with no other number between.
_REACH = 10
_BEFORE = re.compile(rf"[^0-9{BARRIER}]*$")

_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_ID = re.compile(rf"[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{_DAY}[0-9]{{3,4}}")
_OLD_ID = re.compile(rf"[1-9][0-9]{{7}}{_DAY}[0-9]{{3}}")
_CHECK_LETTER = re.compile(r"[ \-]?[x×х叉](?![a-z0-9])")
# From 12, though no network has it: fictitious members have numbers that begin with 120.
_MOBILE = re.compile(r"(?:(?:00)?86|0)?1[2-9][0-9]{9}")
_MOBILE_AND_MORE = re.compile(r"1[3-9][0-9]{10,12}")
_AREA = r"(?:10|2[0-9]|[3-9][0-9]{2})"
_LANDLINE = re.compile(rf"(?:0|(?:00)?86){_AREA}[2-8][0-9]{{6,7}}|[48]00[0-9]{{7}}")
_LOCAL = re.compile(r"[2-9][0-9]{6,7}")
_DATE_DIGITS = re.compile(rf"(?:19|20)[0-9]{{2}}{_DAY}")
_DATE = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?![0-9])"
)

_SAYS_PHONE = re.compile(r"电话|手机|联系|座机|固话|致电|来电|拨打|打给|找我|tel|phone|call|mobile")
_SAYS_ID = re.compile(r"身份证|护照|证件号|证号|残疾证|军官证")
_SAYS_CARD = re.compile(r"卡号|银行卡|(?<!微信)(?<!qq)(?:账号|帐号|账户|帐户)|开户")


def find_numbers(text: str) -> list[Hidden]:
    """What is to be hidden of a plain text, none of it overlapping; surest first, then leftmost."""
    dated = {place for match in _DATE.finditer(text) for place in range(*match.span())}
    candidates: list[tuple[int, int, int, Hiding]] = []
    for number in numbers(text, fewest=FEWEST_DIGITS):
        judged = _judge(number, text, dated)
        if judged is not None:
            rank, kind, end = judged
            candidates.append((rank, _with_plus(text, number.start), -end, kind))
    return _apart(sorted(candidates))


def _apart(candidates: list[tuple[int, int, int, Hiding]]) -> list[Hidden]:
    taken: set[int] = set()
    found = []
    for _, start, minus_end, kind in candidates:
        places = range(start, -minus_end)
        if taken.isdisjoint(places):
            taken.update(places)
            found.append(Hidden(start, -minus_end, kind))
    return found


def _judge(number: Number, text: str, dated: set[int]) -> tuple[int, Hiding, int] | None:
    """Rank (0 is surest), kind and end; None for a number that everybody may see."""
    if len(number.digits) == ID_DIGITS - 1:
        letter = _CHECK_LETTER.match(text, number.end)
        if letter is not None:
            return 0, Hiding.ID_NUMBER, letter.end()
    if len(number.digits) == ID_DIGITS and _ID.fullmatch(number.digits):
        return 0, Hiding.ID_NUMBER, number.end
    if not dated.isdisjoint(group.start for group in number.groups):
        return None
    for rank, kind in enumerate((_as_id, _as_card, _as_phone, _as_announced), start=1):
        hiding = kind(number, text)
        if hiding is not None:
            return rank, hiding, number.end
    return None


def _as_id(number: Number, text: str) -> Hiding | None:
    """With a wrong date too: a mistyped identity number still tells who somebody is."""
    digits = number.digits
    if len(digits) == OLD_ID_DIGITS and number.breaks <= {6, 12} and _OLD_ID.fullmatch(digits):
        return Hiding.ID_NUMBER
    if len(digits) == ID_DIGITS and number.is_unbroken and not _is_card(number, text):
        return Hiding.ID_NUMBER
    if len(digits) in {17, 19, 20} and number.is_unbroken and _ID.match(digits):
        return None if _is_card(number, text) else Hiding.ID_NUMBER
    return None


def _as_card(number: Number, text: str) -> Hiding | None:
    """Unbroken always, for a card with one wrong digit is a card; else in fours, or by Luhn."""
    if len(number.digits) > CARD_DIGITS[-1]:
        return Hiding.BANK_CARD if number.is_unbroken else None
    if len(number.digits) not in CARD_DIGITS:
        return None
    in_fours = number.breaks == {4, 8, 12, 16}.intersection(range(len(number.digits)))
    is_card = number.is_unbroken or in_fours or (_is_grouped(number) and passes_luhn(number.digits))
    return Hiding.BANK_CARD if is_card else None


def _as_phone(number: Number, text: str) -> Hiding | None:
    """Mobiles however broken; landlines where the area code, 400 or 86 is not broken itself."""
    digits = number.digits
    if _MOBILE.fullmatch(digits):
        return Hiding.PHONE
    if _LANDLINE.fullmatch(digits) and (len(number.groups[0].digits) > 2 or digits[0] == "8"):
        return Hiding.PHONE
    has_plus = text[number.start - 1 : number.start] == "+"
    return Hiding.PHONE if has_plus and len(digits) in range(10, 16) else None


def _as_announced(number: Number, text: str) -> Hiding | None:
    """What only the words before it make a phone, an identity number or an account."""
    digits = number.digits
    if number.is_unbroken and _MOBILE_AND_MORE.fullmatch(digits):
        return Hiding.PHONE
    if _DATE_DIGITS.fullmatch(digits):
        return None
    before = _before(text, number.start)
    if number.is_unbroken and _SAYS_ID.search(before):
        return Hiding.ID_NUMBER
    if number.is_unbroken and len(digits) > 8 and _SAYS_CARD.search(before):
        return Hiding.BANK_CARD
    is_phone = _LOCAL.fullmatch(digits) or (number.is_unbroken and len(digits) in range(7, 15))
    return Hiding.PHONE if is_phone and _SAYS_PHONE.search(before) else None


def _before(text: str, start: int) -> str:
    """The words before a number. Hiding what stands earlier can only make them fewer."""
    near = _BEFORE.search(text[max(0, start - _REACH) : start])
    return near.group() if near is not None else ""


def _is_card(number: Number, text: str) -> bool:
    if _SAYS_CARD.search(_before(text, number.start)):
        return True
    return not _ID.match(number.digits) and passes_luhn(number.digits)


def _is_grouped(number: Number) -> bool:
    parts = [group.digits for group in number.groups]
    return all(len(part) >= 3 and not _DATE_DIGITS.fullmatch(part) for part in parts)


def _with_plus(text: str, start: int) -> int:
    return start - 1 if text[start - 1 : start] == "+" else start


def passes_luhn(digits: str) -> bool:
    """The check of bank cards (ISO/IEC 7812): one wrong digit is noticed."""
    odd, even = digits[-1::-2], digits[-2::-2]
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in even)
    return (sum(map(int, odd)) + sum(doubled)) % 10 == 0
