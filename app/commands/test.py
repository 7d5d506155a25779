"""`./run test [pytest arguments]`: the tests, on servers of their own.

The data folder is a new one that goes afterwards, so that two runs at once share nothing;
with `--data` it is that one, and stays.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.deployment import Deployment

ROOT = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "./run test [--data DIR] [pytest arguments]"
    parser.set_defaults(data=None, rest=[])


def run(arguments: argparse.Namespace) -> int:
    environ = {**os.environ, "ENVIRONMENT": "test"}
    with _data_folder(arguments.data) as data_dir, Deployment(data_dir, environ) as settings:
        return _pytest(arguments.rest, settings)


@contextmanager
def _data_folder(named: Path | None) -> Iterator[Path]:
    if named is not None:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="five-gift-packs-test-"))
    # As root the servers run as another user, who must be able to pass through.
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pytest(arguments: list[str], settings: dict[str, str]) -> int:
    command = [sys.executable, "-P", "-m", "pytest", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=settings) as process:  # noqa: S603 - pytest
        try:
            return process.wait()
        except KeyboardInterrupt:
            # pytest has had the terminal's Ctrl-C too and ends by itself.
            return process.wait()
