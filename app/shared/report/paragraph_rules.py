"""The paragraph that a newspaper would print. Pure: a report in, Chinese out.

A pack's clauses name figures and the manner in which each is said; a clause about nothing is
left out, and so is a pack of which nothing is to be said.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from app.platform.clock import SHANGHAI
from app.shared.identity.districts import DISTRICT_WORDS
from app.shared.report.numeral_rules import MANNERS
from app.shared.report.reported import PackFigures, Report

_FIGURE = re.compile(r"\{([\w.]+):(\w+)\}")


def paragraph(report: Report) -> str:
    """One paragraph, without its line's end."""
    values = report.values()
    said = [words for pack in report.packs if (words := sentence(pack, values))]
    body = "；".join(said) if said else "暂无数据"
    return f"{_when(report)}，{_about(report)}{body}。"


def sentence(pack: PackFigures, values: Mapping[str, int | None]) -> str:
    """What is said of one pack; empty where there is nothing to say."""
    clauses = [said for each in pack.clauses if (said := clause(each, values))]
    return f"“{pack.title.zh}”{'，'.join(clauses)}" if clauses else ""


def clause(template: str, values: Mapping[str, int | None]) -> str:
    """The clause with its figures; empty if one of them is nought or nobody knows it.

    Raises `LookupError` for a figure or a manner that there is not.
    """
    named = [(values[name], MANNERS[manner]) for name, manner in _FIGURE.findall(template)]
    if not all(value for value, _ in named):
        return ""
    said = iter([manner(value or 0) for value, manner in named])
    return _FIGURE.sub(lambda _: next(said), template)


def _when(report: Report) -> str:
    if report.day is not None:
        return f"{report.day.year}年{report.day.month}月{report.day.day}日当天"
    return f"截至{in_words(report.as_of)}"


def in_words(at: datetime) -> str:
    """2023年1月20日18时, with minutes where there are any. A day ends at its 24时."""
    here = at.astimezone(SHANGHAI)
    if (here.hour, here.minute) == (0, 0):
        ended = here - timedelta(days=1)
        return f"{ended.year}年{ended.month}月{ended.day}日24时"
    minutes = f"{here.minute:02d}分" if here.minute else ""
    return f"{here.year}年{here.month}月{here.day}日{here.hour}时{minutes}"


def _about(report: Report) -> str:
    place = ""
    if report.districts is not None:
        place = "、".join(DISTRICT_WORDS[each].zh for each in report.shown_districts())
        place = f"在{place}"
    return f"“{report.campaign.name.zh}”活动{place}："
