"""The counter's SQL: look at what was presented. For one voucher or for five hundred.

Vouchers are locked in the order of their ids; everything else is read after that, so
it stands as committed last. The texts are fixed: what varies comes in arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, any_, bindparam, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.models.breakfast import Redemption, Voucher
from app.models.identity import Store
from app.packs.breakfast.presented import (
    CounterFacts,
    LiveRedemption,
    Presentation,
    RedemptionFacts,
    Scan,
    StoreFacts,
    VoucherFacts,
)
from app.platform.db import AnySelect, is_one_of

_VOUCHERS = select(
    Voucher.code_digest,
    Voucher.id,
    Voucher.batch_id,
    Voucher.member_id,
    Voucher.state,
    Voucher.face_value_fen,
    Voucher.issued_at,
    Voucher.valid_from,
    Voucher.valid_until,
).where(
    or_(
        is_one_of(Voucher.id, "ids"),
        Voucher.code_digest == any_(bindparam("digests", type_=ARRAY(LargeBinary))),
    )
)
# The key stays, so rows that point to a voucher need not wait.
_LOCKED_VOUCHERS = _VOUCHERS.order_by(Voucher.id).with_for_update(key_share=True)

# A store that is not the caller's is no row. A batch's districts and stores are a union, and
# one that names neither is for all. A test batch may have hours of its own. The columns come in
# the order of the fields of `StoreFacts`, `LiveRedemption` and `RedemptionFacts`.
_COUNTERS = text("""
    SELECT p.place, s.id AS store_id, s.name AS store_name, s.state AS store_state,
           COALESCE(b.opens, s.opens) AS opens, COALESCE(b.closes, s.closes) AS closes,
           COALESCE(b.store_districts IS NULL AND b.store_ids IS NULL
                    OR s.district = ANY (b.store_districts)
                    OR s.id = ANY (b.store_ids), false) AS in_batch,
           COALESCE(b.test, false) AS test,
           live.id AS live_id, live.redeemed_at AS live_at, live.store_id AS live_store_id,
           live_store.name AS live_store_name, live.device_id AS live_device_id,
           known.id AS known_id, known.redemption_no, known.voucher_id, known.face_value_fen,
           known.input, known.state, known.redeemed_at, known.reversed_at,
           known.reversal_reason,
           dispute.voucher_id AS disputed
      FROM unnest(CAST(:stores AS uuid[]), CAST(:merchants AS uuid[]),
                  CAST(:store_nos AS text[]), CAST(:numbers AS text[]),
                  CAST(:vouchers AS uuid[]), CAST(:batches AS uuid[]))
           WITH ORDINALITY
           AS p (store_id, merchant_id, store_no, redemption_no, voucher_id, batch_id, place)
      JOIN store s ON s.id = COALESCE(
               p.store_id, (SELECT named.id FROM store named WHERE named.store_no = p.store_no))
      LEFT JOIN breakfast_batch b ON b.id = p.batch_id
      LEFT JOIN breakfast_redemption live
             ON live.voucher_id = p.voucher_id AND live.state = 'redeemed'
      LEFT JOIN store live_store ON live_store.id = live.store_id
      LEFT JOIN breakfast_redemption known
             ON known.store_id = s.id AND known.redemption_no = p.redemption_no
      LEFT JOIN breakfast_dispute dispute
             ON dispute.store_id = s.id AND dispute.redemption_no = p.redemption_no
     WHERE (p.store_id IS NOT NULL OR s.merchant_id = p.merchant_id)
       AND (p.store_no IS NULL OR s.store_no = p.store_no)
""").columns(store_state=Store.state.type, input=Redemption.input.type, state=Redemption.state.type)


@dataclass(frozen=True, slots=True)
class FoundVouchers:
    """The vouchers of some scans."""

    by_id: dict[UUID, VoucherFacts]
    ids_by_digest: dict[bytes, UUID]

    def of(self, scan: Scan) -> VoucherFacts | None:
        """The voucher that a scan stands for, if there is one."""
        voucher_id = scan.voucher_id
        for digest in scan.code_digests:
            voucher_id = voucher_id or self.ids_by_digest.get(digest)
        return self.by_id.get(voucher_id) if voucher_id is not None else None


async def find_vouchers(
    session: AsyncSession | AsyncConnection, scans: Sequence[Scan], *, lock: bool
) -> FoundVouchers:
    """Locked, they stand as committed last and nobody else moves them."""
    ids = [scan.voucher_id for scan in scans if scan.voucher_id is not None]
    digests = [digest for scan in scans for digest in scan.code_digests]
    if not ids and not digests:
        return FoundVouchers({}, {})
    statement: AnySelect = _LOCKED_VOUCHERS if lock else _VOUCHERS
    rows = await session.execute(statement, {"ids": ids, "digests": digests})
    found = [(row[0], VoucherFacts(*row[1:])) for row in rows]
    return FoundVouchers(
        {voucher.id: voucher for _, voucher in found},
        {digest: voucher.id for digest, voucher in found},
    )


async def look_at_counters(
    session: AsyncSession | AsyncConnection,
    presented: Sequence[Presentation],
    vouchers: FoundVouchers,
) -> list[CounterFacts | None]:
    """What each is judged by, in the same order; None where the store is not the caller's."""
    found = [vouchers.of(each.scan) for each in presented]
    rows = await session.execute(
        _COUNTERS,
        {
            "stores": [each.till.store_id for each in presented],
            "merchants": [each.till.merchant_id for each in presented],
            "store_nos": [each.store_no for each in presented],
            "numbers": [each.redemption_no for each in presented],
            "vouchers": [voucher and voucher.id for voucher in found],
            "batches": [voucher and voucher.batch_id for voucher in found],
        },
    )
    counters: list[CounterFacts | None] = [None] * len(presented)
    for place, *facts in rows:
        counters[place - 1] = _counter(facts)
    return counters


def _counter(facts: list[Any]) -> CounterFacts:
    store, live, known = StoreFacts(*facts[:7]), facts[7:12], facts[12:21]
    # Asked of it only where it is the presented voucher's own: then its batch is this one.
    known.append(store.test)
    return CounterFacts(
        store=store,
        known=RedemptionFacts(*known) if known[0] else None,
        disputed=facts[21],
        live=LiveRedemption(*live) if live[0] else None,
    )
