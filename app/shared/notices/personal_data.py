"""What this room keeps about a member: what they were told, by which way, and what not to be."""

from typing import Any

from sqlalchemy import delete, select

from app.models.notices import Notice, NoticeOptOut, NoticeSend
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.notices.contents import unseal
from app.shared.personal_data import DataKind, Erasing, Fate, Outcome, Subject, always, as_it_is


def _sends(subject: Subject) -> AnySelect:
    return (
        select(
            NoticeSend.notice_id,
            NoticeSend.channel,
            NoticeSend.outcome,
            NoticeSend.first_at,
            NoticeSend.last_at,
        )
        .join(Notice, Notice.id == NoticeSend.notice_id)
        .where(Notice.member_id == subject.member_id)
        .order_by(NoticeSend.last_at.desc(), NoticeSend.id.desc())
    )


async def _erase_sends(erasing: Erasing) -> None:
    own = select(Notice.id).where(Notice.member_id == erasing.subject.member_id)
    await erasing.session.execute(delete(NoticeSend).where(NoticeSend.notice_id.in_(own)))


def _notices(subject: Subject) -> AnySelect:
    return (
        select(
            Notice.id,
            Notice.kind,
            Notice.content_sealed,
            Notice.not_after,
            Notice.created_at,
            Notice.read_at,
        )
        .where(Notice.member_id == subject.member_id)
        .order_by(Notice.id.desc())
    )


def _show_notice(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    shown = dict(row._mapping)
    content = unseal(sealer, shown.pop("content_sealed"))
    return {**shown, "title": content.title.zh, "body": content.body.zh}


async def _erase_notices(erasing: Erasing) -> None:
    await erasing.session.execute(
        delete(Notice).where(Notice.member_id == erasing.subject.member_id)
    )


def _settings(subject: Subject) -> AnySelect:
    return (
        select(NoticeOptOut.kind, NoticeOptOut.opted_out_at)
        .where(NoticeOptOut.member_id == subject.member_id)
        .order_by(NoticeOptOut.kind)
    )


async def _erase_settings(erasing: Erasing) -> None:
    await erasing.session.execute(
        delete(NoticeOptOut).where(NoticeOptOut.member_id == erasing.subject.member_id)
    )


_ERASED = always(Fate(Outcome.ERASED))

# Sends before notices, with which they would go uncounted.
DATA_KINDS = (
    DataKind(
        "notice_sends",
        Words("通知发送记录", "How notices were sent to you"),
        _sends,
        as_it_is,
        _ERASED,
        _erase_sends,
    ),
    DataKind(
        "notices", Words("站内通知", "Notices"), _notices, _show_notice, _ERASED, _erase_notices
    ),
    DataKind(
        "notice_settings",
        Words("通知设置", "Notices that you have turned off"),
        _settings,
        as_it_is,
        _ERASED,
        _erase_settings,
    ),
)
