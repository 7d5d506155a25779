"""What only the wisher and staff read of a wish: moves with their reasons, what was handed in."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.wishes import WishClaim, WishEvidenceFile, WishHistory
from app.packs.wishes.queries import CLAIM_COLUMNS, ClaimFacts
from app.packs.wishes.seals import EVIDENCE, REASON
from app.platform.crypto import Sealer


@dataclass(frozen=True, slots=True)
class Move:
    """One row of history, opened. `actor` is for staff."""

    at: datetime
    act: str
    actor: str
    from_state: str | None
    to_state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A claim with what its volunteer says was done, and pictures by id."""

    claim: ClaimFacts
    evidence: str | None
    file_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    moves: Sequence[Move]
    claims: Sequence[HandedIn]


async def look_inside(session: AsyncSession, sealer: Sealer, wish_id: UUID) -> Inside:
    """Of a wish that the caller may look into."""
    return Inside(await _moves(session, sealer, wish_id), await _claims(session, sealer, wish_id))


async def _moves(session: AsyncSession, sealer: Sealer, wish_id: UUID) -> list[Move]:
    rows = await session.execute(
        select(
            WishHistory.at,
            WishHistory.act,
            WishHistory.actor,
            WishHistory.from_state,
            WishHistory.to_state,
            WishHistory.reason_sealed,
        )
        .where(WishHistory.wish_id == wish_id)
        .order_by(WishHistory.number)
    )
    return [
        Move(
            row.at,
            row.act,
            row.actor,
            row.from_state,
            row.to_state,
            REASON.open_if_any(sealer, row.reason_sealed),
        )
        for row in rows
    ]


async def _claims(session: AsyncSession, sealer: Sealer, wish_id: UUID) -> list[HandedIn]:
    rows = await session.execute(
        select(*CLAIM_COLUMNS, WishClaim.evidence_sealed)
        .where(WishClaim.wish_id == wish_id)
        .order_by(WishClaim.claimed_at, WishClaim.id)
    )
    found = [(ClaimFacts(*values), sealed) for *values, sealed in rows]
    shown = await _files(session, [claim.id for claim, _ in found])
    return [
        HandedIn(
            claim,
            EVIDENCE.open_if_any(sealer, sealed),
            tuple(shown[claim.id]),
        )
        for claim, sealed in found
    ]


async def _files(session: AsyncSession, claim_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    rows = await session.execute(
        select(WishEvidenceFile.claim_id, WishEvidenceFile.file_id)
        .where(WishEvidenceFile.claim_id.in_(claim_ids))
        .order_by(WishEvidenceFile.file_id)
    )
    shown: dict[UUID, list[UUID]] = defaultdict(list)
    for claim_id, file_id in rows:
        shown[claim_id].append(file_id)
    return shown
