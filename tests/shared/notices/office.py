"""Everything that takes a notice to a phone: test kinds, a worker, a webhook, its receiver."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from app.models.notices import Notice, NoticeSend
from app.models.outbox import Job
from app.models.states import NoticeChannel
from app.platform.clock import SHANGHAI
from app.platform.errors import Words
from app.platform.jobs import Handler
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from app.shared.notices import (
    Channels,
    NewNotice,
    NoticeKind,
    Notices,
    Variable,
    VariableType,
    Wording,
    gather,
)
from app.shared.notices.jobs import HANDLERS
from app.shared.notices.put import DELIVER
from app.shared.notices.webhook_carrier import WebhookCarrier
from app.shared.outbox import bind
from tests.factories import Factory
from tests.shared.notices.receiver import SECRET, Receiver
from tests.shared.outbox.bench import Bench

CALM, URGENT, BOTH = "test.calm", "test.urgent", "test.both"
TITLE = Variable("title", VariableType.TEXT, "除夕春联", Words("活动", "the event"))


def _kind(name: str, **more: Any) -> NoticeKind:
    wording = Wording(
        Words("关于{title}", "About {title}"), Words("{title}有消息。", "News of {title}.")
    )
    return NoticeKind(name, Words("测试", "A test"), wording, (TITLE,), **more)


KINDS = gather(
    [
        _kind(CALM),
        _kind(URGENT, optional=False, quiet=False),
        _kind(BOTH, channels=(NoticeChannel.PUSH, NoticeChannel.SMS)),
    ]
)


def webhook(client: httpx.AsyncClient, url: str, **more: Any) -> WebhookCarrier:
    return WebhookCarrier(client, **{"url": url, "secrets": SECRET, "loopback": True, **more})


@dataclass
class Office:
    bench: Bench
    make: Factory
    rooms: Rooms
    receiver: Receiver

    @classmethod
    def of(
        cls, bench: Bench, make: Factory, client: httpx.AsyncClient, receiver: Receiver
    ) -> "Office":
        """The deployment's own rooms, with the kinds of these tests and a webhook."""
        own = make.rooms
        carrier = webhook(client, receiver.url)
        rooms = replace(
            own,
            notices=Notices(KINDS, own.sealer, own.clock),
            channels=Channels(dict.fromkeys(NoticeChannel, carrier)),
        )
        return cls(bench, make, rooms, receiver)

    @property
    def handlers(self) -> dict[str, Handler]:
        """Delivery alone: the sweep would be one more job that lives for ever."""
        return bind({DELIVER: HANDLERS[DELIVER]}, self.rooms)

    async def tell(
        self, member: Member, kind: str = CALM, *, key: str = "test:1", **more: Any
    ) -> UUID | None:
        async with self.rooms.sessions.begin() as session:
            return await self.rooms.notices.notify(
                session, NewNotice(kind, member.id, {"title": "除夕春联"}, key, **more)
            )

    async def work_off(self) -> None:
        await self.bench.work_off(self.handlers)

    async def sends(self) -> list[NoticeSend]:
        async with self.rooms.sessions() as session:
            return list(await session.scalars(select(NoticeSend).order_by(NoticeSend.id)))

    async def outcomes(self) -> list[str]:
        return [str(send.outcome) for send in await self.sends()]

    async def notices(self) -> list[Notice]:
        async with self.rooms.sessions() as session:
            return list(await session.scalars(select(Notice).order_by(Notice.id)))

    async def jobs(self) -> list[Job]:
        return await self.bench.jobs(DELIVER)

    async def go_to(self, clock: time, *, days: int = 0) -> datetime:
        """Move campaign time forward to the next such time of the Shanghai day, or days later."""
        now = self.rooms.clock.now().astimezone(SHANGHAI)
        there = datetime.combine(now.date(), clock, SHANGHAI)
        if there <= now:
            there += timedelta(days=1)
        there += timedelta(days=days)
        await self.make.move_clock(there - now)
        return there
