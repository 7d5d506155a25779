"""Telling members something, in the transaction of whatever it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.models.states import NoticeChannel
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.ids import new_id
from app.shared.notices.contents import seal
from app.shared.notices.kinds import Kinds
from app.shared.notices.quiet import quiet_until
from app.shared.notices.templates import current_templates
from app.shared.notices.values import Value
from app.shared.notices.wording import fill
from app.shared.outbox import NewJob, put_many
from app.shared.outbox.put import Transaction

DELIVER = "notices.deliver"

# By member and key in one order, so that two who put the same ones do not wait in a circle.
# Not to an account that was erased, nor in the middle of that: its row is held, and looked at
# again if it had to be waited for.
_PUT = text("""
    INSERT INTO notice (id, member_id, kind, dedupe_key, content_sealed, not_after, created_at)
    SELECT given.id, given.member_id, given.kind, given.dedupe_key, given.content,
           given.not_after, (SELECT campaign_now())
    FROM unnest(CAST(:ids AS uuid[]), CAST(:members AS uuid[]), CAST(:kinds AS text[]),
                CAST(:keys AS text[]), CAST(:contents AS bytea[]),
                CAST(:limits AS timestamptz[]))
         AS given (id, member_id, kind, dedupe_key, content, not_after)
    JOIN member m ON m.id = given.member_id AND m.erased_at IS NULL
    ORDER BY given.member_id, given.dedupe_key
    FOR KEY SHARE OF m
    ON CONFLICT (member_id, dedupe_key) DO NOTHING
    RETURNING id, kind
""")


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What one member is to be told, once for all under `dedupe_key`.

    `variables`: exactly those that the kind declares. Past `not_after` (campaign time) it
    reaches no phone any more. `link`: a path of this API for the app to open.
    """

    kind: str
    member_id: UUID
    variables: Mapping[str, Value]
    dedupe_key: str
    not_after: datetime | None = None
    link: str | None = None


class Notices:
    """One a process: the kinds that there are, and how to tell members."""

    def __init__(self, kinds: Kinds, sealer: Sealer, clock: Clock) -> None:
        self.kinds = kinds
        self._sealer = sealer
        self._clock = clock

    async def notify(self, transaction: Transaction, notice: NewNotice) -> UUID | None:
        """The notice's id; None where the member was told under this key before."""
        ids = await self.notify_many(transaction, [notice])
        return ids[0] if ids else None

    async def notify_many(
        self, transaction: Transaction, notices: Iterable[NewNotice]
    ) -> list[UUID]:
        """All of them in a few statements; the ids of those that are new.

        Each is in its inbox, in the words of now, once the transaction commits, and from then
        on its way to the phone. Raises `KeyError` for a kind, `ValueError` for variables that
        nobody declares: bugs of the caller's.
        """
        given = list(notices)
        if not given:
            return []
        kinds = {each.kind: self.kinds[each.kind] for each in given}
        templates = await current_templates(transaction, kinds.values())
        contents = [
            fill(
                templates[each.kind].wording,
                kinds[each.kind].variables,
                each.variables,
                link=each.link,
            )
            for each in given
        ]
        put = await transaction.execute(
            _PUT,
            {
                "ids": [new_id() for _ in given],
                "members": [each.member_id for each in given],
                "kinds": [each.kind for each in given],
                "keys": [each.dedupe_key for each in given],
                "contents": [seal(self._sealer, content) for content in contents],
                "limits": [each.not_after for each in given],
            },
        )
        fresh = [(notice_id, kind) for notice_id, kind in put]
        await put_many(transaction, self._deliveries(fresh))
        return [notice_id for notice_id, _ in fresh]

    def _deliveries(self, fresh: Iterable[tuple[UUID, str]]) -> list[NewJob]:
        morning = quiet_until(self._clock.now())
        return [
            _delivery(notice_id, channel, morning if self.kinds[kind].quiet else None)
            for notice_id, kind in fresh
            for channel in self.kinds[kind].channels
        ]


def _delivery(notice_id: UUID, channel: NoticeChannel, due_at: datetime | None) -> NewJob:
    return NewJob(DELIVER, {"notice_id": notice_id, "channel": channel}, due_at=due_at)
