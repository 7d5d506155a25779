"""Sealed columns have one place where they are sealed, and all of them are known to it."""

from collections import Counter

from app.models import Base
from app.registrations import all_sealed
from tests.house.source import ROOT, modules

FIELDS = "app.shared.sealed.fields"
CRYPTO = "app.platform.crypto"
PAGE = ROOT / "docs" / "sealed-fields.md"


def test_every_sealed_column_is_declared_once_and_so_comes_under_new_keys() -> None:
    there = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    declared = Counter(f"{field.context}_sealed" for field in all_sealed())
    assert declared == Counter(there), "declare it in the room's or pack's seals.py"


def test_the_page_lists_every_sealed_column_with_its_lookup() -> None:
    rows = [line.split("|") for line in PAGE.read_text().splitlines() if "_sealed`" in line]
    listed = {row[1].strip(" `"): row[3].strip() for row in rows if len(row) > 4}
    found_by = {f"{field.context}_sealed": field.lookup for field in all_sealed()}
    assert set(listed) == set(found_by)
    for name, lookup in found_by.items():
        assert listed[name].startswith(f"`{lookup.column.key}`" if lookup else ""), name
        assert bool(listed[name]) == bool(lookup), name


def test_values_are_sealed_and_opened_by_their_field_alone() -> None:
    for module in modules():
        if module.name == FIELDS:
            continue
        for called, line in module.calls():
            assert not called.endswith(("sealer.seal", "sealer.open")), f"{module.place}:{line}"


def test_keys_become_sealers_in_one_place_or_one_would_write_with_another_key() -> None:
    for module in modules():
        if module.name == CRYPTO:
            continue
        for called, line in module.calls():
            assert called not in {"Sealer", "Digester"}, f"{module.place}:{line}"
