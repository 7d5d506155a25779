"""The campaign's report in JSON: every figure with its definition and its parts."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field

from app.models.states import District, PackKind
from app.platform.errors import Words
from app.schemas.base import Instant, Output
from app.shared.identity.districts import DISTRICT_WORDS
from app.shared.report import Line, PackFigures, Report, Reported, paragraph


class WordsOut(Output):
    zh: str
    en: str


class DayValueOut(Output):
    day: date
    value: int


class HourValueOut(Output):
    hour: int = Field(description="上海时间的钟点，0–23 · hour of the Shanghai day")
    value: int


class DistrictValueOut(Output):
    district: District
    words: WordsOut
    value: int


class LineOut(Output):
    key: str
    words: WordsOut = Field(description="当前名称 · its name as it is today")
    value: int


class PartOut(Output):
    """Everything that a figure is told apart by: a store, a kind."""

    by: str
    words: WordsOut
    lines: list[LineOut]


class ReportedOut(Output):
    name: str = Field(examples=["breakfast.issued"])
    words: WordsOut
    definition: WordsOut
    unit: WordsOut
    as_of: Instant
    value: int | None = Field(
        description="空：所问的区市没有此数据 · null: it is of no district, and districts were "
        "asked about"
    )
    days: list[DayValueOut] = Field(description="没有发生的日子不列 · days with nothing left out")
    hours: list[HourValueOut]
    districts: list[DistrictValueOut]
    parts: list[PartOut]

    @classmethod
    def of(cls, reported: Reported, report: Report) -> Self:
        figure = reported.figure
        by_district = reported.districts
        return cls(
            name=figure.name,
            words=_words(figure.words),
            definition=_words(figure.definition),
            unit=_words(figure.unit.value),
            as_of=report.as_of,
            value=reported.value,
            days=[DayValueOut(day=day, value=value) for day, value in reported.days.items()],
            hours=[HourValueOut(hour=hour, value=value) for hour, value in reported.hours.items()],
            districts=[
                DistrictValueOut(
                    district=each,
                    words=_words(DISTRICT_WORDS[each]),
                    value=by_district.get(each, 0),
                )
                for each in report.shown_districts()
                if figure.facts.has_district
            ],
            parts=[
                PartOut(
                    by=part.column,
                    words=_words(part.words),
                    lines=[_line(line) for line in reported.parts.get(part.column, ())],
                )
                for part in figure.facts.parts
            ],
        )


class StepOut(Output):
    name: str
    words: WordsOut
    value: int | None


class PackReportOut(Output):
    kind: PackKind
    title: WordsOut
    figures: list[ReportedOut]
    funnel: list[StepOut] = Field(description="由多到少 · from the many to the few")

    @classmethod
    def of(cls, pack: PackFigures, report: Report) -> Self:
        by_name = {each.figure.name: each for each in pack.figures}
        return cls(
            kind=pack.kind,
            title=_words(pack.title),
            figures=[ReportedOut.of(each, report) for each in pack.figures],
            funnel=[
                StepOut(
                    name=name,
                    words=_words(by_name[name].figure.words),
                    value=by_name[name].value,
                )
                for name in pack.funnel
            ],
        )


class ReportedCampaignOut(Output):
    id: UUID
    name: WordsOut
    starts_at: Instant
    ends_at: Instant


class ReportOut(Output):
    """Asked again about the same `as_of`, everything is the same but `printed_at` and names."""

    campaign: ReportedCampaignOut
    as_of: Instant = Field(description="数据截至 · the time that the figures are of")
    printed_at: Instant
    day: date | None = Field(description="只计该日 · that Shanghai day alone")
    districts: list[District] | None = Field(description="空：全市 · null: the whole city")
    paragraph: str = Field(description="供新闻稿使用的一段话 · what a newspaper would print")
    packs: list[PackReportOut]

    @classmethod
    def of(cls, report: Report) -> Self:
        campaign = report.campaign
        return cls(
            campaign=ReportedCampaignOut(
                id=campaign.id,
                name=_words(campaign.name),
                starts_at=campaign.starts_at,
                ends_at=campaign.ends_at,
            ),
            as_of=report.as_of,
            printed_at=report.printed_at,
            day=report.day,
            districts=None if report.districts is None else report.shown_districts(),
            paragraph=paragraph(report),
            packs=[PackReportOut.of(pack, report) for pack in report.packs],
        )


def _words(words: Words) -> WordsOut:
    return WordsOut(zh=words.zh, en=words.en)


def _line(line: Line) -> LineOut:
    return LineOut(key=line.key, words=_words(line.words), value=line.value)
