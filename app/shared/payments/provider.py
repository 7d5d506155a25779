"""The port: what this room asks of whoever takes the money, and what it hears.

One provider speaks it today (`wechat/`). Times here are the provider's own, which is real time;
sums are integer fen. `raw` is what was said, word for word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

CNY = "CNY"


class ProviderUnavailable(Exception):
    """No answer, or none that can be believed. What it did is not known: ask again."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ProviderRefused(Exception):
    """A definite, signed no, by the provider's own code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TradeState(StrEnum):
    """Of a payment, in the provider's words. `REFUND`: it was paid, and some of it went back."""

    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    NOTPAY = "NOTPAY"
    CLOSED = "CLOSED"
    REVOKED = "REVOKED"
    USERPAYING = "USERPAYING"
    PAYERROR = "PAYERROR"

    @property
    def has_money(self) -> bool:
        return self in {TradeState.SUCCESS, TradeState.REFUND}

    @property
    def is_over(self) -> bool:
        return self in {TradeState.CLOSED, TradeState.REVOKED}


class BackState(StrEnum):
    """Of a refund, in the provider's words."""

    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    ABNORMAL = "ABNORMAL"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Trade:
    """What became of an attempt to pay. The last four are there once there is money."""

    number: str
    state: TradeState
    raw: str = field(repr=False)
    transaction_no: str | None = None
    amount_fen: int | None = None
    currency: str | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """What became of a refund. `created_at`: when it was taken on; a notification leaves it out."""

    number: str
    provider_no: str
    payment_number: str
    state: BackState
    amount_fen: int
    currency: str | None
    raw: str = field(repr=False)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """Something the provider told us by itself, its signature checked."""

    notice_no: str
    said: Trade | Back
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a day's bill: a payment, or a refund (`back_number` is there)."""

    number: str
    transaction_no: str
    paid_fen: int
    currency: str
    back_number: str | None = None
    back_fen: int = 0
    back_state: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """A day's bill as it was downloaded, its digest compared. `sha1`: of the whole text."""

    sha1: str
    lines: tuple[BillLine, ...]


class Provider(Protocol):
    """Every method raises `ProviderUnavailable` and `ProviderRefused`. Every one that changes
    something may be repeated: the provider knows our numbers."""

    async def prepay(
        self, *, number: str, amount_fen: int, description: str, expires_at: datetime
    ) -> str:
        """The provider's number for an attempt that somebody can now pay."""
        ...

    def hand_over(self, prepay_no: str) -> Mapping[str, str]:
        """What the app hands to the provider's own app, signed."""
        ...

    async def query(self, number: str) -> Trade | None:
        """None: the provider has never heard of it."""
        ...

    async def close(self, number: str) -> None:
        """Nobody can pay it afterwards. Refused with `ORDERPAID` where somebody has."""
        ...

    async def refund(
        self, *, number: str, payment_number: str, amount_fen: int, received_fen: int, reason: str
    ) -> Back: ...

    async def query_refund(self, number: str) -> Back | None:
        """None: the provider has never heard of it."""
        ...

    async def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """Raises `BadSignature`: not the provider's word, or not fresh."""
        ...

    async def bill(self, day: date) -> Bill | None:
        """What went in and out on that day; None: there is none, or none yet."""
        ...
