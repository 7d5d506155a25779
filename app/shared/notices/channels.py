"""The port: a notice leaves for a member's phone by one of these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.states import NoticeChannel, NoticeOutcome
from app.shared.notices.wording import Content


@dataclass(frozen=True, slots=True)
class Message:
    """One notice for one phone. The phone is whoever's the member number is: the other side
    knows its members, so no number of a phone leaves the house."""

    notice_id: UUID
    channel: NoticeChannel
    kind: str
    member_no: str = field(repr=False)
    content: Content = field(repr=False)
    created_at: datetime
    not_after: datetime | None


class Carrier(Protocol):
    """Takes messages out of the house."""

    async def deliver(self, job_id: UUID, message: Message) -> NoticeOutcome:
        """`sent` only where the other side has taken it.

        It may be called again with the same `job_id`, which is the other side's idempotency
        key. Raises `JobFailed`: for good, or to be tried again later.
        """
        ...


@dataclass(frozen=True, slots=True)
class Channels:
    """Which channels this deployment has, and who carries each."""

    carriers: Mapping[NoticeChannel, Carrier]
