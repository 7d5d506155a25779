"""What each table is kept for, how long, and what an erasure does to it: one module a models
module, `TABLES` by table name. Nothing decides by it; it is what decisions are held against.

A column's class is said here, or follows from its type: what cannot hold free text or bytes
(ids, numbers, times, enumerations) is as personal as the rows that it stands in. Texts,
bytes, lists and JSON are always said. tests/house/test_column_classes.py walks all tables;
docs/personal-data.md prints them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Subject(StrEnum):
    """Whom rows are about."""

    NOBODY = "nobody"
    COMPANY = "company"
    STAFF = "staff"
    MEMBER = "member"


class Sort(StrEnum):
    """Of a column, from what anybody may read to what the law calls sensitive (article 28)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


@dataclass(frozen=True)
class Plain:
    """A column that is personal and yet not sealed, and why that is right."""

    sort: Sort
    because: str


@dataclass(frozen=True)
class Keeping:
    """A table. `starts` and `keeps`: the clock of its rows; `erasure`: what a member's erasure
    does to them; `kinds`: under which names a member's copy shows them; `plain`: why what is
    personal by its type alone stands there in clear."""

    subject: Subject
    purpose: str
    starts: str
    keeps: str
    erasure: str
    kinds: tuple[str, ...] = ()
    plain: str = ""
    columns: Mapping[str, Sort | Plain] = field(default_factory=dict)
