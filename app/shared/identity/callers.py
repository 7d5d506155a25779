"""Who is calling, as packs see it: plain values, made by the guard from a verified token.

Each says who acts when it calls (`acting`): the `Actor` that history and ledger keep.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias
from uuid import UUID

from app.models.states import ActorKind, Category, District, Role
from app.platform.crypto import Digester
from app.shared.ledger import Actor

__all__ = ["Actor", "Districts", "Entitlement", "Member", "StaffMember", "Till"]

# Where somebody may act: in these alone, or (None) in the whole city.
Districts: TypeAlias = frozenset[District] | None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A category of member, until the end of a Shanghai day or for good (None)."""

    category: Category
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the union's app. Limits count by `person_id`, the human behind it.

    `as_of`: how many changes of members the books had taken when this was read from them.
    `is_remembered`: that was for an earlier request.
    """

    id: UUID
    person_id: UUID
    member_no: str
    district: District
    entitlements: tuple[Entitlement, ...] = ()
    as_of: int | None = field(default=None, compare=False)
    is_remembered: bool = field(default=False, compare=False)

    def categories_on(self, day: date) -> frozenset[Category]:
        """What the member is entitled by on a Shanghai day; the last valid day counts."""
        return frozenset(
            held.category
            for held in self.entitlements
            if held.valid_until is None or day <= held.valid_until
        )

    def acting(self, digester: Digester, *, request_id: str = "") -> Actor:
        return Actor(
            ActorKind.MEMBER, self.id, f"member:{self.id}", digester, request_id=request_id
        )


@dataclass(frozen=True, slots=True)
class Till:
    """A store's device, or a merchant's own system, which names a store in every call.

    Exactly one of `store_id` and `merchant_id` is set.
    """

    device_id: UUID
    store_id: UUID | None
    merchant_id: UUID | None

    @property
    def name(self) -> str:
        """The device as history rows show it."""
        return f"till:{self.device_id}"

    def acting(self, digester: Digester, *, request_id: str = "") -> Actor:
        """The store acts, or the merchant; the device is where from."""
        return Actor(
            ActorKind.STORE,
            self.store_id or self.merchant_id,
            self.name,
            digester,
            origin=str(self.device_id),
            request_id=request_id,
        )


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

    def acting(self, digester: Digester, *, address: str = "", request_id: str = "") -> Actor:
        """With all roles the account has: what it may do is their union."""
        return Actor(
            ActorKind.STAFF,
            self.id,
            self.name,
            digester,
            roles=self.roles,
            origin=address,
            request_id=request_id,
        )
