"""The door behind `./run`: finds the command, hands it its arguments, turns trouble into one line.

A new command is a module in `app.commands` and a line in `COMMANDS`.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from app.embedded.data_folder import DEFAULT
from app.embedded.errors import DeploymentError
from app.embedded.interrupts import listen
from app.embedded.progress import answer, say

INTERRUPTED = 130
ARGUMENTS_WRONG = 2


class Command(Protocol):
    """What a module in `app.commands` offers.

    One that gives `rest` a default is handed the arguments that it does not know itself.
    """

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


class Entry(NamedTuple):
    module: str
    help: str


COMMANDS = {
    "serve": Entry("app.commands.serve", "start what is missing and serve the API"),
    "test": Entry("app.commands.test", "run the tests on servers of their own"),
    "openapi": Entry("app.commands.openapi", "write openapi.json, or check that it is current"),
    "verify": Entry(
        "app.commands.verify", "recompute every check from the rows; exit 1 on a fault"
    ),
    "backup": Entry("app.commands.backup", "the books in one file, while everybody works"),
    "restore": Entry("app.commands.restore", "put a backup back, and verify it"),
    "reseal": Entry(
        "app.commands.reseal", "bring sealed columns under the keys that write now; can be stopped"
    ),
    "replay": Entry("app.commands.replay", "play the campaign; its figures beside 2023's"),
    "bench": Entry("app.commands.bench", "measure the hot paths against references"),
    "clock": Entry("app.commands.clock", "show or move the deployment's time"),
    "pay": Entry("app.commands.pay", "pay in the sandbox of the payment provider, as a phone does"),
    "import": Entry("app.commands.import_file", "read members or stores in from a file"),
    "staff": Entry("app.commands.staff", "create a staff account, or reset its second factor"),
    "token": Entry("app.commands.token", "print one bearer token for a local deployment"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. 1 for a `DeploymentError`, 2 for wrong arguments."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given else "--help"
    if name in ("-h", "--help"):
        (answer if given else say)(_overview())
        return 0 if given else ARGUMENTS_WRONG
    if name not in COMMANDS:
        say(f"./run knows no command {name!r}; ./run --help lists them")
        return ARGUMENTS_WRONG
    listen()
    try:
        return _run(name, given[1:])
    except DeploymentError as error:
        say(f"./run {name}: {error}")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(name: str, arguments: Sequence[str]) -> int:
    entry = COMMANDS[name]
    command = cast(Command, importlib.import_module(entry.module))
    parser = argparse.ArgumentParser(prog=f"./run {name}", description=entry.help)
    parser.allow_abbrev = False
    parser.add_argument(
        "--data", type=Path, default=DEFAULT, metavar="DIR", help="data folder (.data)"
    )
    command.add_arguments(parser)
    known, rest = parser.parse_known_args(arguments)
    if rest and "rest" not in known:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    known.rest = rest
    return command.run(known)


def _overview() -> str:
    lines = [f"  {name:8} {entry.help}" for name, entry in COMMANDS.items()]
    return "\n".join(["./run COMMAND [--data DIR] ...   (./run COMMAND --help tells more)", *lines])


if __name__ == "__main__":
    sys.exit(main())
