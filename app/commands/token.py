"""`./run token member M00000001`: one bearer token for a local deployment, alone on stdout."""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable

from app.embedded.data_folder import open_data_folder
from app.embedded.deployment import PRODUCTION, environment_of, identity_provider_of
from app.embedded.errors import DeploymentError
from app.embedded.progress import answer
from app.embedded.ready import ready_deployment
from app.embedded.secrets import secrets_of
from app.platform.clock import Clock
from app.platform.crypto import KeyRing
from app.platform.db import Sessions, create_engine, create_sessions
from app.platform.errors import NotFound
from app.platform.pulse import follow_clock
from app.platform.settings import Settings
from app.shared.identity.sign_in import local_till_token
from app.shared.identity.staff_sign_in import local_staff_token
from app.shared.identity.tokens import OwnTokens

Issue = Callable[[Sessions, Clock, OwnTokens, str], Awaitable[str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("member", *OURS))
    parser.add_argument(
        "name", help="a member's number (M00000001), a store's (QD0001), or a staff account's name"
    )


def run(arguments: argparse.Namespace) -> int:
    if environment_of(os.environ) == PRODUCTION:
        raise DeploymentError("tokens are not handed out under ENVIRONMENT=production")
    answer(_member(arguments) if arguments.kind == "member" else _our_own(arguments))
    return 0


def _member(arguments: argparse.Namespace) -> str:
    if os.environ.get("MEMBER_JWKS_URL"):
        raise DeploymentError("members' tokens come from the provider that MEMBER_JWKS_URL names")
    secrets = secrets_of(open_data_folder(arguments.data))
    return identity_provider_of(secrets, os.environ).issue(arguments.name)


def _our_own(arguments: argparse.Namespace) -> str:
    with ready_deployment(arguments.data) as environ:
        try:
            return asyncio.run(_issue(Settings.of(environ), OURS[arguments.kind], arguments.name))
        except NotFound as error:
            raise DeploymentError(f"there is no {arguments.kind} {arguments.name}") from error


async def _issue(settings: Settings, issue: Issue, name: str) -> str:
    tokens = OwnTokens(KeyRing.parse(settings.token_keys.get_secret_value()))
    engine, clock = create_engine(settings), Clock()
    try:
        async with engine.connect() as connection:
            await follow_clock(clock)(connection)
        return await issue(create_sessions(engine), clock, tokens, name)
    finally:
        await engine.dispose()


async def _store(sessions: Sessions, clock: Clock, tokens: OwnTokens, name: str) -> str:
    return await local_till_token(sessions, clock, tokens, store_no=name)


async def _staff(sessions: Sessions, clock: Clock, tokens: OwnTokens, name: str) -> str:
    return await local_staff_token(sessions, clock, tokens, name=name)


OURS: dict[str, Issue] = {"store": _store, "staff": _staff}
