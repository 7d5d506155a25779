"""`./run replay`: the campaign played through HTTP, its figures beside the published ones.

On a deployment of its own, which is gone afterwards; with `--data` alone on that folder's,
which stays; with `--url` on the one that is served there. Exit 1 when a figure is not
reached, an answer is none that the contract foresees, or a check finds a fault. `--only` plays
the parts of the packs it names. One that was killed is started again: it begins a new series of
drops where the old one had begun, and ends the wishes that the old one left on their way.
"""

import argparse
import asyncio
import importlib
import json
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from sqlalchemy.ext.asyncio import AsyncEngine

from app.commands.verify import as_json, verify_deployment
from app.embedded.deployment import PRODUCTION, environment_of, identity_provider_of
from app.embedded.errors import DeploymentError
from app.embedded.playground import Playground, playground
from app.embedded.progress import answer, say
from app.embedded.secrets import secrets_of
from app.models.states import Role
from app.packs import KINDS
from app.platform.clock import Clock
from app.platform.crypto import KeyRing
from app.platform.db import create_engine, create_sessions
from app.platform.errors import NotFound
from app.platform.moved_time import move_clock, until
from app.platform.pulse import follow_clock
from app.platform.settings import Settings
from app.replay.figures import Figure
from app.replay.screen import Bar, show_table
from app.replay.stage import NotPlayable, Stage, Surprises
from app.replay.wire import Unreachable, Wire
from app.shared.identity.staff_sign_in import local_staff_token
from app.shared.identity.tokens import OwnTokens
from app.shared.verification import Check


@dataclass(frozen=True)
class Outcome:
    figures: list[Figure]
    surprises: Surprises
    checks: list[Check]

    @property
    def is_good(self) -> bool:
        are_reached = all(figure.is_reached for figure in self.figures)
        return are_reached and not self.surprises.seen and not self.faults

    @property
    def faults(self) -> list[str]:
        return [f"{check.name}: {fault}" for check in self.checks for fault in check.faults]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(data=None)
    parser.add_argument("--url", help="play on what is served there; its folder is --data")
    parser.add_argument(
        "--only",
        action="append",
        choices=played(),
        metavar="PACK",
        help=f"play no other packs; may be repeated ({', '.join(played())})",
    )
    parser.add_argument("--scale", type=_scale, default=Fraction(1), help="0.01: a hundredth (1)")
    parser.add_argument("--seed", type=int, default=2023, metavar="N", help="who does what (2023)")
    parser.add_argument("--json", type=_file, metavar="FILE", help="write the outcome there too")


def run(arguments: argparse.Namespace) -> int:
    if environment_of(os.environ) == PRODUCTION:
        raise DeploymentError("nothing is played under ENVIRONMENT=production")
    with playground(arguments.url, arguments.data) as ground:
        outcome = asyncio.run(
            play(ground, arguments.scale, arguments.seed, arguments.only or played())
        )
    _show(outcome)
    if arguments.json:
        arguments.json.write_text(_as_json(outcome, arguments.scale, arguments.seed))
    if arguments.url or arguments.data:
        say("The deployment's clock was moved; ./run clock --reset puts it back.")
    return 0 if outcome.is_good else 1


def _file(text: str) -> Path:
    # Asked before the play, not when it is over.
    path = Path(text)
    if path.is_dir() or not os.access(path.resolve().parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"cannot write {text}")
    return path


def _scale(text: str) -> Fraction:
    try:
        scale = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise argparse.ArgumentTypeError("a number such as 0.01") from error
    if not 0 < scale <= 1:
        raise argparse.ArgumentTypeError("above 0 and at most 1")
    return scale


async def play(
    ground: Playground,
    scale: Fraction,
    seed: int,
    kinds: Collection[str],
    *,
    connect: Callable[[str], Wire] = Wire,
) -> Outcome:
    """Those packs' parts, and what the books say afterwards. `connect`: who speaks to an
    address. Raises `DeploymentError`."""
    figures: list[Figure] = []
    async with stage_on(ground, scale, seed, connect=connect) as stage:
        try:
            for part in parts(kinds):
                figures += await part.play(stage)
        except (NotPlayable, Unreachable) as error:
            raise DeploymentError(
                f"it cannot be played at {ground.url} with the keys of {ground.data_dir}: {error}"
            ) from error
    for kind in unplayed():
        say(f"Nothing of {kind} is played: it has no app/replay/{kind}.")
    say("Verifying ...")
    checks = await verify_deployment(Settings.of(ground.environ))
    return Outcome(figures, stage.surprises, checks)


def parts(kinds: Collection[str]) -> list[ModuleType]:
    """Of these packs, in the order in which they are played, one after the other. Campaign time
    only goes forward: what begins at any time comes after what the edition dates."""
    found = [importlib.import_module(f"app.replay.{kind}") for kind in dict.fromkeys(kinds)]
    return sorted(found, key=lambda part: part.ANYTIME)


def played() -> list[str]:
    """The packs that have a part in the replay."""
    return [kind for kind in KINDS if find_spec(f"app.replay.{kind}") is not None]


def unplayed() -> list[str]:
    """The packs without one: they are named, not passed over."""
    return [kind for kind in KINDS if kind not in played()]


@asynccontextmanager
async def stage_on(
    ground: Playground, scale: Fraction, seed: int, *, connect: Callable[[str], Wire] = Wire
) -> AsyncIterator[Stage]:
    """The deployment as the play meets it: its address, and its tokens and clock from here."""
    settings = Settings.of(ground.environ)
    engine, wire = create_engine(settings), connect(ground.url)

    async def set_clock(moment: datetime) -> None:
        await move_clock(engine, until(moment))

    try:
        with Bar() as bar:
            yield Stage(
                wire=wire,
                member_token=identity_provider_of(
                    secrets_of(ground.data_dir), ground.environ
                ).issue,
                staff=await _staff_tokens(engine, settings),
                move_clock=set_clock,
                progress=bar,
                scale=scale,
                seed=seed,
            )
    finally:
        wire.close()
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


def _show(outcome: Outcome) -> None:
    show_table(outcome.figures)
    for words, count in outcome.surprises.seen.most_common():
        answer(f"SURPRISE  {count} × {words}")
    for fault in outcome.faults:
        answer(f"FAULT     {fault}")
    answer(f"verify: {'FAULTS' if outcome.faults else 'clean'}, {len(outcome.checks)} checks")


def _as_json(outcome: Outcome, scale: Fraction, seed: int) -> str:
    content = {
        "scale": float(scale),
        "seed": seed,
        "figures": [figure.as_json() for figure in outcome.figures],
        "surprises": dict(outcome.surprises.seen),
        "verify": as_json(outcome.checks),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
