"""Members whom a play brings along, because the edition does not have them.

Staff import them, and importing them again changes nothing. `place` is the person: two accounts
of one place have one identity number and phone. Breakfast's places begin at 1, wishes' at 5001.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from app.replay.stage import NotPlayable, Stage

IMPORT = "/v1/admin/members/import"
IMPORTER = "campaign_manager"
COLUMNS = ("member_no", "name", "id_number", "phone", "district", "categories", "category_source")
# No region has identity numbers that begin with 98, no network numbers that begin with 120.
REGION, BORN, PHONES = "98", "19800101", "1209"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"


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
        digits = f"{REGION}{self.place:04}{BORN}001"
        total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True))
        return digits + CHECK_DIGITS[total % 11]


async def import_members(stage: Stage, members: Sequence[NewMember]) -> None:
    """They are members of this deployment from now on. Raises `NotPlayable`."""
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
    await check_member(stage, members[-1].account)


async def check_member(stage: Stage, account: str) -> None:
    """Raises `NotPlayable` where nobody has the account."""
    answer = await stage.wire.send("GET", "/v1/me", token=stage.member_token(account))
    stage.must(answer, "200", act=f"member {account}")


def _row(member: NewMember) -> Sequence[str]:
    named = (member.account, member.name, member.id_number, member.phone)
    return (*named, member.district, member.category, "replay")
