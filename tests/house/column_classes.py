"""Every column's class, from what `app/models/kept` says and what follows from its type.

`python -m tests.house.column_classes` writes the tables of docs/personal-data.md anew.
"""

import importlib
import pkgutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ARRAY, JSON, Column, Enum, LargeBinary, String, Table

from app.models import Base, kept
from app.models.kept import Keeping, Plain, Sort, Subject
from app.registrations import all_sealed
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "personal-data.md"
TABLES_FROM, COLUMNS_FROM, END = "<!-- tables -->", "<!-- columns -->", "<!-- end -->"
# What may hold anything that somebody writes into it.
FREE = (String, LargeBinary, ARRAY, JSON)
ABOUT_PEOPLE = {Subject.MEMBER, Subject.STAFF}
NEEDS_A_REASON = {Sort.PERSONAL, Sort.SENSITIVE}


def declared() -> dict[str, dict[str, Keeping]]:
    """By the name of their module, what tables are kept for."""
    found = {}
    for module in pkgutil.iter_modules(kept.__path__):
        found[module.name] = importlib.import_module(f"{kept.__name__}.{module.name}").TABLES
    return found


def keepings() -> dict[str, Keeping]:
    return {name: keeping for tables in declared().values() for name, keeping in tables.items()}


@dataclass(frozen=True)
class Secured:
    """Columns that are sealed, and those that sealed values are found by."""

    sealed: Collection[str]
    lookups: Collection[str]

    @classmethod
    def of_service(cls) -> "Secured":
        fields = all_sealed()
        lookups = [field.lookup.column for field in fields if field.lookup]
        return cls(
            {f"{field.context}_sealed" for field in fields},
            {f"{column.class_.__tablename__}.{column.key}" for column in lookups},
        )

    def how(self, place: str) -> str | None:
        if place in self.sealed:
            return "sealed"
        return "keyed digest of a sealed value" if place in self.lookups else None


def is_free(column: Column[object]) -> bool:
    return isinstance(column.type, FREE) and not isinstance(column.type, Enum)


def sort_of(column: Column[object], keeping: Keeping) -> Sort | None:
    """None: nobody has said, and its type does not tell."""
    said = keeping.columns.get(column.name)
    if said is not None:
        return said.sort if isinstance(said, Plain) else said
    if is_free(column):
        return None
    return Sort.PERSONAL if keeping.subject in ABOUT_PEOPLE else Sort.INTERNAL


def faults(table: Table, keeping: Keeping, secured: Secured) -> Iterator[str]:
    """What is undeclared, unsealed without a reason, or said of a column that is not there."""
    for name in keeping.columns:
        if name not in table.columns:
            yield f"{table.name}.{name}: there is no such column"
    for column in table.columns:
        sort, place = sort_of(column, keeping), f"{table.name}.{column.name}"
        said = keeping.columns.get(column.name)
        if sort is None:
            yield f"{place}: say its class in app/models/kept"
        elif isinstance(said, Plain):
            if sort not in NEEDS_A_REASON or not said.because:
                yield f"{place}: a reason is for what is personal, and it is a sentence"
        elif sort in NEEDS_A_REASON and secured.how(place) is None:
            follows_from_type = said is None and keeping.plain
            if not follows_from_type:
                yield f"{place}: seal it, or say why it stands in clear (Plain)"


def table_rows(tables: Mapping[str, Keeping]) -> list[str]:
    rows = [
        "| table | about | kept to | from | how long | an erasure |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, each in sorted(tables.items()):
        cells = (each.subject, each.purpose, each.starts or "-", each.keeps, each.erasure)
        rows.append(f"| `{name}` | {' | '.join(cells)} |")
    return rows


def column_rows(tables: Mapping[str, Keeping], secured: Secured) -> list[str]:
    rows = ["| column | class | in the table |", "| --- | --- | --- |"]
    for table in sorted(Base.metadata.sorted_tables, key=lambda table: table.name):
        keeping = tables[table.name]
        for name, said in sorted(keeping.columns.items()):
            place = f"{table.name}.{name}"
            sort = said.sort if isinstance(said, Plain) else said
            if sort in NEEDS_A_REASON or secured.how(place):
                because = said.because if isinstance(said, Plain) else ""
                how = secured.how(place) or f"in clear: {because}"
                rows.append(f"| `{place}` | {sort} | {how} |")
    return rows


def printed(page: str) -> str:
    """The page with its tables as they should be."""
    tables, secured = keepings(), Secured.of_service()
    head, rest = page.split(TABLES_FROM)
    middle, rest = rest.split(END, 1)[1].split(COLUMNS_FROM)
    tail = rest.split(END, 1)[1]
    return "".join(
        [
            head,
            "\n".join([TABLES_FROM, *table_rows(tables), END]),
            middle,
            "\n".join([COLUMNS_FROM, *column_rows(tables, secured), END]),
            tail,
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(printed(PAGE.read_text()))
