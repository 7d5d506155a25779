"""Names that say what a thing is."""

import ast
import re

from tests.house.source import FUNCTIONS, modules

INSTANT = re.compile(r"(^|_)(at|from|until|after|before|by)$")
# A bucket of page views, not an instant; and the contract's own word beside `live_from`.
OTHER_TIMES = {"hour", "live_to"}
# They name leftovers. Roles such as campaign_manager are the contract's words and no code's.
EMPTY_WORDS = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)($|_)", re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def test_no_module_is_named_after_leftovers() -> None:
    for module in modules():
        assert not EMPTY_WORDS.search(module.path.stem), module.place


def test_no_class_or_function_is_named_after_leftovers() -> None:
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
                assert not EMPTY_WORDS.search(CAMEL.sub("_", node.name)), (
                    f"{module.place}::{node.name}"
                )


def test_every_module_says_what_it_is() -> None:
    for module in modules():
        if module.text.strip():
            assert ast.get_docstring(module.tree), module.place


def test_times_and_money_carry_their_units_in_the_tables() -> None:
    from_models = [module for module in modules() if module.name.startswith("app.models.")]
    for module in from_models:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            name, kind = node.target.id, ast.unparse(node.annotation)
            if "datetime" in kind:
                assert INSTANT.search(name) or name in OTHER_TIMES, f"{module.place}: {name}"
            if "fen" in name.split("_"):
                assert name.endswith("_fen"), f"{module.place}: {name}"
                assert "int" in kind, f"{module.place}: {name}"
