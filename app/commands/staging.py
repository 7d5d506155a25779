"""The deployment that a replay is played on, as the play meets it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from fractions import Fraction
from functools import cache

from sqlalchemy.ext.asyncio import AsyncEngine

from app.embedded.deployment import identity_provider_of
from app.embedded.errors import DeploymentError
from app.embedded.playground import Playground
from app.embedded.secrets import secrets_of
from app.embedded.wechat_pay.beside import sandbox_beside
from app.models.states import Role
from app.platform.clock import Clock
from app.platform.crypto import KeyRing
from app.platform.db import create_engine, create_sessions
from app.platform.errors import NotFound
from app.platform.moved_time import move_clock, until
from app.platform.pulse import follow_clock
from app.platform.settings import Settings
from app.replay.screen import Bar
from app.replay.stage import Stage
from app.replay.wire import Wire
from app.shared.identity.staff_sign_in import local_staff_token
from app.shared.identity.tokens import OwnTokens


@asynccontextmanager
async def stage_on(
    ground: Playground, scale: Fraction, seed: int, *, connect: Callable[[str], Wire] = Wire
) -> AsyncIterator[Stage]:
    """The deployment as the play meets it: its address, its payment provider's, and its tokens and
    clock from here."""
    settings = Settings.of(ground.environ)
    engine, wire = create_engine(settings), connect(ground.url)
    paid_at = sandbox_beside(ground.data_dir)
    payer = Wire(paid_at) if paid_at is not None else None
    provider = identity_provider_of(secrets_of(ground.data_dir), ground.environ)

    async def set_clock(moment: datetime) -> None:
        await move_clock(engine, until(moment))

    try:
        with Bar() as bar:
            yield Stage(
                wire=wire,
                # To sign one costs as much as several requests.
                member_token=cache(provider.issue),
                staff=await _staff_tokens(engine, settings),
                move_clock=set_clock,
                progress=bar,
                provider=payer,
                scale=scale,
                seed=seed,
            )
    finally:
        wire.close()
        if payer is not None:
            payer.close()
        await engine.dispose()


async def _staff_tokens(engine: AsyncEngine, settings: Settings) -> Mapping[str, str]:
    tokens = OwnTokens(KeyRing.parse(settings.token_keys.get_secret_value()))
    sessions, clock = create_sessions(engine), Clock()
    async with engine.connect() as connection:
        await follow_clock(clock)(connection)
    try:
        return {role: await local_staff_token(sessions, clock, tokens, name=role) for role in Role}
    except NotFound as error:
        raise DeploymentError("there is no staff account for every role: seed the edition") from (
            error
        )
