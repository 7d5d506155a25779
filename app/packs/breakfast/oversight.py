"""Staff look over the tills: what was redeemed anywhere, what was refused, what looks odd."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_

from app.models.breakfast import Batch, Redemption, RefusedRedemption, Voucher
from app.models.identity import Store
from app.models.states import RedemptionState
from app.packs.breakfast import oversight_queries as queries
from app.packs.breakfast.oversight_queries import OverseenRedemption, OverseenRefusal
from app.packs.breakfast.redemption_rules import REVERSAL_FLAG
from app.platform.clock import day_end
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.platform.pages import Page, PageRequest
from app.shared.identity.callers import Districts
from app.shared.identity.districts import within


async def list_redemptions(
    sessions: Sessions,
    *,
    page: PageRequest,
    districts: Districts = None,
    store_no: str | None = None,
    day: date | None = None,
    state: RedemptionState | None = None,
    redemption_no: str | None = None,
    voucher_id: UUID | None = None,
    flagged: bool | None = None,
) -> Page[OverseenRedemption]:
    """Redemptions in stores of the caller's districts, newest first, narrowed by what is given.

    `flagged`: of vouchers that were reversed suspiciously often (three times); test vouchers
    are nobody's suspicion.
    """
    statement = queries.select_redemptions().where(within(districts, Store.district))
    if store_no is not None:
        statement = statement.where(Store.store_no == store_no)
    if day is not None:
        statement = statement.where(Redemption.redeemed_on == day)
    if state is not None:
        statement = statement.where(Redemption.state == state)
    if redemption_no is not None:
        statement = statement.where(Redemption.redemption_no == redemption_no)
    if voucher_id is not None:
        statement = statement.where(Redemption.voucher_id == voucher_id)
    if flagged is not None:
        is_flagged = and_(Voucher.reversals_count >= REVERSAL_FLAG, Batch.test.is_(False))
        statement = statement.where(is_flagged if flagged else ~is_flagged)
    async with sessions() as session:
        rows = await queries.REDEMPTIONS_NEWEST_FIRST.page(session, statement, page)
    return rows.map(queries.overseen_redemption)


async def find_redemption(
    sessions: Sessions, *, redemption_id: UUID, districts: Districts = None
) -> OverseenRedemption:
    """One redemption of any store in the caller's districts. Raises `NotFound`."""
    statement = queries.select_redemptions().where(
        Redemption.id == redemption_id, within(districts, Store.district)
    )
    async with sessions() as session:
        row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return queries.overseen_redemption(row)


async def list_refusals(
    sessions: Sessions,
    *,
    page: PageRequest,
    districts: Districts = None,
    store_no: str | None = None,
    day: date | None = None,
    code: str | None = None,
) -> Page[OverseenRefusal]:
    """Redemptions that were refused, newest first; `day` is the Shanghai day of arrival."""
    statement = queries.select_refusals().where(within(districts, Store.district))
    if store_no is not None:
        statement = statement.where(Store.store_no == store_no)
    if day is not None:
        begins, ends = day_end(day - timedelta(days=1)), day_end(day)
        arrived = RefusedRedemption.received_at
        statement = statement.where(arrived >= begins, arrived < ends)
    if code is not None:
        statement = statement.where(RefusedRedemption.code == code)
    async with sessions() as session:
        rows = await queries.REFUSED_NEWEST_FIRST.page(session, statement, page)
    return rows.map(queries.overseen_refusal)
