"""Redemption as most teams write it: one ORM transaction a scan."""

from datetime import UTC, datetime
from typing import Any

from fastapi import HTTPException
from sqlalchemy import select

from app.platform.db import Sessions
from app.platform.ids import new_id
from app.shared.identity.callers import Till
from benchmarks.references.codes import Codes
from benchmarks.references.orm import Redemption, Voucher


async def one_transaction(
    sessions: Sessions, codes: Codes, device: Till, redemption_no: str, code: str
) -> dict[str, Any]:
    """Lock the voucher, look, write the redemption, commit."""
    async with sessions.begin() as session:
        known = await session.scalar(
            select(Redemption).where(
                Redemption.device_id == device.device_id,
                Redemption.redemption_no == redemption_no,
            )
        )
        voucher = await session.scalar(
            select(Voucher).where(Voucher.code_digest == codes.digest(code)).with_for_update()
        )
        if voucher is None:
            raise HTTPException(404, {"code": "code_unknown"})
        if known is not None and known.voucher_id == voucher.id:
            return {"id": known.id, "voucher_id": voucher.id, "redeemed_at": known.redeemed_at}
        if voucher.state != "issued":
            raise HTTPException(409, {"code": "already_redeemed"})
        if voucher.valid_until <= datetime.now(UTC):
            raise HTTPException(409, {"code": "voucher_expired"})
        redemption = Redemption(
            id=new_id(),
            device_id=device.device_id,
            redemption_no=redemption_no,
            voucher_id=voucher.id,
        )
        session.add(redemption)
        voucher.state = "redeemed"
        await session.flush()
        await session.refresh(redemption, ["redeemed_at"])
        row = redemption.id, voucher.id, redemption.redeemed_at
    # Only now: the block's end has committed.
    return {"id": row[0], "voucher_id": row[1], "redeemed_at": row[2]}
