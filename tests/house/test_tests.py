"""A test can fail: it asserts something, and what it compares is not its message."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import FUNCTIONS, ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef
EXPECTATIONS = {"raises", "warns", "fail"}
# What may stand behind the comma of an assert: words and what was found, no judgement.
JUDGEMENTS = (ast.Compare, ast.BoolOp, ast.UnaryOp)


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(Path(path).read_text())


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS))


def called(function: Function) -> set[str]:
    """Names of what it calls, without what stands before the last dot."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {ast.unparse(call.func).rpartition(".")[2] for call in calls}


def asserts(function: Function) -> bool:
    is_asserted = any(isinstance(node, ast.Assert) for node in ast.walk(function))
    return is_asserted or bool(called(function) & EXPECTATIONS)


def silent(found: dict[str, list[Function]]) -> set[str]:
    """Names of functions that assert nothing, themselves or by what they call."""
    loud = {name for name, each in found.items() if any(map(asserts, each))}
    while True:
        more = {
            name
            for name, each in found.items()
            if name not in loud and any(called(function) & loud for function in each)
        }
        if not more:
            return set(found) - loud
        loud |= more


def test_every_test_asserts_something_itself_or_by_what_it_calls() -> None:
    found: dict[str, list[Function]] = defaultdict(list)
    for _, tree in trees():
        for function in functions(tree):
            found[function.name].append(function)
    assert [name for name in silent(found) if name.startswith("test_")] == []


def test_a_test_that_asserts_nothing_is_noticed() -> None:
    tree = ast.parse("def test_of_nothing():\n    make()\ndef make():\n    return 1")
    assert silent({each.name: [each] for each in functions(tree)}) == {"test_of_nothing", "make"}


def misplaced(tree: ast.Module) -> list[int]:
    """Lines on which something is judged where a message belongs: `assert a, b == (1, 2)`."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return [each.lineno for each in found if isinstance(each.msg, JUDGEMENTS)]


def test_nothing_is_compared_where_a_message_belongs() -> None:
    found = {place: misplaced(tree) for place, tree in trees()}
    assert {place: lines for place, lines in found.items() if lines} == {}
    assert misplaced(ast.parse("assert a, b == (1, 2)")) == [1]
