"""`./run staff create NAME --role ROLE`: a staff account, such as a real deployment's first.
`./run staff reset-factor NAME`: for the last administrator, who lost the second factor.

A password is asked for at a terminal; left empty, or without a terminal, one is
made and stands alone on standard output.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from getpass import getpass
from typing import NamedTuple

from app.embedded.deployment import Deployment
from app.embedded.errors import DeploymentError
from app.embedded.progress import answer, say
from app.embedded.schema import migrate
from app.models.states import District, Role
from app.platform.clock import Clock
from app.platform.crypto import digester_of, sealer_of
from app.platform.db import Sessions, create_engine, create_sessions
from app.platform.errors import AlreadyExists, NotFound, StateConflict
from app.platform.pulse import follow_clock
from app.platform.settings import Settings
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.identity.passwords import LONGEST, SHORTEST, generate_password
from app.shared.identity.staff import create_staff, find_enabled, remove_second_factor

LONGEST_NAME = 80
CREATE, RESET_FACTOR = "run staff create", "run staff reset-factor"


class Tools(NamedTuple):
    """What the use cases work with."""

    sessions: Sessions
    clock: Clock
    once: Once


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=("create", "reset-factor"))
    parser.add_argument("name", metavar="NAME", type=_name)
    parser.add_argument(
        "--role",
        dest="roles",
        action="append",
        default=[],
        choices=[role.value for role in Role],
        help="create: what the account may do; may be given more than once",
    )
    parser.add_argument(
        "--district",
        dest="districts",
        action="append",
        choices=[district.value for district in District],
        help="create: where alone (left out: in the whole city); may be given more than once",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.act == "reset-factor":
        _reset_factor(arguments)
    else:
        _create(arguments)
    return 0


def _create(arguments: argparse.Namespace) -> None:
    if not arguments.roles:
        raise DeploymentError("an account needs a --role")
    asked = _ask()
    password = asked or generate_password()
    limited_to = arguments.districts and frozenset(map(District, arguments.districts))

    async def create(tools: Tools) -> None:
        await create_staff(
            *tools,
            actor=Actor.system(CREATE, tools.once.digester),
            name=arguments.name,
            password=password,
            roles=[Role(role) for role in arguments.roles],
            districts=limited_to,
        )

    try:
        _with_tools(arguments, create)
    except AlreadyExists as error:
        raise DeploymentError(f"there is an account {arguments.name} already") from error
    say(f"The account {arguments.name} can sign in now ({', '.join(arguments.roles)}).")
    if asked is None:
        answer(password)


def _reset_factor(arguments: argparse.Namespace) -> None:
    async def reset(tools: Tools) -> None:
        staff_id = await find_enabled(tools.sessions, name=arguments.name)
        await remove_second_factor(
            *tools,
            actor=Actor.system(RESET_FACTOR, tools.once.digester),
            staff_id=staff_id,
            reason="lost",
        )

    try:
        _with_tools(arguments, reset)
    except NotFound as error:
        raise DeploymentError(f"there is no account {arguments.name}") from error
    except StateConflict as error:
        raise DeploymentError(f"{arguments.name} has no second factor") from error
    say(f"{arguments.name} signs in with the password alone now, and should enrol again.")


def _name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise argparse.ArgumentTypeError(f"a name has 1 to {LONGEST_NAME} printable characters")
    return name


def _ask() -> str | None:
    """The password that was typed twice, or None where one shall be made."""
    if not sys.stdin.isatty():
        return None
    password = getpass(f"Password ({SHORTEST} characters or more; empty: one is made): ")
    if not password:
        return None
    if not SHORTEST <= len(password) <= LONGEST:
        raise DeploymentError(f"a password has {SHORTEST} to {LONGEST} characters")
    if getpass("Once more: ") != password:
        raise DeploymentError("the two were not the same")
    return password


def _with_tools(arguments: argparse.Namespace, act: Callable[[Tools], Awaitable[None]]) -> None:
    with Deployment(arguments.data) as environ:
        migrate(environ)
        asyncio.run(_act(Settings.of(environ), act))


async def _act(settings: Settings, act: Callable[[Tools], Awaitable[None]]) -> None:
    engine, clock = create_engine(settings), Clock()
    once = Once(
        None,
        digester_of(settings),
        sealer_of(settings),
    )
    try:
        async with engine.connect() as connection:
            await follow_clock(clock)(connection)
        await act(Tools(create_sessions(engine), clock, once))
    finally:
        await engine.dispose()
