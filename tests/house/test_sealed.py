"""Sealed columns have one place where they are sealed, and all of them are known to it."""

from collections import Counter

from app.models import Base
from app.registrations import all_sealed
from tests.house.source import modules

FIELDS = "app.shared.sealed.fields"
CRYPTO = "app.platform.crypto"


def test_every_sealed_column_is_declared_once_and_so_comes_under_new_keys() -> None:
    there = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    declared = Counter(f"{field.context}_sealed" for field in all_sealed())
    assert declared == Counter(there), "declare it in the room's or pack's seals.py"


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
