"""Claims on wishes in JSON: what volunteers send, hold and hand in, and what staff ask them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states import ClaimState, DispatchState, District
from app.packs.wishes.browse import MyClaim, MyDispatch
from app.packs.wishes.claim_records import ClaimRow
from app.packs.wishes.dispatching import DispatchFacts
from app.packs.wishes.inside import HandedIn
from app.packs.wishes.queries import ClaimFacts
from app.platform.clock import Clock
from app.schemas.base import Input, Instant, Output, Text
from app.schemas.files import PictureOut
from app.shared.files import Links

MOST_MINUTES, MOST_FILES = 6_000, 9


class SubmissionIn(Input):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"evidence": "周六上午把老花镜送到了王阿姨家。", "minutes": 90}
        }
    )

    evidence: Text
    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES, strict=True)]
    file_ids: list[UUID] = Field(
        default_factory=list,
        max_length=MOST_FILES,
        description="`POST /v1/files` 得到的图片 · pictures that were sent before",
    )


class ClaimOut(Output):
    """A volunteer's claim. Service time is from `started_at` to `submitted_at`."""

    id: UUID
    wish_id: UUID
    state: ClaimState
    claimed_at: Instant
    start_before: Instant
    started_at: Instant | None
    submitted_at: Instant | None
    minutes: int | None
    closed_at: Instant | None

    @classmethod
    def of(cls, claim: ClaimFacts, clock: Clock) -> Self:
        shown = cls.model_validate(claim)
        shown.state = claim.state_at(clock.now())
        return shown


class ClaimedOut(Output):
    """The first answer, which never changes."""

    id: UUID
    wish_id: UUID
    state: ClaimState = ClaimState.CLAIMED
    start_before: Instant = Field(description="须在此前开始，否则失效 · or the claim lapses")

    @classmethod
    def of(cls, claim: ClaimRow) -> Self:
        return cls(id=claim.id, wish_id=claim.wish_id, start_before=claim.start_before)


class HandedInOut(Output):
    """A claim with what its volunteer handed in."""

    claim: ClaimOut
    evidence: str | None
    pictures: list[PictureOut]

    @classmethod
    def of(cls, handed: HandedIn, clock: Clock, links: Links) -> Self:
        return cls(
            claim=ClaimOut.of(handed.claim, clock),
            evidence=handed.evidence,
            pictures=[PictureOut.of(file_id, links) for file_id in handed.file_ids],
        )


class MyClaimOut(ClaimOut):
    title: str
    kind: str
    district: District

    @classmethod
    def of_mine(cls, mine: MyClaim, clock: Clock) -> Self:
        claim = ClaimOut.of(mine.claim, clock).model_dump()
        return cls(**claim, title=mine.title, kind=mine.kind, district=mine.district)


class DispatchOut(Output):
    id: UUID
    wish_id: UUID
    state: DispatchState
    offered_at: Instant
    answered_at: Instant | None
    claim_id: UUID | None

    @classmethod
    def of(cls, dispatch: DispatchFacts) -> Self:
        return cls.model_validate(dispatch)


class MyDispatchOut(DispatchOut):
    title: str
    kind: str
    district: District
    needed_by: Instant

    @classmethod
    def of_mine(cls, mine: MyDispatch) -> Self:
        return cls.model_validate(mine)
