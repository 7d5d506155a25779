"""What is kept of a member's payments. The union's accounts rest on all of it, so an erasure takes
the person out of it and leaves the rows (Accounting Law 23)."""

import json
from typing import Any

from sqlalchemy import select

from app.models.payments import Payment, PaymentEvent, Refund
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.payments.seals import RAW
from app.shared.personal_data import DataKind, Fate, Outcome, Subject, always, as_it_is

ACCOUNTS_STAY = Words(
    "收付款凭证依《会计法》保存，但已与您本人脱离关联。",
    "What was paid and refunded is kept by the Accounting Law; it no longer leads to you.",
)
_DETACHED = always(Fate(Outcome.DETACHED, ACCOUNTS_STAY))


def _payments(subject: Subject) -> AnySelect:
    return (
        select(
            Payment.id,
            Payment.number,
            Payment.description,
            Payment.amount_fen,
            Payment.state,
            Payment.created_at,
            Payment.paid_at,
            Payment.transaction_no,
            Payment.received_fen,
            Payment.refunded_fen,
        )
        .where(Payment.payer_id == subject.member_id)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )


def _events(subject: Subject) -> AnySelect:
    return (
        select(PaymentEvent.id, PaymentEvent.number, PaymentEvent.at, PaymentEvent.raw_sealed)
        .join(Payment, Payment.id == PaymentEvent.payment_id)
        .where(Payment.payer_id == subject.member_id)
        .order_by(PaymentEvent.at.desc(), PaymentEvent.id.desc())
    )


def _show_event(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    said = json.loads(RAW.open(sealer, shown.pop("raw_sealed")))
    return {**shown, "said": said}


def _refunds(subject: Subject) -> AnySelect:
    return (
        select(
            Refund.id,
            Payment.number.label("payment_number"),
            Refund.number,
            Refund.amount_fen,
            Refund.cause,
            Refund.state,
            Refund.asked_at,
            Refund.ended_at,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.payer_id == subject.member_id)
        .order_by(Refund.asked_at.desc(), Refund.id.desc())
    )


DATA_KINDS = (
    DataKind("payments", Words("付款", "Payments"), _payments, as_it_is, _DETACHED),
    DataKind(
        "payment_events",
        Words("支付平台通知", "What the payment provider said"),
        _events,
        _show_event,
        _DETACHED,
    ),
    DataKind("refunds", Words("退款", "Refunds"), _refunds, as_it_is, _DETACHED),
)
