"""Experts' plans in JSON, as staff send and see them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.packs.health import slot_rules
from app.packs.health.plans import PlanFacts
from app.packs.health.slot_rules import ExceptionalDay, Pause, Plan, Span, WeeklyHours
from app.schemas.base import Day, Instant, Output, StaffInput, Text
from app.schemas.stores import TimeOfDay
from app.shared.identity.hours import read_hours, write_minutes

Weekday = Annotated[
    int, Field(ge=1, le=7, strict=True, description="1 为周一，7 为周日 · 1 is Monday")
]
Minutes = Annotated[
    int,
    Field(
        ge=slot_rules.SHORTEST_MIN,
        le=slot_rules.LONGEST_MIN,
        strict=True,
        description="每个时段多少分钟 · how long a slot is",
    ),
]


class SpanIn(StaffInput):
    """Within one Shanghai day."""

    opens: TimeOfDay
    closes: TimeOfDay

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.opens >= self.closes:
            raise PydanticCustomError("hours_invalid", "opens should be before closes")
        return self

    def span(self) -> Span:
        return read_hours(self.opens, self.closes)


class WeeklyHoursIn(SpanIn):
    weekday: Weekday
    valid_from: Day
    valid_until: Day = Field(description="含当日 · the last valid day")

    @model_validator(mode="after")
    def _is_valid_for_some_time(self) -> Self:
        if self.valid_until < self.valid_from:
            raise PydanticCustomError("window_empty", "valid_until is before valid_from")
        return self


class PauseIn(SpanIn):
    weekday: Weekday | None = Field(default=None, description="空为每天 · null: every day")


class ExceptionalDayIn(StaffInput):
    """Other hours on one day, without the breaks; none of them: a day off."""

    day: Day
    hours: list[SpanIn] = Field(default_factory=list, max_length=10)


class PlanIn(StaffInput):
    """The whole plan. `version`: the one that was read, 0 where there is none yet."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": 0,
                "place": "市工人文化宫二楼健康咨询室",
                "slot_min": 20,
                "hours": [
                    {
                        "weekday": 1,
                        "opens": "09:00",
                        "closes": "12:00",
                        "valid_from": "2026-01-01",
                        "valid_until": "2026-01-31",
                    }
                ],
                "breaks": [{"opens": "10:20", "closes": "10:40"}],
                "exceptions": [{"day": "2026-01-12", "hours": []}],
            }
        }
    )

    version: Annotated[int, Field(ge=0, strict=True)]
    place: Text = Field(description="在哪里接待，会员可见 · where; shown to members")
    slot_min: Minutes
    hours: list[WeeklyHoursIn] = Field(max_length=100)
    breaks: list[PauseIn] = Field(default_factory=list, max_length=50)
    exceptions: list[ExceptionalDayIn] = Field(default_factory=list, max_length=366)

    @model_validator(mode="after")
    def _each_day_once(self) -> Self:
        if len({each.day for each in self.exceptions}) < len(self.exceptions):
            raise PydanticCustomError("day_repeated", "name each exceptional day once")
        return self

    def plan(self) -> Plan:
        return Plan(
            self.place,
            self.slot_min,
            tuple(
                WeeklyHours(each.weekday, *each.span(), each.valid_from, each.valid_until)
                for each in self.hours
            ),
            tuple(Pause(*each.span(), each.weekday) for each in self.breaks),
            tuple(
                ExceptionalDay(each.day, tuple(span.span() for span in each.hours))
                for each in self.exceptions
            ),
        )


class SpanOut(Output):
    opens: str
    closes: str


class WeeklyHoursOut(SpanOut):
    weekday: int
    valid_from: Day
    valid_until: Day


class PauseOut(SpanOut):
    weekday: int | None


class ExceptionalDayOut(Output):
    day: Day
    hours: list[SpanOut]


class PlanOut(Output):
    """`version` 0 and nothing else: nobody has written one yet."""

    expert_id: UUID
    version: int
    place: str | None
    slot_min: int | None
    hours: list[WeeklyHoursOut]
    breaks: list[PauseOut]
    exceptions: list[ExceptionalDayOut]
    changed_at: Instant | None
    slots_offered: int = Field(description="今后的时段 · slots ahead")
    slots_booked: int = Field(description="其中已预约 · of those, booked")

    @classmethod
    def of(cls, found: PlanFacts) -> Self:
        plan = found.plan
        return cls(
            expert_id=found.expert_id,
            version=found.version,
            place=plan and plan.place,
            slot_min=plan and plan.slot_min,
            hours=[
                WeeklyHoursOut(
                    **_span((each.opens, each.closes)),
                    weekday=each.weekday,
                    valid_from=each.valid_from,
                    valid_until=each.valid_until,
                )
                for each in (plan.hours if plan else ())
            ],
            breaks=[
                PauseOut(**_span((each.opens, each.closes)), weekday=each.weekday)
                for each in (plan.breaks if plan else ())
            ],
            exceptions=[
                ExceptionalDayOut(
                    day=each.day, hours=[SpanOut(**_span(span)) for span in each.hours]
                )
                for each in (plan.exceptions if plan else ())
            ],
            changed_at=found.changed_at,
            slots_offered=found.offered,
            slots_booked=found.booked,
        )


def _span(span: Span) -> dict[str, str]:
    return {"opens": write_minutes(span[0]), "closes": write_minutes(span[1])}
