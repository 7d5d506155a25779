"""Talks and seats in JSON."""

from typing import Self
from uuid import UUID

from pydantic import Field

from app.packs.seats.queries import SeatRow, TalkFacts
from app.schemas.base import Instant, Output


class TalkOut(Output):
    """A talk. `free_count` is as of now, and gone when everybody claims at once."""

    id: UUID
    title: str = Field(examples=["冬季养生讲座"])
    starts_at: Instant
    free_count: int

    @classmethod
    def of(cls, talk: TalkFacts) -> Self:
        return cls(
            id=talk.id, title=talk.title, starts_at=talk.starts_at, free_count=talk.pool.free
        )


class SeatOut(Output):
    """My seat at a talk."""

    id: UUID
    talk_id: UUID
    claimed_at: Instant

    @classmethod
    def of(cls, seat: SeatRow) -> Self:
        return cls.model_validate(seat)
