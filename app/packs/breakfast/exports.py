"""Breakfast's lists as files: redemptions, refusals, vouchers of a batch; never a code."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import func, select

from app.models.breakfast import Redemption, RefusedRedemption, Voucher
from app.models.identity import Member, Store
from app.models.states import Role, VoucherState
from app.packs.breakfast import oversight_queries, queries
from app.packs.breakfast.oversight_queries import OverseenRedemption, OverseenRefusal
from app.packs.breakfast.queries import StaffVoucher
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.platform.pages import Keyset
from app.shared.exports import Column, Filters, Kind, Listing
from app.shared.identity.callers import Districts
from app.shared.identity.districts import within

REDEMPTIONS = "breakfast.redemptions"
REFUSALS = "breakfast.refused_redemptions"
VOUCHERS = "breakfast.vouchers"
READERS = frozenset({Role.CAMPAIGN_MANAGER, Role.STORE_MANAGER, Role.FINANCE})

_REDEMPTION: tuple[Column[OverseenRedemption], ...] = (
    Column("核销编号", "Redemption no.", lambda row: row.redemption_no),
    Column("门店编号", "Store no.", lambda row: row.store_no),
    Column("门店", "Store", lambda row: row.store_name),
    Column("会员号", "Member no.", lambda row: row.member_no),
    Column("面值（元）", "Face value (yuan)", lambda row: row.face_value_fen, Kind.YUAN),
    Column("状态", "State", lambda row: row.state),
    Column("核销时间", "Redeemed at", lambda row: row.redeemed_at, Kind.TIME),
    Column("到达时间", "Received at", lambda row: row.received_at, Kind.TIME),
    Column("输入方式", "Input", lambda row: row.input),
    Column("补传", "Uploaded later", lambda row: row.sent_at is not None, Kind.FLAG),
    Column("冲正时间", "Reversed at", lambda row: row.reversed_at, Kind.TIME),
    Column("冲正原因", "Reason of reversal", lambda row: row.reversal_reason),
    Column("冲正人", "Reversed by", lambda row: row.reversed_by),
    Column("此券冲正次数", "Reversals of it", lambda row: row.reversals_count, Kind.COUNT),
    Column("测试", "Test", lambda row: row.test, Kind.FLAG),
    Column("券", "Voucher", lambda row: row.voucher_id),
    Column("编号", "Id", lambda row: row.id),
)
_REFUSAL: tuple[Column[OverseenRefusal], ...] = (
    Column("核销编号", "Redemption no.", lambda row: row.redemption_no),
    Column("门店编号", "Store no.", lambda row: row.store_no),
    Column("门店", "Store", lambda row: row.store_name),
    Column("原因", "Code of refusal", lambda row: row.code),
    Column("输入方式", "Input", lambda row: row.input),
    Column("首次", "First at", lambda row: row.received_at, Kind.TIME),
    Column("最近一次", "Last at", lambda row: row.last_at, Kind.TIME),
    Column("次数", "Times", lambda row: row.attempts_count, Kind.COUNT),
    Column("券", "Voucher", lambda row: row.voucher_id),
    Column("编号", "Id", lambda row: row.id),
)
# Without its code, which is its holder's.
_VOUCHER: tuple[Column[StaffVoucher], ...] = (
    Column("券", "Voucher", lambda row: row.id),
    Column("会员号", "Member no.", lambda row: row.member_no),
    Column("状态", "State", lambda row: row.state),
    Column("面值（元）", "Face value (yuan)", lambda row: row.face_value_fen, Kind.YUAN),
    Column("发放时间", "Issued at", lambda row: row.issued_at, Kind.TIME),
    Column("生效时间", "Valid from", lambda row: row.valid_from, Kind.TIME),
    Column("失效时间", "Valid until", lambda row: row.valid_until, Kind.TIME),
)


def _select_redemptions(filters: Filters, districts: Districts) -> AnySelect:
    statement = oversight_queries.select_redemptions().where(within(districts, Store.district))
    if filters.store_no is not None:
        statement = statement.where(Store.store_no == filters.store_no)
    if filters.since is not None:
        statement = statement.where(Redemption.redeemed_on >= filters.since)
    if filters.until is not None:
        statement = statement.where(Redemption.redeemed_on <= filters.until)
    return statement


def _select_refusals(filters: Filters, districts: Districts) -> AnySelect:
    statement = oversight_queries.select_refusals().where(within(districts, Store.district))
    if filters.store_no is not None:
        statement = statement.where(Store.store_no == filters.store_no)
    if filters.code is not None:
        statement = statement.where(RefusedRedemption.code == filters.code)
    return statement.where(*filters.of_days(RefusedRedemption.received_at))


def _select_vouchers(filters: Filters, districts: Districts) -> AnySelect:
    # Read once, so that all vouchers of a page are judged by one time.
    now = select(func.campaign_now()).scalar_subquery()
    return (
        queries.select_staff_vouchers()
        .add_columns(Voucher.valid_until <= now)
        .where(Voucher.batch_id == filters.batch_id, within(districts, Member.district))
    )


def _voucher(row: Sequence[Any]) -> StaffVoucher:
    """A row of `_select_vouchers`; an issued one whose time is over has expired."""
    voucher = queries.staff_voucher(row)
    is_over = row[len(fields(voucher))]
    if is_over and voucher.state is VoucherState.ISSUED:
        return replace(voucher, state=VoucherState.EXPIRED)
    return voucher


# Redemptions and refusals in the order of their ids, which is that of their arrival and their
# primary keys': no page sorts what was before it. A batch is small enough to be sorted.
LISTINGS: tuple[Listing[Any], ...] = (
    Listing(
        name=REDEMPTIONS,
        title=Words("核销记录", "Redemptions"),
        columns=_REDEMPTION,
        keyset=Keyset(Redemption.id),
        select=_select_redemptions,
        shape=oversight_queries.overseen_redemption,
        takes=frozenset({"store_no", "since", "until"}),
        roles=READERS,
    ),
    Listing(
        name=REFUSALS,
        title=Words("被拒绝的核销", "Refused redemptions"),
        columns=_REFUSAL,
        keyset=Keyset(RefusedRedemption.id),
        select=_select_refusals,
        shape=oversight_queries.overseen_refusal,
        takes=frozenset({"store_no", "code", "since", "until"}),
        roles=READERS,
    ),
    Listing(
        name=VOUCHERS,
        title=Words("批次的早餐券", "Vouchers of a batch"),
        columns=_VOUCHER,
        keyset=Keyset(Voucher.issued_at, Voucher.id),
        select=_select_vouchers,
        shape=_voucher,
        takes=frozenset({"batch_id"}),
        needs=frozenset({"batch_id"}),
        roles=READERS,
    ),
)
