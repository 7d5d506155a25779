"""`./run bench [NAME…]`: what the hot paths cost, as ratios to references of the same run.

The measuring itself is no part of the product: it lies in `benchmarks/`, beside `app/`.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "./run bench [NAME...] [--rounds N] [--scale X] [--workers N] [--json FILE]"
    parser.set_defaults(rest=[])


def run(arguments: argparse.Namespace) -> int:
    command = [sys.executable, "-P", "-m", "benchmarks", *arguments.rest]
    with subprocess.Popen(command, env=_environ()) as process:  # noqa: S603 - a program of ours
        try:
            return process.wait()
        except KeyboardInterrupt:
            # It was interrupted too, and stops what it has started.
            return process.wait()


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
