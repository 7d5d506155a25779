"""Viewers: a beacon's answer, and the live figures."""

from typing import Self
from uuid import UUID

from pydantic import Field

from app.schemas.base import Instant, Output
from app.shared.presence import DEFINITIONS, Figures


class BeaconOut(Output):
    next_in_s: int = Field(
        description="多少秒后发送下一次心跳；人多或繁忙时会变长，请照办 · in how many seconds to "
        "send the next beacon; longer when there are many or the service is busy: obey it",
        examples=[30],
    )


class MissingOut(Output):
    """Viewers may be missing from the figures: they are at least what they say."""

    missed_from: Instant
    missed_until: Instant


class LiveFiguresOut(Output):
    """Viewers of something that is live, as of `as_of`."""

    id: UUID
    live_from: Instant
    live_to: Instant
    present: int | None = Field(description=" · ".join(DEFINITIONS["present"]))
    members: int = Field(description=" · ".join(DEFINITIONS["members"]))
    joins: int = Field(description=" · ".join(DEFINITIONS["joins"]))
    peak: int = Field(description=" · ".join(DEFINITIONS["peak"]))
    peak_at: Instant | None = Field(description="首次达到的时间 · when it was first reached")
    as_of: Instant
    final: bool = Field(description="结束后的最终数字 · taken after the end; it stays")
    missing: list[MissingOut] = Field(
        description="可能漏计的时段 · from when until when viewers may be missing"
    )

    @classmethod
    def of(cls, subject_id: UUID, figures: Figures) -> Self:
        return cls(
            id=subject_id,
            live_from=figures.window.live_from,
            live_to=figures.window.live_to,
            present=figures.present,
            members=figures.members,
            joins=figures.joins,
            peak=figures.peak,
            peak_at=figures.peak_at,
            as_of=figures.as_of,
            final=figures.final,
            missing=[MissingOut.model_validate(gap) for gap in figures.missing],
        )
