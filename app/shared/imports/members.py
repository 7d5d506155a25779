"""Members' files: accounts, the persons behind them, what they are entitled by.

Two accounts with one identity number are one person. An account does not change
its person. A row's list of categories replaces the account's; a row that has not
changed since it was read last leaves the account as it is, so what staff have
set since then stays.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.models.states import Category, District
from app.platform.crypto import Digester, Sealer
from app.platform.ids import new_id
from app.shared.identity.id_number import id_number_fault
from app.shared.identity.seals import ID_NUMBER, NAME, PERSON, PHONE, PHONE_LAST4
from app.shared.imports.faults import (
    CATEGORY_UNKNOWN,
    ID_NUMBER_CHANGED,
    ID_NUMBER_FAULTS,
    MEMBER_ERASED,
    PHONE_MALFORMED,
    RowRefusal,
    RowRefused,
    refusal,
)
from app.shared.imports.load import (
    STATEMENT_TIMEOUT_S,
    AnyConnection,
    ChunkReport,
    ImportReport,
    OnChunk,
    load,
)
from app.shared.imports.member_statements import ERASED, KNOWN, REDIGEST, STAGE, WRITES
from app.shared.imports.tables import Columns
from app.shared.imports.values import date_of, digits_of, district_of, number_of, text_of
from app.shared.ledger import Actor
from app.shared.personal_data import ERASED_MEMBER_NO

MEMBER_COLUMNS = Columns(
    ("member_no", "name", "id_number", "phone", "district", "categories"),
    ("category_source", "category_until"),
)
# Whose word an entitlement is when the file does not say.
DEFAULT_SOURCE = "import"
ROW_PURPOSE = "member.row"

_PHONE = re.compile(r"1[0-9]{10}")
_PHONE_PUNCTUATION = str.maketrans("", "", " -")
_CATEGORIES = {category.value for category in Category}


async def import_members(
    engine: AsyncEngine,
    sealer: Sealer,
    digester: Digester,
    file: BinaryIO,
    *,
    actor: Actor,
    today: date,
    fixed_ids: Mapping[str, UUID] | None = None,
    on_chunk: OnChunk | None = None,
) -> ImportReport:
    """Read a members' file (columns: `MEMBER_COLUMNS`).

    `today` is the Shanghai day: nobody is born after it. `fixed_ids` are ids
    that new accounts get by member number instead of fresh ones. Raises the
    refusals of this room when the file cannot be read.
    """
    kind = _Members(sealer, digester, today, fixed_ids or {})
    return await load(engine, kind, file, actor=actor, on_chunk=on_chunk)


@dataclass(frozen=True, slots=True)
class MemberRow:
    line: int
    number: str
    name: str
    id_number: str
    phone: str
    district: District
    categories: tuple[str, ...]
    source: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the books have under a member number."""

    is_known: bool
    row_digest: bytes | None = None
    person_digest: bytes | None = None
    is_erased: bool = False


NOBODY, ERASED_ONE = _Seen(False), _Seen(False, is_erased=True)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a row, by what was seen: it says something new, sealed; it is refused; its
    account gets the current key's digest; or nothing at all."""

    seen: _Seen
    staged: tuple[object, ...] | None = None
    refused: RowRefusal | None = None
    digest: bytes | None = None


Judgements: TypeAlias = Mapping[int, Judgement]


class _Members:
    columns = MEMBER_COLUMNS
    object_kind = "member"
    lock = 0x6D65_6D62_6572
    stage_table = STAGE
    tables: tuple[str, ...] = ("person", "member", "member_category")

    def __init__(
        self, sealer: Sealer, digester: Digester, today: date, fixed_ids: Mapping[str, UUID]
    ) -> None:
        self._sealer = sealer
        self._digester = digester
        self._today = today
        self._fixed_ids = fixed_ids

    def parse(self, line: int, cells: list[str]) -> MemberRow:
        number, name, id_number, phone, district, categories, source, until = cells
        return MemberRow(
            line,
            number_of(number, "member_no"),
            text_of(name, "name", most=80),
            self._id_number(id_number),
            _phone(phone),
            district_of(district),
            _categories(categories),
            text_of(source, "category_source", most=80) if source else DEFAULT_SOURCE,
            date_of(until, "category_until"),
        )

    def _id_number(self, cell: str) -> str:
        text = digits_of(cell, "id_number").upper()
        fault = id_number_fault(text, today=self._today)
        if fault is not None:
            raise RowRefused(ID_NUMBER_FAULTS[fault], "id_number")
        return text

    async def ahead(self, connection: AnyConnection, rows: list[MemberRow]) -> Judgements:
        """What becomes of each row as things stand, sealed where it is new: most of the work."""
        seen = await self._look(connection, rows)
        return await asyncio.to_thread(self._judge_all, rows, seen, {})

    async def write(
        self, connection: AnyConnection, rows: list[MemberRow], ahead: Judgements
    ) -> ChunkReport:
        seen = await self._look(connection, rows)
        judged = await asyncio.to_thread(self._judge_all, rows, seen, ahead)
        judged_rows = [(row, judged[row.line]) for row in rows]
        redigested = {row.number: each.digest for row, each in judged_rows if each.digest}
        staged = [each.staged for _, each in judged_rows if each.staged]
        refusals = [each.refused for _, each in judged_rows if each.refused]
        if redigested:
            await connection.execute(
                REDIGEST, list(redigested), list(redigested.values()), timeout=STATEMENT_TIMEOUT_S
            )
        await connection.copy_records_to_table(
            "import_member", records=staged, timeout=STATEMENT_TIMEOUT_S
        )
        for statement in WRITES if staged else ():
            await connection.execute(statement, timeout=STATEMENT_TIMEOUT_S)
        added = sum(each.staged is not None and not each.seen.is_known for _, each in judged_rows)
        return ChunkReport(
            added=added,
            changed=len(staged) - added,
            unchanged=len(rows) - len(staged) - len(refusals),
            refusals=refusals,
        )

    async def _look(self, connection: AnyConnection, rows: Sequence[MemberRow]) -> dict[str, _Seen]:
        """What the books have under each row's number."""
        numbers = [row.number for row in rows]
        records = await connection.fetch(KNOWN, numbers, timeout=STATEMENT_TIMEOUT_S)
        known = {record["member_no"]: _Seen(True, record[1], record[2]) for record in records}
        new = [number for number in numbers if number not in known]
        erased = await self._erased(connection, new)
        return known | {number: ERASED_ONE if number in erased else NOBODY for number in new}

    async def _erased(self, connection: AnyConnection, numbers: Iterable[str]) -> set[str]:
        """Of these the accounts that were erased: no file brings them back."""
        by_digest = {
            digest: number
            for number in numbers
            for digest in ERASED_MEMBER_NO.digests(self._digester, number)
        }
        records = await connection.fetch(ERASED, list(by_digest), timeout=STATEMENT_TIMEOUT_S)
        return {by_digest[record["member_no_digest"]] for record in records}

    def _judge_all(
        self, rows: Iterable[MemberRow], seen: Mapping[str, _Seen], ahead: Judgements
    ) -> Judgements:
        """By line; what was judged ahead stands where the books still have what was seen then."""
        judged = {}
        for row in rows:
            before, now = ahead.get(row.line), seen[row.number]
            is_as_before = before is not None and before.seen == now
            judged[row.line] = before if before and is_as_before else self._judge(row, now)
        return judged

    def _judge(self, row: MemberRow, seen: _Seen) -> Judgement:
        if seen.is_erased:
            return Judgement(seen, refused=refusal(row.line, MEMBER_ERASED, column="member_no"))
        row_digests = self._row_digests(row)
        if seen.row_digest in row_digests:
            is_current = seen.row_digest == row_digests[0]
            return Judgement(seen, digest=None if is_current else row_digests[0])
        digests = PERSON.digests(self._digester, row.id_number)
        if seen.is_known and seen.person_digest not in digests:
            return Judgement(seen, refused=refusal(row.line, ID_NUMBER_CHANGED, column="id_number"))
        return Judgement(seen, staged=self._sealed(row, digests, row_digests[0]))

    def _row_digests(self, row: MemberRow) -> list[bytes]:
        return self._digester.every(
            ROW_PURPOSE,
            row.name,
            row.id_number,
            row.phone,
            row.district.value,
            "|".join(row.categories),
            row.source,
            str(row.valid_until),
        )

    def _sealed(
        self, row: MemberRow, id_digests: list[bytes], row_digest: bytes
    ) -> tuple[object, ...]:
        return (
            self._fixed_ids.get(row.number) or new_id(),
            row.number,
            new_id(),
            id_digests,
            ID_NUMBER.seal(self._sealer, row.id_number),
            NAME.seal(self._sealer, row.name),
            PHONE.seal(self._sealer, row.phone),
            PHONE_LAST4.digest(self._digester, row.phone),
            row.district.value,
            row_digest,
            row.categories,
            row.source,
            row.valid_until,
        )


def _phone(cell: str) -> str:
    text = digits_of(cell, "phone").translate(_PHONE_PUNCTUATION).removeprefix("+86")
    if not _PHONE.fullmatch(text):
        raise RowRefused(PHONE_MALFORMED, "phone")
    return text


def _categories(cell: str) -> tuple[str, ...]:
    """Sorted and each once, so that the same set in another order is the same row."""
    names = {name.strip().lower() for name in cell.split("|")} - {""}
    if not names <= _CATEGORIES:
        raise RowRefused(CATEGORY_UNKNOWN, "categories")
    return tuple(sorted(names))
