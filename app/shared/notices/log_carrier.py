"""The carrier of a deployment that has none: it says so in the log, and claims no more."""

from uuid import UUID

import structlog

from app.models.states import NoticeOutcome
from app.shared.notices.channels import Message

log = structlog.get_logger(__name__)


class LogCarrier:
    """Nothing leaves the house: kind and ids in a line of the log, no word of the text."""

    async def deliver(self, job_id: UUID, message: Message) -> NoticeOutcome:
        log.info(
            "notice_not_sent",
            job_id=str(job_id),
            notice_id=str(message.notice_id),
            notice_kind=message.kind,
            channel=message.channel,
        )
        return NoticeOutcome.LOGGED
