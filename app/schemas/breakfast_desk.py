"""Vouchers in JSON, as staff see them."""

from typing import Self
from uuid import UUID

from app.models.states import VoucherState
from app.packs.breakfast.queries import StaffVoucher
from app.packs.breakfast.rules import voucher_state
from app.platform.clock import Clock
from app.schemas.base import Instant, Output


class StaffVoucherOut(Output):
    """A voucher as staff see it: without its code."""

    id: UUID
    batch_id: UUID
    member_no: str
    state: VoucherState
    face_value_fen: int
    issued_at: Instant
    valid_from: Instant
    valid_until: Instant

    @classmethod
    def of(cls, voucher: StaffVoucher, clock: Clock) -> Self:
        shown = cls.model_validate(voucher)
        shown.state = voucher_state(voucher.state, voucher.valid_until, clock.now())
        return shown
