"""The holder's side of the till: a fresh pass for one of my vouchers, or for a test code."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.states import VoucherState
from app.packs.breakfast import browse
from app.packs.breakfast.certification_queries import find_test_voucher
from app.packs.breakfast.passes import PassClaims, Passes
from app.packs.breakfast.redemption_refusals import (
    VoucherExpired,
    VoucherRedeemed,
    VoucherVoid,
)
from app.packs.breakfast.rules import voucher_state
from app.packs.breakfast.voucher_records import VoucherRecords, VoucherRow
from app.platform.clock import SHANGHAI, Clock
from app.platform.db import Sessions
from app.platform.errors import Refusal
from app.shared.counter.codes import normalise
from app.shared.counter.device_time import PASS_LIFE
from app.shared.counter.refusals import CodeUnknown
from app.shared.identity.callers import Member


@dataclass(frozen=True, slots=True)
class ShownPass:
    """The pass, the code to type instead, and until when a connected till takes the pass."""

    text: str
    code: str
    expires_at: datetime


async def show_pass(
    sessions: Sessions,
    records: VoucherRecords,
    passes: Passes,
    clock: Clock,
    *,
    member: Member,
    voucher_id: UUID,
) -> ShownPass:
    """A pass signed now, good for 60 s at a till that is connected.

    Raises `NotFound`, `VoucherRedeemed`, `VoucherExpired`, `VoucherVoid`.
    """
    voucher = await browse.find_voucher(sessions, records, member=member, voucher_id=voucher_id)
    now = clock.now().replace(microsecond=0)
    state = voucher_state(voucher.state, voucher.valid_until, now)
    if state is not VoucherState.ISSUED:
        raise _refusal(state, voucher.valid_until)
    return _shown(passes, voucher, now)


async def show_test_pass(
    sessions: Sessions, records: VoucherRecords, passes: Passes, clock: Clock, *, code: str
) -> ShownPass:
    """The pass of a test code, signed now, whatever has become of its voucher.

    A code that is not for testing is answered like one that does not exist, so there is
    nothing to guess here. Raises `CodeMalformed`, `CodeUnknown`.
    """
    canonical = normalise(code)
    async with sessions() as session:
        voucher = await find_test_voucher(session, records, canonical)
    if voucher is None:
        raise CodeUnknown()
    return _shown(passes, voucher, clock.now().replace(microsecond=0))


def pass_claims(voucher: VoucherRow, signed_at: datetime) -> PassClaims:
    """What a pass of this voucher says."""
    return PassClaims(
        voucher_id=voucher.id,
        batch_id=voucher.batch_id,
        face_value_fen=voucher.face_value_fen,
        valid_from=voucher.valid_from,
        valid_until=voucher.valid_until,
        signed_at=signed_at,
    )


def _shown(passes: Passes, voucher: VoucherRow, now: datetime) -> ShownPass:
    return ShownPass(passes.sign(pass_claims(voucher, now)), voucher.code, now + PASS_LIFE)


def _refusal(state: VoucherState, valid_until: datetime) -> Refusal:
    if state is VoucherState.REDEEMED:
        return VoucherRedeemed()
    if state is VoucherState.VOID:
        return VoucherVoid()
    return VoucherExpired(valid_until=valid_until.astimezone(SHANGHAI).isoformat())
