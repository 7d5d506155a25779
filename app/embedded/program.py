"""Work that needs more of the program than the launcher has, in a process of its own."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from app.embedded.errors import DeploymentError
from app.embedded.progress import say

ROOT = Path(__file__).resolve().parents[2]


def run_module(settings: Mapping[str, str], module: str, *arguments: str, complaint: str) -> None:
    """Run `python -m module` to its end. What it says is shown only if it fails.

    Raises `DeploymentError` with the complaint; an interrupt ends it first.
    """
    done = subprocess.run(  # noqa: S603 - modules of ours
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**settings, "PYTHONPATH": str(ROOT)},
        check=False,
        # Ctrl-C in the terminal is the launcher's to handle.
        start_new_session=True,
    )
    if done.returncode:
        say(done.stdout.decode(errors="replace").rstrip())
        raise DeploymentError(f"{complaint} (see above)")
