"""What a desk is shown, what it is judged by, and what becomes of it. Plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from app.models.states import PickupInput, PickupState
from app.packs.couplets.queries import EventFacts
from app.packs.couplets.reservation_queries import ReservationFacts
from app.platform.errors import Refusal
from app.shared.counter import Upload
from app.shared.identity.callers import Actor, StaffMember


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose pair it is: by a pass, a one-time code, or name and digits; or a fault.

    Digests a key: which of them stands in the row is not known beforehand.
    """

    input: PickupInput
    reservation_id: UUID | None = None
    code_digests: tuple[bytes, ...] = ()
    name: str = ""
    phone_last4: str = ""
    signed_at: datetime | None = None
    fault: Refusal | None = None


@dataclass(frozen=True, slots=True)
class AtTheDoor:
    """Somebody without a reservation wants a pair; `member_no` if they say who they are."""

    variant_id: UUID
    site_id: UUID
    member_no: str | None = None


@dataclass(frozen=True, slots=True)
class Presentation:
    """One pair at one desk. `site_id`: where, if not at the reservation's own site.

    `pickup_no`, `device_at`, `upload`: of what was written down without a network.
    """

    event: EventFacts
    staff: StaffMember
    actor: Actor
    what: Shown | AtTheDoor
    arrived: datetime
    site_id: UUID | None = None
    pickup_no: str | None = None
    device_at: datetime | None = None
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class PickupFacts:
    """A hand-out as it stands. `staff_name`: who of the desk."""

    id: UUID
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    reservation_id: UUID | None
    member_id: UUID | None
    state: PickupState
    input: PickupInput
    collected_at: datetime
    received_at: datetime
    staff_id: UUID
    staff_name: str
    site_name: str
    pickup_no: str | None = None
    reversed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """Beside the reservation. `known`: what this number handed out; `disputed`: the reservation
    of its dispute; `live`: the reservation's pick-up, at any desk. `matches`: reservations that
    fit name and digits."""

    known: PickupFacts | None = None
    disputed: UUID | None = None
    live: PickupFacts | None = None
    matches: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """May be handed out; `at` is the instant it counts for. `is_late`: its pair had gone to the
    door when this was written down, and one is taken back from there."""

    at: datetime
    reservation: ReservationFacts
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class ToTheDoor:
    """One at the door, if the books have one left."""

    at: datetime
    wanted: AtTheDoor


@dataclass(frozen=True, slots=True)
class Repeated:
    """This number handed this out before: its first answer stands."""

    pickup: PickupFacts


@dataclass(frozen=True, slots=True)
class Contested:
    """Another desk was first. `repeated`: known from an earlier upload."""

    at: datetime
    reservation: ReservationFacts
    first: PickupFacts | None
    repeated: bool = False


Verdict: TypeAlias = Accepted | ToTheDoor | Repeated | Contested | Refusal


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The pick-up, and whether this number had handed it out before. `name`, `phone`: whom the
    desk should have before it, masked."""

    pickup: PickupFacts
    repeated: bool = False
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Disputed:
    """Another desk was first; both scans are kept."""

    at: datetime
    first: PickupFacts | None


Outcome: TypeAlias = HandedOut | Disputed | Refusal
