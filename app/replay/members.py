"""Members whom a play brings along, because the edition does not have them.

Staff import them, and importing them again changes nothing. `place` is the person: two accounts
of one place have one identity number and phone. Breakfast's places begin at 1, wishes' at 5001,
the city's, whom several packs meet, at 10001.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil

from app.replay.figures import Figure
from app.replay.stage import NotPlayable, Stage
from app.replay.wire import crowd

IMPORT = "/v1/admin/members/import"
IMPORTER = "campaign_manager"
COLUMNS = ("member_no", "name", "id_number", "phone", "district", "categories", "category_source")
# No region has identity numbers that begin with 98, no network numbers that begin with 120.
REGION, BORN, PHONES = "98", "19800101", "1209"
# So many places have a region of their own; then the number within the day goes up.
ROUND = 10_000
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
# Rows of a file: an import is answered when it is done, and nobody waits for an answer for long.
# As many as the service writes in one transaction: a file is in, or it is not.
ROWS_AT_ONCE = 5_000
# Files on their way: what one process reads and seals, another one writes meanwhile.
FILES_AT_ONCE = 3

CITY_FROM = 10_001
DISTRICTS = (
    *("shinan", "shibei", "licang", "laoshan", "chengyang"),
    *("west_coast", "jimo", "jiaozhou", "pingdu", "laixi"),
)
PUBLISHED_MEMBERS = 1_570_000
# Identity numbers and phones are enough for so many.
MOST_MEMBERS = 9_000_000


@dataclass(frozen=True, slots=True)
class NewMember:
    account: str
    place: int
    name: str
    district: str
    category: str

    @property
    def phone(self) -> str:
        return f"{PHONES}{self.place:07}"

    @property
    def id_number(self) -> str:
        round_, place = divmod(self.place, ROUND)
        digits = f"{REGION}{place:04}{BORN}{round_ + 1:03}"
        total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
        return digits + CHECK_DIGITS[total % 11]


def city(count: int) -> Iterator[NewMember]:
    """The city's members at large, from every district in turn, one after the other: there may
    be more of them than anybody would hold at once."""
    for place in range(count):
        district = DISTRICTS[place % len(DISTRICTS)]
        yield NewMember(f"V{place + 1:05}", CITY_FROM + place, "回放会员", district, "")


def audience(count: int) -> list[NewMember]:
    """The first of the city: whoever watches, reserves, takes a quiz. The same people for every
    pack."""
    return list(city(count))


async def fill_the_books(stage: Stage, count: int) -> list[Figure]:
    """So many of the city's members are in the books from now on, whoever takes part. Raises
    `NotPlayable`."""
    stage.progress.plan(ceil(count / ROWS_AT_ONCE))
    stage.progress.scene(f"members: {count:,} into the books")
    known = await import_members(stage, city(count), after_each=stage.progress.step)
    return [Figure("members", "in_the_books", PUBLISHED_MEMBERS, count, known)] if count else []


async def gather_audience(stage: Stage, count: int) -> list[NewMember]:
    """They are members of this deployment from now on. They come in by files, so where the last
    of each is known all are. Raises `NotPlayable`."""
    members = audience(count)
    for last in (*members[ROWS_AT_ONCE - 1 :: ROWS_AT_ONCE], members[-1]):
        token = stage.member_token(last.account)
        if (await stage.wire.send("GET", "/v1/me", token=token)).status != 200:
            await import_members(stage, members)
            break
    return members


async def import_members(
    stage: Stage, members: Iterable[NewMember], *, after_each: Callable[[], None] | None = None
) -> int:
    """They are members of this deployment from now on; how many the service says that they are.
    However many there are, a few files of them are held at once; `after_each` of these is called.
    Raises `NotPlayable`."""
    known = 0

    async def hand_in(rows: Sequence[NewMember]) -> None:
        nonlocal known
        became_known = await _import(stage, rows)
        known += became_known
        if after_each is not None:
            after_each()

    await crowd(_files(members), hand_in, at_once=FILES_AT_ONCE)
    return known


def _files(members: Iterable[NewMember]) -> Iterator[Sequence[NewMember]]:
    rest = iter(members)
    while rows := list(islice(rest, ROWS_AT_ONCE)):
        yield rows


async def _import(stage: Stage, members: Sequence[NewMember]) -> int:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(member) for member in members)
    answer = await stage.wire.send(
        "POST", IMPORT, token=stage.staff[IMPORTER], file=text.getvalue().encode()
    )
    stage.must(answer, "200", act="importing members")
    if answer.body["refused"] or answer.body["read"] != len(members):
        raise NotPlayable(f"of {len(members)} members {answer.body['refused']} were refused")
    return sum(int(answer.body[became]) for became in ("added", "changed", "unchanged"))


async def check_member(stage: Stage, account: str) -> None:
    """Raises `NotPlayable` where nobody has the account."""
    answer = await stage.wire.send("GET", "/v1/me", token=stage.member_token(account))
    stage.must(answer, "200", act=f"member {account}")


def _row(member: NewMember) -> Sequence[str]:
    named = (member.account, member.name, member.id_number, member.phone)
    source = "replay" if member.category else ""
    return (*named, member.district, member.category, source)
