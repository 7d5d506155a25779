"""Small rooms: a module is read in one go, a function is seen at once."""

import ast

from tests.house.source import FUNCTIONS, modules

MODULE_LINES = 300
FUNCTION_LINES = 40

# What is longer, and why that is better than its parts would be.
LONG_MODULES: dict[str, str] = {
    "app/models/states.py": "one enumeration after the other, each read for itself",
}
LONG_FUNCTIONS: dict[str, str] = {
    "app/main.py::open_rooms": "one collaborator a line, in the order in which they close",
}


def test_modules_stay_within_300_lines() -> None:
    long = {module.place for module in modules() if module.lines > MODULE_LINES}
    assert long == set(LONG_MODULES)


def test_functions_stay_within_40_lines() -> None:
    long = {
        f"{module.place}::{node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, FUNCTIONS) and _lines(node) > FUNCTION_LINES
    }
    assert long == set(LONG_FUNCTIONS)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Of the body alone: the docstring is for reading, and arguments by keyword cost lines."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
