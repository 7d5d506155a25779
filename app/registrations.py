"""What rooms and packs bring to common affairs, found by equal names: a door's own gathering.

A room or a pack that keeps sealed columns has a `seals.py` with `SEALED`; one that keeps
something about members a `personal_data.py` with `DATA_KINDS`. Nothing below a door knows them all.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from app import packs, shared
from app.shared.personal_data import DataKind
from app.shared.sealed import SealedField


def all_sealed() -> list[SealedField]:
    """Every sealed column."""
    return [field for module in _modules("seals") for field in module.SEALED]


def all_data_kinds() -> tuple[DataKind, ...]:
    """Every kind of data about a member."""
    return tuple(kind for module in _modules("personal_data") for kind in module.DATA_KINDS)


def _modules(name: str) -> Iterator[ModuleType]:
    """The module of that name in each room and pack that has one."""
    for folder in (shared, packs):
        for room in sorted(pkgutil.iter_modules(folder.__path__), key=lambda found: found.name):
            if room.ispkg and _has(f"{folder.__name__}.{room.name}", name):
                yield importlib.import_module(f"{folder.__name__}.{room.name}.{name}")


def _has(package: str, name: str) -> bool:
    path = importlib.import_module(package).__path__
    return any(module.name == name for module in pkgutil.iter_modules(path))
