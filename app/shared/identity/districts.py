"""The districts of a staff account, as conditions of the queries that it asks.

Rows of other districts do not come out and cannot be changed: they are not found.
"""

from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute

from app.models.identity import Store
from app.models.states import District
from app.platform.errors import Words
from app.shared.identity.callers import Districts

DISTRICT_WORDS: dict[District, Words] = {
    District.SHINAN: Words("市南区", "Shinan"),
    District.SHIBEI: Words("市北区", "Shibei"),
    District.LICANG: Words("李沧区", "Licang"),
    District.LAOSHAN: Words("崂山区", "Laoshan"),
    District.CHENGYANG: Words("城阳区", "Chengyang"),
    District.WEST_COAST: Words("西海岸新区", "West Coast"),
    District.JIMO: Words("即墨区", "Jimo"),
    District.JIAOZHOU: Words("胶州市", "Jiaozhou"),
    District.PINGDU: Words("平度市", "Pingdu"),
    District.LAIXI: Words("莱西市", "Laixi"),
}

# For figures of past times: where a member, or a store, lay at an instant. SQL of two values
# that are no texts from outside; the tables' own triggers write what they were before.
_THEN = """COALESCE((SELECT moved.from_district FROM {table}_district_history moved
                       WHERE moved.{table}_id = {id} AND moved.at > {at}
                       ORDER BY moved.at LIMIT 1),
                     (SELECT lies.district FROM {table} lies WHERE lies.id = {id}))"""


def member_district(member_id: str, at: str) -> str:
    """SQL: the district in which the account lay then."""
    return _THEN.format(table="member", id=member_id, at=at)


def store_district(store_id: str, at: str) -> str:
    """SQL: the district in which the store lay then."""
    return _THEN.format(table="store", id=store_id, at=at)


def within(districts: Districts, column: InstrumentedAttribute[District]) -> ColumnElement[bool]:
    """Whether a row's own district is one of them."""
    return true() if districts is None else column.in_(sorted(districts))


def store_within(districts: Districts, store_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether a row's store lies in one of them."""
    if districts is None:
        return true()
    return store_id.in_(select(Store.id).where(within(districts, Store.district)))
