"""What staff see of an event in JSON: its waiting list, pairs handed out twice, figures."""

from typing import Any, Self
from uuid import UUID

from pydantic import Field

from app.models.states import OfferState, PickupInput, WaitingState
from app.packs.couplets.oversight import ListedDispute, ListedWait
from app.packs.couplets.statistics import DEFINITIONS, Statistics
from app.schemas.base import Instant, Output
from app.schemas.couplets_desk import PickupOut


class StaffWaitOut(Output):
    """A place, and why nothing was offered: a word of `why`, and what it means."""

    id: UUID
    member_no: str
    variant_id: UUID
    site_id: UUID
    state: WaitingState
    joined_at: Instant
    ended_at: Instant | None
    offered_at: Instant | None
    offer_expires_at: Instant | None
    offer: OfferState | None
    why: str | None
    why_in_words: str | None = Field(description="未获候补名额的原因 · why nothing was offered")

    @classmethod
    def of(cls, listed: ListedWait, why: str | None) -> Self:
        return cls(
            id=listed.id,
            member_no=listed.member_no,
            variant_id=listed.variant_id,
            site_id=listed.site_id,
            state=listed.state,
            joined_at=listed.joined_at,
            ended_at=listed.ended_at,
            offered_at=listed.offered_at,
            offer_expires_at=listed.offer_expires_at,
            offer=listed.offer,
            why=listed.why,
            why_in_words=why,
        )


class StaffDisputeOut(Output):
    """The second scan of a pair, and the pick-up that was first."""

    id: UUID
    reservation_id: UUID
    member_no: str
    site_name: str
    input: PickupInput
    collected_at: Instant
    received_at: Instant
    staff_name: str
    pickup_no: str
    first: PickupOut

    @classmethod
    def of(cls, listed: ListedDispute) -> Self:
        return cls(
            id=listed.id,
            reservation_id=listed.reservation_id,
            member_no=listed.member_no,
            site_name=listed.site_name,
            input=listed.input,
            collected_at=listed.collected_at,
            received_at=listed.received_at,
            staff_name=listed.staff_name,
            pickup_no=listed.pickup_no,
            first=PickupOut.of(listed.first),
        )


def _defined(name: str) -> Any:
    return Field(description=" · ".join(DEFINITIONS[name]))


class SiteFiguresOut(Output):
    site_id: UUID
    reserved: int = _defined("reserved")
    collected: int = _defined("collected")
    no_show: int = _defined("no_show")
    cancelled: int = _defined("cancelled")
    walk_in: int = _defined("walk_in")
    by_proxy: int = _defined("by_proxy")


class HourFiguresOut(Output):
    site_id: UUID
    hour: Instant
    collected: int = _defined("collected")
    walk_in: int = _defined("walk_in")


class VariantFiguresOut(Output):
    variant_id: UUID
    paper: int
    reserved_total: int
    walk_in_total: int
    handed_out: int
    left_over: int = _defined("left_over")
    offered: int
    waiting: int


class StatisticsOut(Output):
    as_of: Instant
    sites: list[SiteFiguresOut]
    hours: list[HourFiguresOut]
    variants: list[VariantFiguresOut]

    @classmethod
    def of(cls, found: Statistics) -> Self:
        return cls.model_validate(found)
