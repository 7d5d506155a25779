"""Addresses down to a house, a building or a room. Pure.

Hidden is what stands from the number on (`12号3单元502`), not the names before it: a
district, a road, a community alone are no secret, reviewers and helpers need them, and
where a name begins cannot be told without a list of all names. A building by itself
(`3号楼前集合`) is a place to meet; behind the name of a community, behind 住 or 送到, or
with a room, it is somebody's home.

Not seen: a road with a bare number (`香港中路12`), a house known by its name, a bed in a ward,
a way described in words.
"""

import re
from collections.abc import Iterator

from app.packs.wishes.screening.hiding import Hidden, Hiding
from app.packs.wishes.screening.plain import BARRIER

_CHINESE = "一二三四五六七八九十百零〇幺两"
_DASH = r"[\-–—]"
_ELEMENT = re.compile(
    r"(?<![0-9.])(?P<number>[甲乙丙丁]?[a-z]?[0-9]{1,4}[a-z]?(?:[\-–—][0-9]{1,4})?"
    rf"|(?<![a-z])[a-z]|(?<![{_CHINESE}])[{_CHINESE}]{{1,5}}) ?"
    r"(?P<unit>号楼|号院|号房|号(?!线|口|台|机|电池|字|码|站|车|窗)"
    r"|栋|幢|座|单元|楼|门|室|户|层|组|队|弄|#楼?|房)"
)
_GAP = re.compile(r"[ \-–—]{0,2}")
# What a number is counted in, where it is no room.
_MEASURES = r" ?(?:点|时|分|月|日|号|岁|人|块|元|个|天|年|米|公里|斤|路|度|平|期|%|万)"
_ROOM = re.compile(
    rf"(?:(?:[ \-–—]?[0-9]{{3,4}})|(?:{_DASH}[0-9]{{1,4}}){{1,3}}|[{_CHINESE}]{{3,4}})"
    rf"(?![0-9{_CHINESE}:]|{_MEASURES})"
)
# 3-2-501: of three parts, or of two with a room of three digits.
_DASHED = re.compile(
    rf"(?<![0-9.\-–—])[0-9]{{1,3}}(?:(?:{_DASH}[0-9]{{1,4}}){{2,3}}|{_DASH}[0-9]{{3,4}})"
    rf"(?![0-9:\-–—]|{_MEASURES})"
)

_BUILDINGS = frozenset({"号楼", "号院", "号房", "栋", "幢", "座", "单元", "弄", "#", "#楼"})
_REACH = 12
_ROAD = re.compile(r"(?:(?<![0-9走网思套半])路|(?<!逛)街|(?<![知味报频通渠街])道|巷|弄|胡同) ?$")
_VILLAGE = re.compile(r"(?<![全本我们])(?:村|庄|屯) ?$")
_PLACE = re.compile(
    r"(?:小区|社区|花园|家园|公寓|新村|苑|院|大厦|广场|城|府|湾|园|居|坊|宿舍|里|村|庄|屯|庭|区|期|厂)"
    r" ?$"
)
_HOME = re.compile(
    rf"(?:住|家在|地址|送到|寄到|送货到|寄往|我家|俺家)[^0-9,。;!?\n{BARRIER}]{{0,8}}$"
)
# 12号 is a day as well: behind a road it is a house, behind a village only if no day can follow.
_DAY_FOLLOWS = re.compile(
    r" ?(?:[0-9晚早前后那这之到起以出回来去停开要就有过是]|上午|下午|中午|左右)"
)
_LAST_DAY = 31
_STATED = re.compile(
    rf"(?:(?:地址|住址)(?:是|为|在|[: ]){{1,3}}|门牌号?(?:是|为|[: ]){{0,2}})"
    rf"(?P<clause>[^,。;!?\n{BARRIER}]{{1,40}})"
)
_COUNTED = re.compile(rf"[0-9]+(?![0-9]|:|{_MEASURES})")


def find_addresses(text: str) -> list[Hidden]:
    """What is to be hidden of a plain text; leftmost first within each of three forms."""
    stated = [
        match.span("clause") for match in _STATED.finditer(text) if _COUNTED.search(match["clause"])
    ]
    chains = [span for chain in _chains(text) if (span := _home(chain, text)) is not None]
    dashed = [
        match.span() for match in _DASHED.finditer(text) if _is_named(_before(text, match.start()))
    ]
    return [Hidden(*span, Hiding.ADDRESS) for span in (*stated, *chains, *dashed)]


def _chains(text: str) -> Iterator[list[re.Match[str]]]:
    """Elements that follow one another, each of another unit: 12号 3号楼 2单元 502室."""
    chain: list[re.Match[str]] = []
    for element in _ELEMENT.finditer(text):
        units = {each["unit"] for each in chain}
        follows = chain and _GAP.fullmatch(text, chain[-1].end(), element.start())
        if chain and (not follows or element["unit"] in units):
            yield chain
            chain = []
        chain.append(element)
    if chain:
        yield chain


def _home(chain: list[re.Match[str]], text: str) -> tuple[int, int] | None:
    """Where the chain stands with its room, or None when it tells nobody's home."""
    first, start = chain[0], chain[0].start()
    before = _before(text, start)
    if before.endswith("月"):
        return None
    room = _ROOM.match(text, chain[-1].end()) if chain[-1]["unit"] not in {"层", "室"} else None
    end = room.end() if room is not None else chain[-1].end()
    parts = len([each for each in chain if each["unit"] != "层"]) + (room is not None)
    named, strong = _is_named(before), any(_is_strong(each) for each in chain)
    tells = (
        (_ROAD.search(before) and first["unit"] not in {"层", "门", "组", "队", "户"})
        or _is_village_house(first, before, text)
        or (parts > 1 and (strong or named))
        or (strong and named)
    )
    return (start, end) if tells else None


def _before(text: str, start: int) -> str:
    return text[max(0, start - _REACH) : start]


def _is_named(before: str) -> bool:
    return any(form.search(before) for form in (_PLACE, _HOME, _ROAD))


def _is_strong(element: re.Match[str]) -> bool:
    """An address's own words. 一座山, 两栋小楼 and 2室 are counted, not numbered."""
    unit, number = element["unit"], element["number"]
    if unit == "室":
        return len(number) > 2
    return unit in _BUILDINGS and not (unit in {"栋", "幢", "座"} and number[0] in _CHINESE)


def _is_village_house(element: re.Match[str], before: str, text: str) -> bool:
    if element["unit"] != "号" or not _VILLAGE.search(before):
        return False
    is_day = element["number"].isdigit() and int(element["number"]) <= _LAST_DAY
    return not (is_day and _DAY_FOLLOWS.match(text, element.end()))
