"""Breakfast as the contract tells it (section 4), in plain Python: no locks, no database.

Every verb answers what a caller must hear: a word that names the success, or the refusal's
code. Where the contract leaves two answers open it answers both.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.platform.clock import SHANGHAI

PASS_LIFE = timedelta(seconds=60)
REVERSAL_WINDOW, REVERSAL_LIMIT = timedelta(hours=24), 10


@dataclass
class Batch:
    total: int
    valid_days: int
    per_day: int | None
    in_all: int | None
    stores: set[str] | None
    state: str = "running"
    vouchers: list["Voucher"] = field(default_factory=list)

    @property
    def issued(self) -> int:
        return sum(voucher.state != "void" for voucher in self.vouchers)


@dataclass
class Account:
    name: str
    person: str
    is_eligible: bool = True


@dataclass
class Voucher:
    batch: Batch
    account: Account
    issued_at: datetime
    valid_until: datetime
    state: str = "issued"
    reversals: int = 0
    live: "Redemption | None" = None


@dataclass
class Redemption:
    voucher: Voucher
    store: str
    till: str
    at: datetime
    state: str = "redeemed"


@dataclass
class Dispute:
    voucher: Voucher
    first: Redemption
    store: str
    till: str
    number: str
    at: datetime
    is_open: bool = True


@dataclass
class Model:
    """Stores never close here; batches of one model share their limits."""

    suspended: set[str] = field(default_factory=set)
    claims: dict[Hashable, Voucher] = field(default_factory=dict)
    redemptions: dict[tuple[str, str], Redemption] = field(default_factory=dict)
    disputes: dict[tuple[str, str], Dispute] = field(default_factory=dict)

    def claim(self, batch: Batch, account: Account, key: str, now: datetime) -> set[str]:
        if (id(batch), account.name, key) in self.claims:
            return {"repeated"}
        if not account.is_eligible:
            return {"not_eligible"}
        if batch.state != "running":
            return {"batch_ended" if batch.state == "ended" else "batch_paused"}
        is_limited, is_gone = self._is_limited(batch, account, now), batch.issued >= batch.total
        if is_limited and is_gone:
            had = any(voucher.account is account for voucher in batch.vouchers)
            return {"limit_reached"} if had else {"limit_reached", "sold_out"}
        if is_limited or is_gone:
            return {"limit_reached" if is_limited else "sold_out"}
        return {"granted"}

    def grant(self, batch: Batch, account: Account, key: str, at: datetime) -> Voucher:
        last = at.astimezone(SHANGHAI).date() + timedelta(days=batch.valid_days)
        midnight = datetime(last.year, last.month, last.day, tzinfo=SHANGHAI)
        voucher = Voucher(batch, account, at, midnight)
        batch.vouchers.append(voucher)
        self.claims[id(batch), account.name, key] = voucher
        return voucher

    def _is_limited(self, batch: Batch, account: Account, now: datetime) -> bool:
        taken = Counter[date | None]()
        for voucher in self.claims.values():
            if voucher.account.person == account.person and voucher.state != "void":
                taken[voucher.issued_at.astimezone(SHANGHAI).date()] += 1
                taken[None] += 1
        today = now.astimezone(SHANGHAI).date()
        return (batch.per_day is not None and taken[today] >= batch.per_day) or (
            batch.in_all is not None and taken[None] >= batch.in_all
        )

    def void(self, voucher: Voucher, now: datetime) -> str:
        if voucher.state != "issued" or now >= voucher.valid_until:
            return "state_conflict"
        voucher.state = "void"
        return "voided"

    def redeem(
        self,
        store: str,
        till: str,
        number: str,
        voucher: Voucher,
        *,
        at: datetime,
        signed_at: datetime | None = None,
        offline: bool = False,
    ) -> str:
        known = self.redemptions.get((store, number))
        if known is not None and known.voucher is voucher:
            return "repeated"
        dispute = self.disputes.get((store, number))
        if offline and dispute is not None and dispute.voucher is voucher:
            return "disputed"
        at = max(at, voucher.issued_at)
        why_not = self._why_not(store, voucher, known, dispute, at, signed_at)
        if voucher.state == "redeemed" and why_not == "already_redeemed" and offline:
            return self._contest(store, till, number, voucher, at)
        if why_not is not None:
            return why_not
        self._take(store, till, number, voucher, at)
        return "redeemed"

    def _why_not(
        self,
        store: str,
        voucher: Voucher,
        known: Redemption | None,
        dispute: Dispute | None,
        at: datetime,
        signed_at: datetime | None,
    ) -> str | None:
        is_another = dispute is not None and dispute.voucher is not voucher
        hurdles = (
            ("store_suspended", store in self.suspended),
            ("redemption_no_reused", known is not None or is_another),
            ("pass_expired", signed_at is not None and at >= signed_at + PASS_LIFE),
            ("voucher_void", voucher.state == "void"),
            ("already_redeemed", voucher.state == "redeemed"),
            ("voucher_expired", at >= voucher.valid_until),
            ("store_not_in_batch", not self._serves(store, voucher)),
        )
        return next((code for code, stands in hurdles if stands), None)

    def _serves(self, store: str, voucher: Voucher) -> bool:
        return voucher.batch.stores is None or store in voucher.batch.stores

    def _contest(self, store: str, till: str, number: str, voucher: Voucher, at: datetime) -> str:
        first = voucher.live
        assert first is not None
        was_here = (first.store, first.till) == (store, till)
        if was_here or at >= voucher.valid_until or not self._serves(store, voucher):
            return "already_redeemed"
        self.disputes[store, number] = Dispute(voucher, first, store, till, number, at)
        return "disputed"

    def _take(self, store: str, till: str, number: str, voucher: Voucher, at: datetime) -> None:
        redemption = Redemption(voucher, store, till, at)
        self.redemptions[store, number] = redemption
        voucher.state, voucher.live = "redeemed", redemption

    def reverse(self, store: str, number: str, now: datetime) -> str:
        redemption = self.redemptions.get((store, number))
        if redemption is None:
            return "redemption_unknown"
        if redemption.state == "reversed":
            return "already_reversed"
        if now >= redemption.at + REVERSAL_WINDOW:
            return "reversal_window_over"
        if redemption.voucher.reversals >= REVERSAL_LIMIT:
            return "too_many_reversals"
        self._undo(redemption)
        return "reversed"

    def _undo(self, redemption: Redemption) -> None:
        redemption.state = "reversed"
        redemption.voucher.state, redemption.voucher.live = "issued", None
        redemption.voucher.reversals += 1

    def decide(self, dispute: Dispute, decision: str) -> str:
        if not dispute.is_open:
            return "state_conflict"
        if decision == "second_stands" and not self._put_second_in_place(dispute):
            return "state_conflict"
        dispute.is_open = False
        return "decided"

    def _put_second_in_place(self, dispute: Dispute) -> bool:
        voucher, own = dispute.voucher, self.redemptions.get((dispute.store, dispute.number))
        if voucher.state == "void":
            return False
        if own is not None:
            return own.state == "redeemed"
        if voucher.state == "redeemed":
            if dispute.first.state == "reversed":
                return False
            self._undo(dispute.first)
        self._take(dispute.store, dispute.till, dispute.number, voucher, dispute.at)
        return True

    def change_total(self, batch: Batch, total: int) -> str:
        if total < batch.issued:
            return "below_issued"
        batch.total = total
        return "changed"

    def move(self, batch: Batch, act: str) -> str:
        moves = {
            ("running", "pause"): "paused",
            ("paused", "resume"): "running",
            ("running", "end"): "ended",
            ("paused", "end"): "ended",
        }
        if (batch.state, act) not in moves:
            return "state_conflict"
        batch.state = moves[batch.state, act]
        return "moved"
