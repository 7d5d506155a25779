"""Vouchers that this process met as redeemed, so that whoever presents one again need not queue
for its row.

A memory says only where to look. That a voucher is redeemed is said by the books at every call,
and one whose redemption was reversed is presented like any other.
"""

from collections import OrderedDict
from typing import TypeAlias
from uuid import UUID

from app.models.states import VoucherState
from app.packs.breakfast.presented import Scan, VoucherFacts

# A voucher's facts and its key take less than a kilobyte.
MOST_REMEMBERED = 4_096

_Key: TypeAlias = UUID | tuple[bytes, ...]


class Spent:
    """One a process, by what the till read: a pass's voucher, or a code's digests."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._vouchers: OrderedDict[_Key, VoucherFacts] = OrderedDict()

    def note(self, scan: Scan, voucher: VoucherFacts) -> None:
        """It was met as redeemed. Whoever was met longest ago makes room."""
        assert voucher.state is VoucherState.REDEEMED, "whoever is judged by it may redeem nothing"
        self._vouchers[_key(scan)] = voucher
        self._vouchers.move_to_end(_key(scan))
        if len(self._vouchers) > self._most:
            self._vouchers.popitem(last=False)

    def of(self, scan: Scan) -> VoucherFacts | None:
        """The voucher as it was met, if it was."""
        return self._vouchers.get(_key(scan))

    def forget(self, scan: Scan) -> None:
        """It is redeemed no more."""
        self._vouchers.pop(_key(scan), None)


def _key(scan: Scan) -> _Key:
    return scan.voucher_id or scan.code_digests
