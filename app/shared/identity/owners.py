"""Whose a device or an onboarding code is: one store's, or a merchant's with all its stores."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Merchant, OnboardingCode, Store, StoreDevice
from app.platform.errors import NotFound
from app.shared.identity.callers import Districts
from app.shared.identity.districts import store_within, within


@dataclass(frozen=True, slots=True)
class Owner:
    """Exactly one of the two is set, as the tables' check `one_owner` demands.

    `districts`: those of whoever asks. A store outside them owns nothing and is not found.
    """

    store_id: UUID | None = None
    merchant_id: UUID | None = None
    districts: Districts = None

    def owns(self, table: type[StoreDevice] | type[OnboardingCode]) -> ColumnElement[bool]:
        """The condition under which a row is this owner's."""
        if self.store_id is not None:
            is_its = table.store_id == self.store_id
            return is_its & store_within(self.districts, table.store_id)
        return table.merchant_id == self.merchant_id


def has_store_within(districts: Districts) -> ColumnElement[bool]:
    """The condition under which a merchant is one of those districts: it has a store there."""
    if districts is None:
        return true()
    return exists().where(Store.merchant_id == Merchant.id, within(districts, Store.district))


async def require_owner(session: AsyncSession, owner: Owner) -> None:
    """Raises `NotFound` unless there is such a store or merchant."""
    if owner.store_id is not None:
        known = await session.scalar(
            select(Store.id).where(
                Store.id == owner.store_id, within(owner.districts, Store.district)
            )
        )
    else:
        known = await session.scalar(
            select(Merchant.id).where(
                Merchant.id == owner.merchant_id, has_store_within(owner.districts)
            )
        )
    if known is None:
        raise NotFound()
