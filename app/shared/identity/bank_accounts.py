"""Where a merchant is paid to. Changing that is the oldest fraud there is, so it takes two.

Finance asks, somebody else of finance or the administrator approves. Until then the account
waits sealed, and nobody is shown more of it than its last digits.
"""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Merchant
from app.models.states import Role
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.errors import Forbidden, Words
from app.shared.approvals import (
    PRIVATE,
    ApprovalKind,
    Approved,
    Asked,
    Payload,
    Proposal,
    propose,
)
from app.shared.idempotency import Once
from app.shared.identity import seals
from app.shared.identity.callers import Actor
from app.shared.identity.merchants import lock_merchant, note_move
from app.shared.sealed.masks import mask_account


async def ask_bank_account(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    merchant_id: UUID,
    version: int,
    bank: str,
    account: str,
    reason: str,
) -> Asked:
    """Ask that a merchant be paid elsewhere.

    Raises `Forbidden` for anybody without the role `finance`, the administrator too;
    `NotFound`, `VersionStale`, `ApprovalPending`.
    """
    if Role.FINANCE not in actor.roles:
        raise Forbidden()
    async with sessions.begin() as session:
        await once.first(session, about=select(Merchant.id).where(Merchant.id == merchant_id))
        await lock_merchant(session, merchant_id, version=version)
        name = await session.scalar(select(Merchant.name).where(Merchant.id == merchant_id))
        proposal = Proposal(
            object_id=merchant_id,
            payload={"version": version, "bank": bank, "account": mask_account(account)},
            private=PRIVATE.seal(sealer, account),
            summary=Words(
                f"商户「{name}」的收款账户变更为 {bank} {mask_account(account)}",
                f"The merchant “{name}” is to be paid to {bank} {mask_account(account)}",
            ),
            reason=reason,
        )
        asked = await propose(session, once, BANK_ACCOUNT, proposal, actor=actor)
        assert asked is not None, "a kind that is not measured always needs a second person"
        await note_move(
            session, merchant_id, "ask_bank_account", {}, actor=actor, at=clock.now(), reason=reason
        )
    return asked


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
    return row.bank, seals.BANK_ACCOUNT.open(sealer, row.bank_account_sealed)


async def _check(session: AsyncSession, object_id: UUID, payload: Payload) -> None:
    await lock_merchant(session, object_id, version=payload["version"])


async def _perform(
    session: AsyncSession, approved: Approved, actor: Actor, *, clock: Clock, sealer: Sealer
) -> None:
    assert approved.private is not None, "it waits as long as the approval does"
    bank, account = approved.payload["bank"], PRIVATE.open(sealer, approved.private)
    known = await read_bank_account(session, sealer, merchant_id=approved.object_id)
    before, now = known or (None, None), clock.now()
    await session.execute(
        update(Merchant)
        .where(Merchant.id == approved.object_id)
        .values(
            bank=bank,
            bank_account_sealed=seals.BANK_ACCOUNT.seal(sealer, account),
            version=Merchant.version + 1,
            updated_at=now,
        )
    )
    await note_move(
        session,
        approved.object_id,
        "set_bank_account",
        {"bank": (before[0], bank), "bank_account": (before[1], account)},
        actor=actor,
        at=now,
        reason=approved.reason,
        why=approved.why,
        asked_by=approved.asked_by.name,
    )


BANK_ACCOUNT = ApprovalKind(
    name="identity.bank_account",
    object_kind="merchant",
    deciders=frozenset({Role.FINANCE}),
    check=_check,
    perform=_perform,
    measured=False,
)
