"""`./run staff create NAME --role ROLE`: a staff account, such as a real deployment's first.

The password is asked for at a terminal; left empty, or without a terminal, one is
made and stands alone on standard output.
"""

import argparse
import asyncio
import sys
from getpass import getpass

from app.embedded.deployment import Deployment
from app.embedded.errors import DeploymentError
from app.embedded.progress import answer, say
from app.embedded.schema import migrate
from app.models.states import Role
from app.platform.clock import Clock
from app.platform.crypto import Digester, KeyRing, Sealer
from app.platform.db import create_engine, create_sessions
from app.platform.errors import AlreadyExists
from app.platform.pulse import follow_clock
from app.platform.settings import Settings
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from app.shared.identity.passwords import LONGEST, SHORTEST, generate_password
from app.shared.identity.staff import create_staff

LONGEST_NAME = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=("create",))
    parser.add_argument("name", metavar="NAME", type=_name)
    parser.add_argument(
        "--role",
        dest="roles",
        action="append",
        required=True,
        choices=[role.value for role in Role],
        help="may be given more than once",
    )


def run(arguments: argparse.Namespace) -> int:
    asked = _ask()
    password = asked or generate_password()
    with Deployment(arguments.data) as environ:
        migrate(environ)
        roles = [Role(role) for role in arguments.roles]
        try:
            asyncio.run(_create(Settings.of(environ), arguments.name, password, roles))
        except AlreadyExists as error:
            raise DeploymentError(f"there is an account {arguments.name} already") from error
    say(f"The account {arguments.name} can sign in now ({', '.join(arguments.roles)}).")
    if asked is None:
        answer(password)
    return 0


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


async def _create(settings: Settings, name: str, password: str, roles: list[Role]) -> None:
    engine, clock = create_engine(settings), Clock()
    once = Once(
        None,
        Digester(KeyRing.parse(settings.digest_keys.get_secret_value())),
        Sealer(KeyRing.parse(settings.seal_keys.get_secret_value())),
    )
    try:
        async with engine.connect() as connection:
            await follow_clock(clock)(connection)
        await create_staff(
            create_sessions(engine),
            clock,
            once,
            actor=Actor.system("run staff create", once.digester),
            name=name,
            password=password,
            roles=roles,
        )
    finally:
        await engine.dispose()
