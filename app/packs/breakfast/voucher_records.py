"""Vouchers as their holders have them: written in the flush, opened for whoever may read them."""
# ruff: noqa: S608 - what is put together is all of this module and of the ledger's own text.

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.breakfast import Voucher
from app.models.states import PackKind, VoucherState
from app.packs.breakfast.queries import BatchFacts
from app.packs.breakfast.rules import validity
from app.packs.breakfast.seals import CODE, CODE_LOOKUP
from app.packs.breakfast.voucher_acts import voucher_act
from app.platform.crypto import Digester, Sealer
from app.platform.db import AnySelect, is_one_of
from app.shared.campaigns import HELD, hold_open
from app.shared.counter.codes import new_codes
from app.shared.idempotency import KeyedRequest
from app.shared.identity.callers import Actor
from app.shared.identity.directory import AS_OF
from app.shared.ledger import INSERT_ALIKE, Act, parameters_alike
from app.shared.stock import Grant, Outdated, Press, Recorder

# The vouchers of a flush with the ledger's rows, in one statement.
_ISSUE = text(f"""
    WITH issued AS (
        INSERT INTO breakfast_voucher
               (id, batch_id, member_id, code_digest, code_sealed, face_value_fen,
                entitled_by, issued_at, valid_from, valid_until)
        SELECT id, CAST(:batch_id AS uuid), member_id, code_digest, code_sealed,
               CAST(:face_value_fen AS int), entitled_by, CAST(:issued_at AS timestamptz),
               CAST(:valid_from AS timestamptz), CAST(:valid_until AS timestamptz)
          FROM unnest(
            CAST(:id AS uuid[]), CAST(:member_id AS uuid[]), CAST(:code_digest AS bytea[]),
            CAST(:code_sealed AS bytea[]), CAST(:entitled_by AS text[]))
            AS voucher (id, member_id, code_digest, code_sealed, entitled_by)
    )
    {INSERT_ALIKE}
""")


class Claim(NamedTuple):
    """What a press is for: the batch, who presses, and by which categories, as of which change
    of members; None for whoever need not be looked at again. The payload of breakfast's
    presses."""

    batch: BatchFacts
    actor: Actor
    entitled_by: str | None = None
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """A voucher with its code in clear, as its holder may see it."""

    id: UUID
    batch_id: UUID
    code: str
    state: VoucherState
    face_value_fen: int
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime


_HELD = HELD.add_columns(AS_OF.scalar_subquery().label("as_of"))
_VOUCHER = (
    Voucher.id,
    Voucher.batch_id,
    Voucher.code_sealed,
    Voucher.state,
    Voucher.face_value_fen,
    Voucher.issued_at,
    Voucher.valid_from,
    Voucher.valid_until,
)


_BY_IDS = select(*_VOUCHER).where(is_one_of(Voucher.id, "ids"))


class VoucherRecords:
    """Voucher rows with their codes sealed, for the flush and for whoever may read them."""

    def __init__(self, sealer: Sealer, digester: Digester) -> None:
        self._sealer = sealer
        self._digester = digester
        self.recorder = Recorder(insert=self._insert, read=self._read)

    def select_all(self) -> AnySelect:
        return select(*_VOUCHER)

    def row(self, row: Any) -> VoucherRow:
        """A row of `select_all`, opened."""
        return VoucherRow(
            id=row.id,
            batch_id=row.batch_id,
            code=CODE.open(self._sealer, row.code_sealed),
            state=row.state,
            face_value_fen=row.face_value_fen,
            issued_at=row.issued_at,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )

    def request_digest(self, request: KeyedRequest, pool_id: UUID) -> bytes:
        """What names a claim: who, what, which pool, under which key."""
        return request.digest(self._digester, str(pool_id))

    def finds(self, code: str) -> ColumnElement[bool]:
        """The condition under which a voucher is that of a canonical code."""
        return CODE_LOOKUP.finds(self._digester, code)

    async def hold_open(self, connection: AsyncConnection, batch: BatchFacts) -> int | None:
        """Nobody closes the pack while vouchers are issued. Test vouchers are counted nowhere
        and belong to no open pack. Answers how many changes of members the books have.
        Raises `PackClosed`."""
        if batch.test:
            return await connection.scalar(AS_OF)
        held = await hold_open(connection, batch.campaign_id, PackKind.BREAKFAST, held=_HELD)
        as_of: int | None = held.as_of
        return as_of

    async def _insert(
        self, connection: AsyncConnection, grants: Sequence[Grant]
    ) -> Sequence[VoucherRow]:
        # One flush: one pool, so one batch, and one moment.
        batch, at = _claim_of(grants[0].press).batch, grants[0].at
        valid = validity(at, batch.valid_days, batch.valid_from)
        codes = new_codes(len(grants))
        vouchers = {
            "batch_id": batch.id,
            "face_value_fen": batch.face_value_fen,
            "issued_at": at,
            "valid_from": valid.valid_from,
            "valid_until": valid.valid_until,
            "id": [grant.press.claim_id for grant in grants],
            "member_id": [grant.press.member_id for grant in grants],
            "code_digest": [CODE_LOOKUP.digest(self._digester, code) for code in codes],
            "code_sealed": [CODE.seal(self._sealer, code) for code in codes],
            "entitled_by": [_claim_of(grant.press).entitled_by for grant in grants],
        }
        acts = [_claimed(grant) for grant in grants]
        await connection.execute(_ISSUE, {**vouchers, **parameters_alike(acts)})
        # Asked afterwards: the vouchers' foreign key has waited for whoever is being changed.
        as_of = await self.hold_open(connection, batch)

        def is_outdated(press: Press) -> bool:
            return _claim_of(press).as_of not in (None, as_of)

        if any(is_outdated(grant.press) for grant in grants):
            raise Outdated(is_outdated)
        return [
            VoucherRow(
                id=grant.press.claim_id,
                batch_id=batch.id,
                code=code,
                state=VoucherState.ISSUED,
                face_value_fen=batch.face_value_fen,
                issued_at=at,
                valid_from=valid.valid_from,
                valid_until=valid.valid_until,
            )
            for grant, code in zip(grants, codes, strict=True)
        ]

    async def _read(
        self, connection: AsyncConnection, claim_ids: Sequence[UUID]
    ) -> dict[UUID, VoucherRow]:
        rows = await connection.execute(_BY_IDS, {"ids": list(claim_ids)})
        return {row.id: self.row(row) for row in rows}


def _claim_of(press: Press) -> Claim:
    claim: Claim = press.payload
    return claim


def _claimed(grant: Grant) -> Act:
    states = (None, VoucherState.ISSUED)
    return voucher_act(
        _claim_of(grant.press).actor, "claim", grant.press.claim_id, states, at=grant.at
    )
