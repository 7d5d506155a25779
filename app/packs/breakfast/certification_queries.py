"""The SQL of test codes: the store, the batches that complete a test batch, a code's voucher."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.breakfast import Batch, Voucher
from app.models.identity import Store
from app.models.states import StoreState
from app.packs.breakfast.queries import (
    BatchFacts,
    batch_facts,
    select_batches,
)
from app.packs.breakfast.rules import Validity
from app.packs.breakfast.store_queries import Scope, in_scope
from app.packs.breakfast.voucher_records import VoucherRecords, VoucherRow


@dataclass(frozen=True, slots=True)
class CertifiedStore:
    """The store whose system is tried. `in_batch`: whether it redeems the test batch."""

    id: UUID
    state: StoreState
    in_batch: bool


async def find_store(
    session: AsyncSession, batch: BatchFacts, store_no: str
) -> CertifiedStore | None:
    here = in_scope(Scope(batch.store_districts, batch.store_ids))
    row = (
        await session.execute(select(Store.id, Store.state, here).where(Store.store_no == store_no))
    ).one_or_none()
    return CertifiedStore(*row) if row else None


async def find_companion(
    session: AsyncSession, batch_id: UUID, *, own_hours: bool
) -> BatchFacts | None:
    """A test batch's companion, with or without hours of its own."""
    hours = Batch.opens.is_not(None) if own_hours else Batch.opens.is_(None)
    row = (
        await session.execute(select_batches().where(Batch.test_of == batch_id, hours))
    ).one_or_none()
    return batch_facts(row) if row else None


async def set_validity(session: AsyncSession, voucher_id: UUID, valid: Validity) -> None:
    await session.execute(
        update(Voucher)
        .where(Voucher.id == voucher_id)
        .values(valid_from=valid.valid_from, valid_until=valid.valid_until)
    )


async def find_test_voucher(
    session: AsyncSession, records: VoucherRecords, code: str
) -> VoucherRow | None:
    """The voucher of a canonical code, if it is of a test batch; None for every other."""
    statement = (
        records.select_all()
        .join(Batch, Batch.id == Voucher.batch_id)
        .where(records.finds(code), Batch.test)
    )
    row = (await session.execute(statement)).one_or_none()
    return records.row(row) if row else None
