"""An event that is not there yet, as whoever announces it says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.states import Opening


@dataclass(frozen=True, slots=True)
class NewVariant:
    """`id` where it is fixed (the seed)."""

    title: str
    reserved: int
    walk_in: int
    wording: str | None = None
    size: str | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewSite:
    """`id` where it is fixed (the seed)."""

    name: str
    address: str
    opens_at: datetime
    closes_at: datetime
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as staff announce it. `id` where it is fixed (the seed)."""

    title: str
    live_from: datetime
    live_to: datetime
    reserve_opens_at: datetime
    reserve_closes_at: datetime
    variants: Sequence[NewVariant]
    sites: Sequence[NewSite]
    opening: Opening
    stream_url: str | None
    replay_url: str | None
    release_before_min: int
    offer_valid_min: int
    offer_lead_min: int
    opening_window_min: int
    id: UUID | None = None
