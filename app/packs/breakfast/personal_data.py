"""What breakfast keeps about a member: vouchers, and what became of them at the tills.

Settlement with stores rests on all of it, so an erasure takes the person out of it and
leaves the rows: originals of accounts are kept for 30 years (Accounting Law 23, Measures
for the Administration of Accounting Archives 14).
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.models.breakfast import (
    Batch,
    Dispute,
    Redemption,
    RefusedRedemption,
    Voucher,
    VoucherHistory,
)
from app.models.identity import Store
from app.packs.breakfast.seals import CODE
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Fate, Outcome, Subject, always, as_it_is

ACCOUNTS_STAY = Words(
    "与门店的结算凭证依《会计法》保存，但已与您本人脱离关联。",
    "What is settled with stores is kept by the Accounting Law; it no longer leads to you.",
)
_DETACHED = always(Fate(Outcome.DETACHED, ACCOUNTS_STAY))


def _vouchers(subject: Subject) -> AnySelect:
    return (
        select(
            Voucher.id,
            Batch.name.label("batch"),
            Voucher.code_sealed,
            Voucher.state,
            Voucher.face_value_fen,
            Voucher.issued_at,
            Voucher.valid_from,
            Voucher.valid_until,
        )
        .join(Batch, Batch.id == Voucher.batch_id)
        .where(Voucher.member_id == subject.member_id)
        .order_by(Voucher.issued_at.desc(), Voucher.id.desc())
    )


def _show_voucher(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    code = CODE.open(sealer, shown.pop("code_sealed"))
    return {**shown, "code": code}


def _moves(subject: Subject) -> AnySelect:
    return (
        select(
            VoucherHistory.voucher_id,
            VoucherHistory.at,
            VoucherHistory.act,
            VoucherHistory.from_state,
            VoucherHistory.to_state,
            VoucherHistory.reason,
        )
        .join(Voucher, Voucher.id == VoucherHistory.voucher_id)
        .where(Voucher.member_id == subject.member_id)
        .order_by(VoucherHistory.at.desc(), VoucherHistory.id.desc())
    )


def _at_tills(
    table: type[Redemption | RefusedRedemption | Dispute],
    *columns: InstrumentedAttribute[Any],
) -> Any:
    """Rows of one table about a member's vouchers, with the store's name."""

    def rows(subject: Subject) -> AnySelect:
        return (
            select(table.voucher_id, Store.name.label("store"), table.redeemed_at, *columns)
            .join(Voucher, Voucher.id == table.voucher_id)
            .join(Store, Store.id == table.store_id)
            .where(Voucher.member_id == subject.member_id)
            .order_by(table.received_at.desc(), table.id.desc())
        )

    return rows


DATA_KINDS = (
    DataKind(
        "breakfast_vouchers",
        Words("早餐券", "Breakfast vouchers"),
        _vouchers,
        _show_voucher,
        _DETACHED,
    ),
    DataKind(
        "breakfast_voucher_moves",
        Words("早餐券状态变更", "What became of breakfast vouchers"),
        _moves,
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "breakfast_redemptions",
        Words("早餐券核销", "Redemptions of breakfast vouchers"),
        _at_tills(
            Redemption,
            Redemption.state,
            Redemption.face_value_fen,
            Redemption.reversed_at,
            Redemption.reversal_reason,
        ),
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "breakfast_refused_redemptions",
        Words("被拒绝的核销", "Redemptions that were refused"),
        _at_tills(RefusedRedemption, RefusedRedemption.code),
        as_it_is,
        _DETACHED,
    ),
    DataKind(
        "breakfast_disputes",
        Words("有争议的核销", "Redemptions in dispute"),
        _at_tills(Dispute, Dispute.state, Dispute.decision, Dispute.reason),
        as_it_is,
        _DETACHED,
    ),
)
