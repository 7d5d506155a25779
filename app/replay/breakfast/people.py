"""Who takes part: the edition's workers, persons with two accounts, and who may not.

The edition's own people are known by their numbers. Those with two accounts are not among
them: staff import them, and importing them again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.replay.breakfast.sizes import Sizes
from app.replay.members import NewMember, check_member, import_members
from app.replay.stage import Stage

# The edition has so many workers, and then the others.
EDITIONS_WORKERS = 1_300


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
        await check_member(stage, person.account)
    await import_members(stage, [_twofold(account, place) for place, account in _accounts(twofold)])
    return people


def _with_two_accounts(place: int) -> Person:
    return Person(f"R{place:05}A", f"R{place:05}B")


def _accounts(persons: Sequence[Person]) -> list[tuple[int, str]]:
    """Each with its person's place."""
    places = enumerate(persons, start=1)
    return [(place, account) for place, person in places for account in person.accounts]


def _twofold(account: str, place: int) -> NewMember:
    return NewMember(account, place, "回放双号", "shinan", "new_employment")
