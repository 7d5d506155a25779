"""Which store a till speaks for: its own, or the one that a merchant's system names."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Store
from app.platform.errors import FieldError, Forbidden, InputInvalid, Words
from app.shared.identity.callers import Till


def calling_store(till: Till, store_no: str | None) -> ColumnElement[bool]:
    """The condition under which a store is the caller's; no row means it is not.

    A merchant's system names `store_no` in every call; a store's own till may.
    Raises `InputInvalid` when a merchant's system does not.
    """
    check_store_named(till, store_no)
    if till.store_id is not None:
        owned = Store.id == till.store_id
    else:
        owned = Store.merchant_id == till.merchant_id
    return owned if store_no is None else owned & (Store.store_no == store_no)


def check_store_named(till: Till, store_no: str | None) -> None:
    """Raises `InputInvalid` when a merchant's system does not name the store."""
    if till.store_id is None and store_no is None:
        raise InputInvalid(errors=(_STORE_NO_MISSING,))


async def find_calling_store(session: AsyncSession, till: Till, store_no: str | None) -> UUID:
    """The store's id. Raises `InputInvalid`, `Forbidden`."""
    store_id = await session.scalar(select(Store.id).where(calling_store(till, store_no)))
    if store_id is None:
        raise Forbidden()
    return store_id


_STORE_NO_MISSING = FieldError(
    "/query/store_no",
    Words("商户系统每次调用须写明门店", "a merchant's system names the store in every call"),
    "missing",
)
