"""`./run backup [FILE|FOLDER]`: the books in one file, while everybody works.

What it holds and does not hold, and how it is put back: docs/operations.md.
"""

import argparse
import asyncio
import os
from pathlib import Path

from app.backup.archive import Manifest
from app.backup.taking import take
from app.embedded.deployment import Deployment
from app.embedded.progress import answer, say
from app.embedded.secrets import FILE as SECRETS
from app.platform.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="FILE|FOLDER",
        help="a new file, or a folder in which it gets a name with its time (this folder)",
    )


def run(arguments: argparse.Namespace) -> int:
    target: Path = arguments.target.absolute()
    with Deployment(arguments.data) as environ:
        path, manifest = asyncio.run(take(Settings.of(environ), target))
    answer(f"{path}  {_told(manifest, path)}")
    say("The keys are not in it, and without them it cannot be read.")
    say(f"Keep a copy of {_keys(arguments.data)}, apart from it.")
    return 0


def _keys(data: Path) -> str:
    """Where they are now."""
    if "SEAL_KEYS" in os.environ:
        return "SEAL_KEYS, DIGEST_KEYS, TOKEN_KEYS and PASS_KEYS"
    return str((data / SECRETS).absolute())


def _told(manifest: Manifest, path: Path) -> str:
    tables = [part for part in manifest.parts if part.is_table]
    files = len(manifest.parts) - len(tables)
    size = path.stat().st_size / 1_000_000
    return (
        f"{manifest.rows} rows of {len(tables)} tables, {files} files "
        f"({manifest.files}), as of {manifest.taken_at}, "
        f"revision {manifest.revision}, {size:.1f} MB"
    )
