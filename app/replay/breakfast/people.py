"""Who takes part: the edition's workers, persons with two accounts, and who may not.

The edition's own people are known by their numbers. Those with two accounts are not among
them: staff import them, and importing them again changes nothing.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.replay.breakfast.sizes import Sizes
from app.replay.stage import NotPlayable, Stage

IMPORT = "/v1/admin/members/import"
IMPORTER = "campaign_manager"
COLUMNS = ("member_no", "name", "id_number", "phone", "district", "categories", "category_source")
# The edition has so many workers, and then the others.
EDITIONS_WORKERS = 1_300
# No region has identity numbers that begin with 98, no network numbers that begin with 120.
REGION, BORN, PHONES = "98", "19800101", "1209"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Person:
    account: str
    second_account: str | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        return (self.account, self.second_account) if self.second_account else (self.account,)


@dataclass(frozen=True, slots=True)
class People:
    workers: Sequence[Person]
    outsiders: Sequence[Person]

    @property
    def accounts(self) -> list[str]:
        """Of everybody."""
        everybody = (*self.workers, *self.outsiders)
        return [account for person in everybody for account in person.accounts]


def people_of(sizes: Sizes) -> People:
    """Everybody who takes part at these sizes, in the order of their numbers."""
    own = [Person(f"M{number:08}") for number in range(1, sizes.workers - sizes.two_accounts + 1)]
    twofold = [_with_two_accounts(place) for place in range(1, sizes.two_accounts + 1)]
    first = EDITIONS_WORKERS + 1
    outsiders = [Person(f"M{number:08}") for number in range(first, first + sizes.outsiders)]
    return People([*own, *twofold], outsiders)


async def gather_people(stage: Stage, sizes: Sizes) -> People:
    """They are all members of this deployment from now on. Raises `NotPlayable`."""
    people = people_of(sizes)
    twofold = [person for person in people.workers if person.second_account]
    own = [person for person in people.workers if not person.second_account]
    # Whoever plays elsewhere than on the edition is told before anything is done.
    for person in (*own[:1], *own[-1:], people.outsiders[-1]):
        await _check(stage, person.account)
    await _import(stage, twofold)
    await _check(stage, twofold[-1].accounts[-1])
    return people


async def _check(stage: Stage, account: str) -> None:
    answer = await stage.wire.send("GET", "/v1/me", token=stage.member_token(account))
    stage.must(answer, "200", act=f"member {account}")


async def _import(stage: Stage, persons: Sequence[Person]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    rows = [row for place, person in enumerate(persons, start=1) for row in _rows(person, place)]
    writer.writerows(rows)
    answer = await stage.wire.send(
        "POST", IMPORT, token=stage.staff[IMPORTER], file=text.getvalue().encode()
    )
    stage.must(answer, "200", act="importing members")
    if answer.body["refused"] or answer.body["read"] != len(rows):
        raise NotPlayable(f"of {len(rows)} members {answer.body['refused']} were refused")


def _with_two_accounts(place: int) -> Person:
    return Person(f"R{place:05}A", f"R{place:05}B")


def _rows(person: Person, place: int) -> Iterator[Sequence[str]]:
    """One a second account too: the identity number says that it is the same person."""
    for account in person.accounts:
        yield (
            account,
            "回放双号",
            _id_number(place),
            f"{PHONES}{place:07}",
            "shinan",
            "new_employment",
            "replay",
        )


def _id_number(place: int) -> str:
    digits = f"{REGION}{place:04}{BORN}001"
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
    return digits + CHECK_DIGITS[total % 11]
