"""What members may be told is declared, worded in both languages, and written on its page."""

import re

import pytest

from app.models.states import NoticeOutcome
from app.registrations import all_notices
from app.shared.notices import NoticeKind, VariableType
from app.shared.notices.put import DELIVER
from app.worker import find_handlers
from tests.house.source import ROOT

CHINESE = re.compile(r"[\u4e00-\u9fff]")
KINDS = all_notices()
PAGE = (ROOT / "docs" / "notices.md").read_text()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_is_worded_in_both_languages_with_the_same_variables(kind: NoticeKind) -> None:
    texts = [kind.about, kind.wording.title, kind.wording.body, *(v.about for v in kind.variables)]
    for words in texts:
        assert CHINESE.search(words.zh)
        assert not CHINESE.search(words.en)
        assert set(re.findall(r"\{\w+\}", words.zh)) == set(re.findall(r"\{\w+\}", words.en))


def test_kinds_are_found_in_packs_and_delivered_by_the_worker() -> None:
    assert KINDS
    assert DELIVER in find_handlers()


def test_the_page_names_every_kind_outcome_and_type_of_variable() -> None:
    for word in [*KINDS, *NoticeOutcome, *VariableType]:
        assert f"`{word}`" in PAGE, word
