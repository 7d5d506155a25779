"""The districts of a staff account, as conditions of the queries that it asks.

Rows of other districts do not come out and cannot be changed: they are not found.
"""

from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute

from app.models.identity import Store
from app.models.states import District
from app.shared.identity.callers import Districts


def within(districts: Districts, column: InstrumentedAttribute[District]) -> ColumnElement[bool]:
    """Whether a row's own district is one of them."""
    return true() if districts is None else column.in_(sorted(districts))


def store_within(districts: Districts, store_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether a row's store lies in one of them."""
    if districts is None:
        return true()
    return store_id.in_(select(Store.id).where(within(districts, Store.district)))
