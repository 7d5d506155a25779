"""Who is calling, as packs see it: plain values, made by the guard from a verified token."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from app.models.states import Category, District, Role

# Where somebody may act: in these alone, or (None) in the whole city.
Districts: TypeAlias = frozenset[District] | None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A category of member, until the end of a Shanghai day or for good (None)."""

    category: Category
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the union's app. Limits count by `person_id`, the human behind it."""

    id: UUID
    person_id: UUID
    member_no: str
    district: District
    entitlements: tuple[Entitlement, ...] = ()

    def categories_on(self, day: date) -> frozenset[Category]:
        """What the member is entitled by on a Shanghai day; the last valid day counts."""
        return frozenset(
            held.category
            for held in self.entitlements
            if held.valid_until is None or day <= held.valid_until
        )


@dataclass(frozen=True, slots=True)
class Till:
    """A store's device, or a merchant's own system, which names a store in every call.

    Exactly one of `store_id` and `merchant_id` is set.
    """

    device_id: UUID
    store_id: UUID | None
    merchant_id: UUID | None


@dataclass(frozen=True, slots=True)
class StaffMember:
    """`must_enrol`: one of the roles demands a second factor and there is none yet, so the
    account may do nothing but see to itself. `session_id`: the sign-in that is calling."""

    id: UUID
    name: str
    roles: frozenset[Role]
    districts: Districts = None
    must_enrol: bool = False
    session_id: UUID | None = None
