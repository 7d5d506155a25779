"""The paragraph: from a report alone, without a word about what did not happen."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.embedded.edition import CAMPAIGN_NAME, PACKS
from app.models.states import District
from app.packs import KINDS
from app.platform.ids import new_id
from app.registrations import all_reports
from app.shared.campaigns import CampaignFacts
from app.shared.report import PackFigures, Report, Reported, paragraph
from app.shared.report.numeral_rules import MANNERS
from app.shared.report.paragraph_rules import clause, in_words
from app.shared.report.views import page_views

DECLARED = all_reports()
AT = datetime(2023, 1, 26, 16, tzinfo=UTC)
PUBLISHED = {
    "wishes.received": 108,
    "wishes.fulfilled": 64,
    "breakfast.stores": 1_000,
    "breakfast.issued": 20_000,
    "breakfast.redeemed": 18_632,
    "breakfast.participants": 1_250,
    "breakfast.page_views": 100_000,
    "couplets.viewers": 32_000,
    "couplets.reserved": 200,
    "couplets.handed_out": 300,
    "health.entrants": 9_626,
    "gift_boxes.participants": 15_007,
    "gift_boxes.page_views": 40_312,
}


def report(values: dict[str, Any], **changes: Any) -> Report:
    """The edition of 2023 with those figures, nought or unknown where nothing is said."""
    campaign = CampaignFacts(new_id(), CAMPAIGN_NAME, AT, AT, ())
    packs = []
    for text in PACKS:
        found = DECLARED.get(text.kind)
        figures = [page_views(text.kind), *(found.figures if found else ())]
        read = tuple(Reported(each, values.get(each.name, 0)) for each in figures)
        clauses = found.clauses if found else ()
        packs.append(PackFigures(text.kind, text.title, read, (), clauses))
    whole = Report(campaign, AT, AT, None, None, tuple(packs))
    return replace(whole, **changes)


def test_the_edition_of_2023_reads_as_it_was_printed() -> None:
    said = paragraph(report(PUBLISHED))
    assert said.startswith("截至2023年1月26日24时，“2023年冬送温暖·五大礼包”活动：")
    for words in (
        "收到微心愿100余个，已圆梦64个",
        "1000家门店加入，发放早餐券2万张、核销18632张，1200余名户外劳动者参与，页面浏览10万次",
        "直播吸引3.2万人观看，线上预约春联200副，现场领取300副",
        "9626人参加防疫知识答题和抽奖",
        "吸引15007人参与，页面浏览4万余次",
    ):
        assert words in said
    assert said.endswith("。")


@pytest.mark.parametrize("kind", KINDS)
def test_a_pack_names_figures_and_manners_that_there_are(kind: str) -> None:
    declared = {pack.value: found for pack, found in DECLARED.items()}[kind]
    names = {each.name for each in declared.figures} | {f"{kind}.page_views"}
    assert set(declared.funnel) <= names
    assert len({each.name for each in declared.figures}) == len(declared.figures)
    for each in declared.clauses:
        assert clause(each, dict.fromkeys(names, 1))
        assert clause(each, dict.fromkeys(names, 0)) == ""
        assert clause(each, dict.fromkeys(names, None)) == ""


@given(st.dictionaries(st.sampled_from(sorted(PUBLISHED)), st.integers(0, 10**8) | st.none()))
def test_whatever_happened_the_paragraph_is_whole(values: dict[str, Any]) -> None:
    said = paragraph(report(values))
    assert said.count("“") == said.count("”")
    assert not [mark for mark in ("None", "{", "}", "，，", "：；", "；。") if mark in said]
    assert not re.search(r"(?<![\d.])0[家张副个人名次]", said)
    assert ("暂无数据" in said) == (
        not any(word in said for word in ("“心愿", "“生活", "“福", "“健", "“年货"))
    )


def test_a_day_and_districts_are_said() -> None:
    some = frozenset({District.SHINAN, District.LAIXI})
    said = paragraph(report(PUBLISHED, day=date(2023, 1, 5), districts=some))
    assert said.startswith("2023年1月5日当天，")
    assert "活动在市南区、莱西市：" in said


@pytest.mark.parametrize(
    ("utc", "said"),
    [
        ("2023-01-20T10:00:00+00:00", "2023年1月20日18时"),
        ("2023-01-20T10:05:59+00:00", "2023年1月20日18时05分"),
        ("2022-12-31T16:00:00+00:00", "2022年12月31日24时"),
    ],
)
def test_a_time_is_said_by_shanghais_clock(utc: str, said: str) -> None:
    assert in_words(datetime.fromisoformat(utc)) == said


def test_every_manner_takes_every_number() -> None:
    assert all(manner(1) and manner(10**12) for manner in MANNERS.values())
