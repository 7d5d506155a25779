"""A report that was read: plain values, from which every form of it is made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from app.models.states import District, PackKind
from app.platform.errors import Words
from app.shared.campaigns import CampaignFacts
from app.shared.identity.callers import Districts
from app.shared.report.declared import Figure


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a figure: a store, a kind. `words` are today's name of it."""

    key: str
    words: Words
    value: int


@dataclass(frozen=True, slots=True)
class Reported:
    """A figure with its value, and its parts where there is anything in them.

    `hours`: of the Shanghai day, 0 to 23. All are None and empty where the question is about
    some districts and the figure is of none.
    """

    figure: Figure
    value: int | None
    days: Mapping[date, int] = field(default_factory=dict)
    hours: Mapping[int, int] = field(default_factory=dict)
    districts: Mapping[District, int] = field(default_factory=dict)
    parts: Mapping[str, Sequence[Line]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackFigures:
    """One pack of the campaign, titled as it is today."""

    kind: PackKind
    title: Words
    figures: tuple[Reported, ...]
    funnel: tuple[str, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`day`: that Shanghai day alone. `districts`: what was asked about, None is the city."""

    campaign: CampaignFacts
    as_of: datetime
    printed_at: datetime
    day: date | None
    districts: Districts
    packs: tuple[PackFigures, ...]

    def figures(self) -> Iterator[tuple[PackFigures, Reported]]:
        for pack in self.packs:
            for figure in pack.figures:
                yield pack, figure

    def values(self) -> dict[str, int | None]:
        return {each.figure.name: each.value for _, each in self.figures()}

    def shown_districts(self) -> list[District]:
        return [each for each in District if self.districts is None or each in self.districts]
