"""What a pack declares of a thing that can be paid, and where that is kept.

`packs/<pack>/payments.py` has its kinds in `PAYABLES`, found by name like `approvals.py`:

    ORDER = Payable(
        kind="gift_boxes.order",  # begins with the pack's name
        lock=_lock,               # (session, payable_id): FOR UPDATE, and what is due for it
        check=_check,             # (session, due): raises the pack's own refusals
        on_paid=_on_paid,         # (session, paid, *, rooms…) -> Kept | RefundBecause
        on_refunded=_on_refunded, # (session, refunded, *, rooms…)
        recount=_recount,         # (session, payable_id): of one that keeps what went back of it
    )

All of them run in the room's transaction, under the payable's lock, and commit with the room's own
rows or not at all. They wait for nothing but the database, and open no transaction. Locks are
taken in one order: the payable's own row first, and nothing of the room or of the stock without
it; so two who need the same rows meet there. A pack that holds its row may call the room.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.states_of_payments import RefundCause
from app.platform.errors import NotFound, TemporarilyUnavailable
from app.platform.wiring import with_rooms


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid, by whom, until when. Read under the payable's lock.

    `amount_fen` does not change while an attempt to pay it is live: an order keeps its price.
    `description`: what the payer reads at the provider; public words, no name, no number.
    `pay_before`: campaign time, the end of the hold; the provider takes no money after it.
    """

    payable_id: UUID
    payer_id: UUID
    amount_fen: int
    description: str
    pay_before: datetime


@dataclass(frozen=True, slots=True)
class Paid:
    """Money has come, exactly what was due, for the first time.

    `paid_at`: when the payer paid, as the provider says, in campaign time. `learned_at`: now.
    It may come long after `pay_before`, or after the payable was cancelled.
    """

    payment_id: UUID
    payable_id: UUID
    amount_fen: int
    paid_at: datetime
    learned_at: datetime


@dataclass(frozen=True, slots=True)
class Refunded:
    """The provider has given money back.

    `refunded_fen`: with all refunds of this payment that have succeeded, this one among them.
    Called only for refunds of money that the payable kept.
    """

    refund_id: UUID
    payment_id: UUID
    payable_id: UUID
    amount_fen: int
    refunded_fen: int
    received_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The payable takes the money: it is paid from now on."""


@dataclass(frozen=True, slots=True)
class RefundBecause:
    """The payable takes none of it: the whole goes back at once, and the pack tells the payer."""

    cause: RefundCause


Answer: TypeAlias = Kept | RefundBecause
Lock: TypeAlias = Callable[[AsyncSession, UUID], Awaitable[Due | None]]
Check: TypeAlias = Callable[[AsyncSession, Due], Awaitable[None]]
OnPaid: TypeAlias = Callable[..., Awaitable[Answer]]
OnRefunded: TypeAlias = Callable[..., Awaitable[None]]
Recount: TypeAlias = Callable[[AsyncSession, UUID], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Payable:
    """A kind of thing that can be paid.

    `lock(session, id)`: locks its row and says what is due for it, also when nothing is to be
    paid any more; None if there is no such thing. `check(session, due)`: raises the pack's
    refusals where it may not be paid now (`StateConflict`, `order_expired`).
    `on_paid(session, Paid, *, rooms…)`: called once for each payable at most with the answer
    `Kept`. `on_refunded(session, Refunded, *, rooms…)`: once a refund. `recount(session, id)`:
    what goes back of the money that it kept has become more or less without its doing, because
    staff gave back of the payment alone, or the provider gave a refund up.
    """

    kind: str
    lock: Lock
    check: Check
    on_paid: OnPaid
    on_refunded: OnRefunded
    recount: Recount | None = None


class Payables:
    """The kinds that there are, with the rooms that they ask for. One a process."""

    def __init__(self, kinds: Iterable[Payable]) -> None:
        self._kinds = {each.kind: each for each in kinds}
        self._on_paid: dict[str, OnPaid] = {}
        self._on_refunded: dict[str, OnRefunded] = {}

    def furnish(self, rooms: object) -> None:
        """Hand each the rooms that it asks for. Raises `TypeError` if one is not there."""
        for name, kind in self._kinds.items():
            self._on_paid[name] = with_rooms(name, kind.on_paid, rooms)
            self._on_refunded[name] = with_rooms(name, kind.on_refunded, rooms)

    @property
    def kinds(self) -> Mapping[str, Payable]:
        return self._kinds

    async def lock(self, session: AsyncSession, kind: str, payable_id: UUID) -> Due | None:
        """Lock it. Raises `TemporarilyUnavailable`: during a rollout, a newer process knows it."""
        return await self._known(kind).lock(session, payable_id)

    async def require_payable(self, session: AsyncSession, kind: str, payable_id: UUID) -> Due:
        """Lock it, to be paid now. Raises `NotFound` and the pack's own refusals."""
        due = await self.lock(session, kind, payable_id)
        if due is None:
            raise NotFound()
        await self._known(kind).check(session, due)
        return due

    async def on_paid(self, session: AsyncSession, kind: str, paid: Paid) -> Answer:
        return await self._on_paid[kind](session, paid)

    async def on_refunded(self, session: AsyncSession, kind: str, refunded: Refunded) -> None:
        await self._on_refunded[kind](session, refunded)

    async def recount(self, session: AsyncSession, kind: str, payable_id: UUID) -> None:
        """It is locked."""
        recount = self._known(kind).recount
        if recount is not None:
            await recount(session, payable_id)

    def _known(self, kind: str) -> Payable:
        if kind not in self._kinds:
            raise TemporarilyUnavailable()
        return self._kinds[kind]
