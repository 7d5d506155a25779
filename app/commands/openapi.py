"""`./run openapi`: writes `openapi.json`; with `--check` it only says whether that is stale."""

import argparse
from pathlib import Path

from app.embedded.errors import DeploymentError
from app.embedded.progress import say
from app.main import create_app
from app.routers.openapi import Documents

FILE = Path(__file__).resolve().parents[2] / "openapi.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if the file is stale"
    )


def run(arguments: argparse.Namespace) -> int:
    wanted = Documents(create_app()).written()
    if FILE.exists() and FILE.read_bytes() == wanted:
        say("openapi.json is current.")
        return 0
    if arguments.check:
        raise DeploymentError("openapi.json is stale: write it with ./run openapi")
    FILE.write_bytes(wanted)
    say("openapi.json is written.")
    return 0
