"""The tables: one module a pack and a shared room. Importing this knows them all.

They are found, not listed: a pack's table that nobody imported would be missing in `verify`
and in the house tests' walks, and nothing would say so.
"""

import importlib
import pkgutil

from app.models.base import Base

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Base"]
