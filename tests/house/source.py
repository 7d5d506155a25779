"""The project's own source, parsed once for all house tests."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One Python file. `name` is dotted: `app.packs.breakfast.rules`."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def imports(self) -> Iterator[str]:
        """Dotted names of what is imported, the names taken from a module with it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (each.name for each in node.names)
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                yield from (f"{node.module}.{each.name}" for each in node.names)

    def calls(self) -> Iterator[tuple[str, int]]:
        """What is called, as written (`session.commit`), and the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.lineno


@cache
def modules() -> list[Module]:
    """Every Python file below `app`, in order."""
    return [_read(path) for path in sorted(APP.rglob("*.py"))]


def below(*names: str) -> list[Module]:
    """The modules of these packages, and these modules."""
    return [
        module
        for module in modules()
        if any(module.name == name or module.name.startswith(f"{name}.") for name in names)
    ]


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    text = path.read_text()
    return Module(path, name, text, ast.parse(text))
