"""The words of a notice: text with `{variables}`, and nothing else that would be filled in.

No format strings: a name in braces is replaced by that variable's spelling, once, so neither a
staff member's text nor a variable's value can reach anything that was not declared.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.platform.errors import FieldError, Words
from app.shared.notices.values import Value, Variable, spell

_NAME = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_BRACE = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True)
class Wording:
    """Title and body in both languages, variables still in braces."""

    title: Words
    body: Words


@dataclass(frozen=True, slots=True)
class Content:
    """What one member is told. `link` is a path of this API for the app to open."""

    title: Words
    body: Words
    link: str | None = None


def faults(wording: Wording, variables: Iterable[Variable]) -> list[FieldError]:
    """What is wrong with the words, by place and name: variables that are not declared, needed
    ones that a language lacks, braces that enclose no name."""
    declared = {each.name for each in variables}
    needed = [each.name for each in variables if each.needed]
    return [
        *(fault for place, text in _places(wording) for fault in _strange(place, text, declared)),
        *_missing("body_zh", wording.title.zh + wording.body.zh, needed),
        *_missing("body_en", wording.title.en + wording.body.en, needed),
    ]


def fill(
    wording: Wording,
    variables: Iterable[Variable],
    values: Mapping[str, Value],
    *,
    link: str | None = None,
) -> Content:
    """The words with their variables filled in.

    Raises `ValueError`, which names the variable, where values are not exactly those declared.
    """
    declared = {each.name: each for each in variables}
    for name in declared.keys() ^ values.keys():
        raise ValueError(f"{name} is {'missing' if name in declared else 'not declared'}")
    spelled = {name: spell(each, values[name]) for name, each in declared.items()}
    return Content(_fill(wording.title, spelled), _fill(wording.body, spelled), link)


def _fill(words: Words, spelled: Mapping[str, Words]) -> Words:
    return Words(
        _NAME.sub(lambda found: spelled[found[1]].zh, words.zh),
        _NAME.sub(lambda found: spelled[found[1]].en, words.en),
    )


def _places(wording: Wording) -> Iterator[tuple[str, str]]:
    yield "title_zh", wording.title.zh
    yield "body_zh", wording.body.zh
    yield "title_en", wording.title.en
    yield "body_en", wording.body.en


def _strange(place: str, text: str, declared: set[str]) -> Iterator[FieldError]:
    for name in dict.fromkeys(_NAME.findall(text)):
        if name not in declared:
            yield FieldError(
                f"#/{place}",
                Words(f"没有名为 {name} 的变量", f"there is no variable {name}"),
                "variable_unknown",
            )
    if _BRACE.search(_NAME.sub("", text)):
        yield FieldError(
            f"#/{place}",
            Words(
                "花括号只能包住变量名，如 {last_day}",
                "braces enclose a variable's name and nothing else, as in {last_day}",
            ),
            "variable_malformed",
        )


def _missing(place: str, text: str, needed: Iterable[str]) -> Iterator[FieldError]:
    named = set(_NAME.findall(text))
    for name in needed:
        if name not in named:
            yield FieldError(
                f"#/{place}",
                Words(f"缺少变量 {name}", f"the variable {name} is missing"),
                "variable_missing",
            )
