"""Where a merchant is paid to. Changing that is the oldest fraud there is, so it takes two.

`change_bank_account` is the change itself, inside the caller's transaction. Whoever has
the second person's word calls it: an act that is approved, in the approver's transaction.
Until there is such an act, `set_bank_account` lets `finance` do it and nobody else, and
the history says who, when and why.
"""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Merchant
from app.models.states import Role
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import Forbidden
from app.shared.identity.callers import Actor
from app.shared.identity.merchants import MerchantFacts, lock_merchant, note_move, read_merchant
from app.shared.identity.seals import BANK_ACCOUNT

ACT = "set_bank_account"


async def set_bank_account(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    actor: Actor,
    merchant_id: UUID,
    version: int,
    bank: str,
    account: str,
    reason: str,
) -> MerchantFacts:
    """Change where a merchant is paid to.

    Raises `Forbidden` for anybody without the role `finance`, the administrator too;
    `NotFound`, `VersionStale`.
    """
    if Role.FINANCE not in actor.roles:
        raise Forbidden()
    async with sessions.begin() as session:
        await lock_merchant(session, merchant_id, version=version)
        await change_bank_account(
            session,
            clock,
            sealer,
            actor=actor,
            merchant_id=merchant_id,
            bank=bank,
            account=account,
            reason=reason,
        )
        return await read_merchant(session, sealer, merchant_id)


async def change_bank_account(
    session: AsyncSession,
    clock: Clock,
    sealer: Sealer,
    *,
    actor: Actor,
    merchant_id: UUID,
    bank: str,
    account: str,
    reason: str,
) -> None:
    """The change, with its line of history, in the caller's transaction. Raises `NotFound`."""
    await lock_merchant(session, merchant_id, version=None)
    before = await read_bank_account(session, sealer, merchant_id=merchant_id)
    now = clock.now()
    await session.execute(
        update(Merchant)
        .where(Merchant.id == merchant_id)
        .values(
            bank=bank,
            bank_account_sealed=BANK_ACCOUNT.seal(sealer, account),
            version=Merchant.version + 1,
            updated_at=now,
        )
    )
    known = before or (None, None)
    changes = {"bank": (known[0], bank), "bank_account": (known[1], account)}
    await note_move(session, merchant_id, ACT, changes, actor=actor, at=now, reason=reason)


async def read_bank_account(
    session: AsyncSession, sealer: Sealer, *, merchant_id: UUID
) -> tuple[str, str] | None:
    """Bank and account in clear, for whoever pays; None where none is known."""
    row = (
        await session.execute(
            select(Merchant.bank, Merchant.bank_account_sealed).where(Merchant.id == merchant_id)
        )
    ).one_or_none()
    if row is None or row.bank is None:
        return None
    return row.bank, BANK_ACCOUNT.open(sealer, row.bank_account_sealed)
