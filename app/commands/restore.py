"""`./run restore FILE`: a backup put back, and then verified. Exit 1 if a check finds a fault."""

import argparse
import asyncio
import os
from pathlib import Path

from app.backup.archive import BackupUnreadable, open_archive
from app.backup.putting_back import restore
from app.commands.verify import as_text, verify_deployment
from app.embedded.deployment import Deployment
from app.embedded.errors import DeploymentError
from app.embedded.progress import answer, say
from app.embedded.secrets import FILE as SECRETS
from app.embedded.secrets import adopt_keys
from app.platform.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what ./run backup wrote")
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="SECRETS.JSON",
        help="a copy of the old data folder's secrets.json, for a new data folder",
    )
    parser.add_argument(
        "--replace", action="store_true", help="give up what is in the database now"
    )


def _see_to_keys(data: Path, copy: Path | None) -> None:
    """Before a new data folder makes keys of its own, with which nothing could be read."""
    if copy is not None:
        adopt_keys(data, copy)
    elif "SEAL_KEYS" not in os.environ and not (data / SECRETS).exists():
        raise DeploymentError(
            f"{data} is new and has no keys: name a copy of the old folder's secrets.json with "
            "--keys"
        )


def run(arguments: argparse.Namespace) -> int:
    try:
        with open_archive(arguments.file) as backup:
            _see_to_keys(arguments.data, arguments.keys)
            with Deployment(arguments.data) as environ:
                manifest = restore(environ, backup, replace=arguments.replace)
                say("Verifying ...")
                checks = asyncio.run(verify_deployment(Settings.of(environ)))
    except BackupUnreadable as error:
        raise DeploymentError(str(error)) from error
    answer(as_text(checks))
    answer(f"{manifest.rows} rows as of {manifest.taken_at} are back")
    return 1 if any(check.faults for check in checks) else 0
