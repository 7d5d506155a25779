"""`./run replay`: the campaign played through HTTP, its figures beside the published ones.

On a deployment of its own, which is gone afterwards; with `--data` alone on that folder's,
which stays; with `--url` on the one that is served there. First the city's members come into the
books; in the end there are the figures, the report in a folder, the paragraph for the newspaper,
and how long each part took. Exit 1 when a figure is not reached, an answer is none that the
contract foresees, or a check finds a fault; what was said in confidence is looked for in rows,
log, metrics and exports (`confidence.py`). `--only` plays the parts of the packs it names, and
without the city unless `--members` says so. One that was killed is started again: it begins a new
series of drops where the old one had begun, ends the wishes that the old one left on their way,
and has an event, a quiz, a draw and a sale of its own. `--edition` first copies the current edition
to the same day of another year, as staff would, and plays that.
"""

import argparse
import asyncio
import importlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from app.commands.confidence import look_for_confided
from app.commands.staging import stage_on
from app.commands.verify import as_json, verify_deployment
from app.embedded.data_folder import DEFAULT, open_data_folder
from app.embedded.deployment import PRODUCTION, environment_of
from app.embedded.errors import DeploymentError
from app.embedded.playground import Playground, playground
from app.embedded.progress import answer, say
from app.packs import KINDS
from app.platform.settings import Settings
from app.replay.figures import Figure, up
from app.replay.members import MOST_MEMBERS, PUBLISHED_MEMBERS, fill_the_books
from app.replay.next_edition import begin_next_edition
from app.replay.report import KeptReport, keep_report
from app.replay.screen import show_table, show_took
from app.replay.stage import NotPlayable, Surprises
from app.replay.wire import Unreachable, Wire
from app.shared.verification import Check

REPORT_FOLDER = "replay"


@dataclass(frozen=True)
class Outcome:
    """`took_s`: seconds by part, in their order."""

    figures: list[Figure]
    surprises: Surprises
    checks: list[Check]
    report: KeptReport | None = None
    took_s: Mapping[str, float] = field(default_factory=dict)

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
    parser.add_argument(
        "--members",
        type=_members,
        metavar="N",
        help=f"the city's members in the books ({PUBLISHED_MEMBERS:,} at the scale)",
    )
    parser.add_argument("--seed", type=int, default=2023, metavar="N", help="who does what (2023)")
    parser.add_argument(
        "--edition",
        type=int,
        metavar="YEAR",
        help="copy the edition to that year and play the copy",
    )
    parser.add_argument("--json", type=_file, metavar="FILE", help="write the outcome there too")


def run(arguments: argparse.Namespace) -> int:
    if environment_of(os.environ) == PRODUCTION:
        raise DeploymentError("nothing is played under ENVIRONMENT=production")
    with playground(arguments.url, arguments.data) as ground:
        folder = _report_folder(arguments.data or DEFAULT)
        outcome = asyncio.run(
            play(
                ground,
                arguments.scale,
                arguments.seed,
                arguments.only or played(),
                members=_in_the_books(arguments),
                folder=folder,
                year=arguments.edition,
            )
        )
    _show(outcome)
    if arguments.json:
        arguments.json.write_text(_as_json(outcome, arguments.scale, arguments.seed))
    if arguments.url or arguments.data:
        say("The deployment's clock was moved; ./run clock --reset puts it back.")
    return 0 if outcome.is_good else 1


def _in_the_books(arguments: argparse.Namespace) -> int:
    """The whole city for the whole campaign."""
    if arguments.members is not None:
        return int(arguments.members)
    return 0 if arguments.only else up(PUBLISHED_MEMBERS, arguments.scale)


def _report_folder(data_dir: Path) -> Path:
    """Made before the play, so that nobody waits for a report that cannot be kept."""
    return open_data_folder(open_data_folder(data_dir) / REPORT_FOLDER)


def _members(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_MEMBERS:
        raise argparse.ArgumentTypeError(f"a number up to {MOST_MEMBERS}")
    return int(text)


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
    members: int,
    folder: Path,
    year: int | None = None,
    connect: Callable[[str], Wire] = Wire,
) -> Outcome:
    """So many members in the books, those packs' parts in the edition that is current or in its
    copy of another year, the report in the folder, and what the books say afterwards. `connect`:
    who speaks to an address. Raises `DeploymentError`."""
    figures: list[Figure] = []
    took_s: dict[str, float] = {}
    checks: list[Check] = []
    async with stage_on(ground, scale, seed, connect=connect) as stage:
        try:
            with _timed(took_s, "members"):
                figures += await fill_the_books(stage, members)
            if year is not None:
                await begin_next_edition(stage, year)
            for part in parts(kinds):
                with _timed(took_s, part.__name__.rpartition(".")[2]):
                    figures += await part.play(stage)
            if stage.confided:
                say("Looking for what was said in confidence ...")
                with _timed(took_s, "confidence"):
                    checks.append(await look_for_confided(stage, ground))
            with _timed(took_s, "report"):
                report = await keep_report(stage, folder)
        except (NotPlayable, Unreachable) as error:
            raise DeploymentError(
                f"it cannot be played at {ground.url} with the keys of {ground.data_dir}: {error}"
            ) from error
    for kind in unplayed():
        say(f"Nothing of {kind} is played: it has no app/replay/{kind}.")
    say("Verifying ...")
    with _timed(took_s, "verify"):
        checks += await verify_deployment(Settings.of(ground.environ))
    return Outcome(figures, stage.surprises, checks, report, took_s)


@contextmanager
def _timed(took_s: dict[str, float], part: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    took_s[part] = time.monotonic() - began


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


def _show(outcome: Outcome) -> None:
    show_table(outcome.figures)
    for words, count in outcome.surprises.seen.most_common():
        answer(f"SURPRISE  {count} × {words}")
    for fault in outcome.faults:
        answer(f"FAULT     {fault}")
    answer(f"verify: {'FAULTS' if outcome.faults else 'clean'}, {len(outcome.checks)} checks")
    show_took(outcome.took_s)
    if outcome.report is not None:
        for path in outcome.report.files:
            answer(f"report: {path}")
        answer(f"\n{outcome.report.paragraph}")


def _as_json(outcome: Outcome, scale: Fraction, seed: int) -> str:
    content = {
        "scale": float(scale),
        "seed": seed,
        "figures": [figure.as_json() for figure in outcome.figures],
        "surprises": dict(outcome.surprises.seen),
        "verify": as_json(outcome.checks),
        "took_s": {part: round(seconds, 1) for part, seconds in outcome.took_s.items()},
        "paragraph": outcome.report.paragraph if outcome.report else None,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
