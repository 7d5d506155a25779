"""A notice on its way to a phone: judged by what holds now, handed over, and written down."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member
from app.models.notices import Notice, NoticeOptOut, NoticeSend
from app.models.states import NoticeChannel, NoticeOutcome
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import Sessions
from app.platform.ids import new_id
from app.platform.jobs import JobFailed, Later, Payload
from app.shared.notices.channels import Channels, Message
from app.shared.notices.contents import unseal
from app.shared.notices.kinds import NoticeKind
from app.shared.notices.put import Notices
from app.shared.notices.quiet import quiet_until

# What was sent stays sent, whatever a slower attempt has to say after it.
_WRITE = text("""
    INSERT INTO notice_send (id, notice_id, channel, job_id, outcome, error, first_at, last_at)
    SELECT CAST(:id AS uuid), id, :channel, CAST(:job_id AS uuid), :outcome, :error,
           (SELECT campaign_now()), (SELECT campaign_now())
      FROM notice WHERE id = CAST(:notice_id AS uuid)
    ON CONFLICT (notice_id, channel) DO UPDATE
       SET outcome = CASE notice_send.outcome WHEN 'sent' THEN 'sent' ELSE excluded.outcome END,
           error = CASE notice_send.outcome WHEN 'sent' THEN NULL ELSE excluded.error END,
           job_id = excluded.job_id,
           attempts_count = notice_send.attempts_count + 1,
           last_at = excluded.last_at
""")


@dataclass(frozen=True, slots=True)
class Due:
    """A notice, with what has become of it on the channel so far."""

    kind: str
    content_sealed: bytes
    created_at: datetime
    not_after: datetime | None
    member_no: str
    opted_out: bool
    outcome: NoticeOutcome | None


async def deliver(
    job_id: UUID,
    payload: Payload,
    *,
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    notices: Notices,
    channels: Channels,
) -> None:
    """Hand one notice to one channel, unless that is no longer wanted, or done.

    Raises `Later` in quiet hours; `JobFailed` where the carrier could not, or where a newer
    worker must, because this one does not know the kind.
    """
    notice_id, channel = UUID(payload["notice_id"]), NoticeChannel(payload["channel"])
    async with sessions() as session:
        due = await _find(session, notice_id, channel)
    if due is None or due.outcome is NoticeOutcome.SENT:
        return
    kind, carrier, now = notices.kinds.get(due.kind), channels.carriers.get(channel), clock.now()
    if kind is None:
        raise JobFailed("kind_unknown")
    outcome = why_not(due, kind, now)
    if outcome is None and carrier is None:
        outcome = NoticeOutcome.NO_CHANNEL
    if outcome is None and kind.quiet and (morning := quiet_until(now)):
        raise Later(morning)
    try:
        if outcome is None and carrier is not None:
            outcome = await carrier.deliver(job_id, _message(notice_id, channel, due, sealer))
    except JobFailed as failed:
        await _write(sessions, notice_id, channel, job_id, NoticeOutcome.FAILED, failed.code)
        raise
    assert outcome is not None
    await _write(sessions, notice_id, channel, job_id, outcome)


def why_not(due: Due, kind: NoticeKind, now: datetime) -> NoticeOutcome | None:
    """Why no phone is to be disturbed by it: now, or when it next may be."""
    if kind.optional and due.opted_out:
        return NoticeOutcome.OPTED_OUT
    earliest = (quiet_until(now) if kind.quiet else None) or now
    if due.not_after is not None and due.not_after <= earliest:
        return NoticeOutcome.TOO_LATE
    return None


async def _find(session: AsyncSession, notice_id: UUID, channel: NoticeChannel) -> Due | None:
    opted_out = exists().where(
        NoticeOptOut.member_id == Notice.member_id, NoticeOptOut.kind == Notice.kind
    )
    rows = await session.execute(
        select(
            Notice.kind,
            Notice.content_sealed,
            Notice.created_at,
            Notice.not_after,
            Member.member_no,
            opted_out,
            NoticeSend.outcome,
        )
        .join(Member, Member.id == Notice.member_id)
        .outerjoin(
            NoticeSend, and_(NoticeSend.notice_id == Notice.id, NoticeSend.channel == channel)
        )
        .where(Notice.id == notice_id)
    )
    row = rows.one_or_none()
    return Due(*row) if row else None


def _message(notice_id: UUID, channel: NoticeChannel, due: Due, sealer: Sealer) -> Message:
    return Message(
        notice_id=notice_id,
        channel=channel,
        kind=due.kind,
        member_no=due.member_no,
        content=unseal(sealer, due.content_sealed),
        created_at=due.created_at,
        not_after=due.not_after,
    )


async def _write(
    sessions: Sessions,
    notice_id: UUID,
    channel: NoticeChannel,
    job_id: UUID,
    outcome: NoticeOutcome,
    error: str | None = None,
) -> None:
    async with sessions.begin() as session:
        await session.execute(
            _WRITE,
            {
                "id": new_id(),
                "notice_id": notice_id,
                "channel": channel,
                "job_id": job_id,
                "outcome": outcome,
                "error": error,
            },
        )
