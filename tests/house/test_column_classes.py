"""Every column of every table has a class, and what is personal is sealed or argued."""

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

from app.models import Base
from app.models.kept import Keeping, Plain, Sort, Subject
from app.registrations import all_data_kinds
from tests.house.column_classes import (
    PAGE,
    Secured,
    declared,
    faults,
    keepings,
    printed,
    sort_of,
)

# Tables about members that are in no copy of theirs.
IN_NO_COPY = {
    "erasure": "it is there when the account is nobody any more",
    "stock_entry": "what was granted is in the copy as its pack's own rows, whichever pack",
    "ledger_entry": "digests: what was done stands in the copies of what it was done to",
}


def test_every_table_says_what_it_is_kept_for_and_how_long() -> None:
    assert set(keepings()) == set(Base.metadata.tables), "add it to app/models/kept"
    for name, keeping in keepings().items():
        assert keeping.purpose, name
        assert keeping.keeps, name
        assert keeping.erasure, name


def test_a_table_is_said_in_the_module_of_its_models_name() -> None:
    modules = {
        mapper.class_.__tablename__: mapper.class_.__module__.rsplit(".", 1)[1]
        for mapper in Base.registry.mappers
    }
    said = {name: module for module, tables in declared().items() for name in tables}
    assert said == modules


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_column_has_a_class_and_what_is_personal_is_sealed_or_argued(table: Table) -> None:
    assert list(faults(table, keepings()[table.name], Secured.of_service())) == []


def test_what_is_kept_about_members_is_in_their_copy() -> None:
    kinds = {kind.name for kind in all_data_kinds()}
    about = {name: each for name, each in keepings().items() if each.subject is Subject.MEMBER}
    for name, keeping in about.items():
        assert set(keeping.kinds) <= kinds, name
        assert bool(keeping.kinds) != (name in IN_NO_COPY), name
    named = {kind for keeping in about.values() for kind in keeping.kinds}
    assert named == kinds


def test_the_page_prints_what_is_said() -> None:
    """Write it anew with `python -m tests.house.column_classes`."""
    page = PAGE.read_text()
    assert page == printed(page)


# The controls: what the walk is there to notice.
NOTE = Table(
    "note",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("text", String),
    Column("phone_sealed", LargeBinary),
)
SEALED = Secured({"note.phone_sealed"}, set())
SAID = {"text": Sort.INTERNAL, "phone_sealed": Sort.PERSONAL}


def keeping(**changes: object) -> Keeping:
    known = {"plain": "a number", "columns": SAID, **changes}
    return Keeping(Subject.MEMBER, "to try", "now", "for ever", "none", **known)  # type: ignore[arg-type]


def test_a_table_that_says_all_has_no_faults() -> None:
    assert list(faults(NOTE, keeping(), SEALED)) == []
    assert sort_of(NOTE.c.id, keeping()) is Sort.PERSONAL


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"columns": {"phone_sealed": Sort.PERSONAL}}, "note.text: say its class"),
        ({"columns": {**SAID, "text": Sort.PERSONAL}}, "note.text: seal it"),
        ({"columns": {**SAID, "text": Sort.SENSITIVE}}, "note.text: seal it"),
        ({"columns": {**SAID, "text": Plain(Sort.PUBLIC, "x")}}, "note.text: a reason is for"),
        ({"columns": {**SAID, "text": Plain(Sort.PERSONAL, "")}}, "note.text: a reason is for"),
        ({"columns": {**SAID, "gone": Sort.PUBLIC}}, "note.gone: there is no such column"),
        ({"plain": ""}, "note.id: seal it"),
    ],
)
def test_what_is_left_unsaid_is_noticed(changes: dict[str, object], fault: str) -> None:
    found = list(faults(NOTE, keeping(**changes), SEALED))
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_a_column_that_only_looks_sealed_is_noticed() -> None:
    (fault,) = faults(NOTE, keeping(), Secured(set(), set()))
    assert fault.startswith("note.phone_sealed: seal it")
