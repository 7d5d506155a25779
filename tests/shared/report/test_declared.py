"""What packs declare for the report holds together, and the page of it knows every figure."""

import re

import pytest

from app.models.states import PackKind
from app.registrations import all_reports
from app.shared.report import Figure
from app.shared.report.views import page_views
from tests.house.source import ROOT

REPORTS = all_reports()
FIGURES = [figure for report in REPORTS.values() for figure in report.figures]
PAGE = (ROOT / "docs" / "report.md").read_text()


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_defined_and_asks_about_a_campaign_and_a_time(figure: Figure) -> None:
    assert all((*figure.words, *figure.definition))
    assert {":campaign", ":as_of"} <= set(re.findall(r":\w+", figure.facts.sql)) | (
        # Stores are of no campaign.
        {":campaign"} if figure.name == "breakfast.stores" else set()
    )
    # A row that changes, or a clock, would answer differently tomorrow.
    assert not re.search(r"\bnow\(|campaign_now|clock_timestamp|\.state\b(?! <>)", figure.facts.sql)


def test_every_figure_has_a_name_of_its_own() -> None:
    names = [figure.name for figure in FIGURES] + [page_views(kind).name for kind in PackKind]
    assert len(set(names)) == len(names)


def test_the_page_of_the_report_names_every_figure_with_its_definition() -> None:
    for figure in FIGURES:
        row = f"| `{figure.name}` | {figure.words.zh} | {figure.definition.zh} |"
        assert row in PAGE, row
