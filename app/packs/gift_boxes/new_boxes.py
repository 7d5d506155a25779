"""A box that is not there yet, as whoever puts it up for sale says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.models.states import Opening
from app.packs.gift_boxes.pictures import NewPicture
from app.packs.gift_boxes.queries import ContentFacts


@dataclass(frozen=True, slots=True)
class NewSite:
    """`id` where it is fixed (the seed)."""

    name: str
    address: str
    opens_at: datetime
    closes_at: datetime
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewBox:
    """A box as staff put it up for sale. `id` where it is fixed (the seed)."""

    name: str
    contents: Sequence[ContentFacts]
    list_price_fen: int
    member_price_fen: int
    quantity: int
    per_person: int
    opens_at: datetime
    closes_at: datetime
    sites: Sequence[NewSite]
    free_quantity: int
    is_delivered: bool
    list_price_source: str | None
    list_price_on: date | None
    opening: Opening
    opening_window_min: int
    pictures: Sequence[NewPicture] = ()
    id: UUID | None = None
