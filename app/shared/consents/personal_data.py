"""What this room keeps about a member: what they consented to and withdrew."""

from sqlalchemy import delete, select

from app.models.consents import Consent
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.shared.personal_data import DataKind, Erasing, Fate, Outcome, Subject, always


def _changes(subject: Subject) -> AnySelect:
    return (
        select(Consent.purpose, Consent.given, Consent.version, Consent.channel, Consent.at)
        .where(Consent.member_id == subject.member_id)
        .order_by(Consent.at.desc(), Consent.number.desc())
    )


async def _erase(erasing: Erasing) -> None:
    await erasing.session.execute(
        delete(Consent).where(Consent.member_id == erasing.subject.member_id)
    )


DATA_KINDS = (
    DataKind(
        "consents",
        Words("同意与撤回记录", "Consents and withdrawals"),
        _changes,
        lambda _, row: dict(row._mapping),
        always(Fate(Outcome.ERASED)),
        _erase,
    ),
)
