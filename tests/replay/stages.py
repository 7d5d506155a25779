"""A stage for tests: the service in a process of its own, on the test's books, and beside it the
sandbox of the payment provider where somebody pays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from fractions import Fraction
from functools import cache

from app.embedded.identity_provider import IdentityProvider
from app.embedded.wechat_pay import SandboxServer
from app.models.states import Role
from app.platform.moved_time import move_clock, until
from app.replay.stage import Stage
from app.replay.wire import Wire
from app.routers.rooms import Rooms
from app.shared.identity.staff_sign_in import local_staff_token
from tests.races.drop import service


class Nobody:
    """Nobody watches the progress."""

    def __init__(self) -> None:
        self.steps = self.taken = 0

    def plan(self, steps: int) -> None:
        self.steps, self.taken = steps, 0

    def scene(self, words: str) -> None:
        pass

    def step(self) -> None:
        self.taken += 1


@asynccontextmanager
async def stage(
    rooms: Rooms,
    provider: IdentityProvider,
    *,
    scale: str,
    watched_by: Nobody | None = None,
    paid_at: SandboxServer | None = None,
) -> AsyncIterator[Stage]:
    """The seeded edition, being served; `paid_at` reaches it where the settings say."""

    async def set_clock(moment: datetime) -> None:
        await move_clock(rooms.engine, until(moment))

    environ, port = dict[str, str](), None
    if paid_at is not None:
        notified = rooms.settings.wechat_pay_notify_url
        assert notified is not None
        environ = paid_at.sandbox.merchant.settings(paid_at.url, str(notified))
        port = notified.port
    async with service(rooms.settings, processes=1, first_port=port, **environ) as [url]:
        wire, payer = Wire(url), Wire(paid_at.url) if paid_at is not None else None
        try:
            yield Stage(
                wire=wire,
                member_token=cache(provider.issue),
                staff={
                    role: await local_staff_token(
                        rooms.sessions, rooms.clock, rooms.own_tokens, name=role
                    )
                    for role in Role
                },
                move_clock=set_clock,
                progress=watched_by or Nobody(),
                provider=payer,
                scale=Fraction(scale),
            )
        finally:
            wire.close()
            if payer is not None:
                payer.close()
