"""`python -m benchmarks`, which `./run bench` starts: measures the paths that were named."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path as File

from app.embedded.progress import answer, say
from benchmarks.ground import Servers, ground, serving
from benchmarks.measured import NotAFigure
from benchmarks.paths import ALL
from benchmarks.paths.path import Path
from benchmarks.report import as_json, show, show_absolute
from benchmarks.rounds import Result, measure, unmet

MEMBERS, TILLS = 3_000, 100


def main() -> int:
    arguments = _arguments()
    paths = [path for path in ALL if not arguments.names or path.name in arguments.names]
    try:
        with serving(arguments.workers) as servers:
            results = asyncio.run(_measure(servers, paths, arguments))
    except NotAFigure as error:
        say(f"Not a figure: {error}")
        return 1
    show(results)
    show_absolute(results)
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(results), ensure_ascii=False, indent=1))
    missed = unmet(results)
    answer("\n".join(["Missed:", *missed] if missed else ["Every target is met."]))
    return 1 if missed else 0


async def _measure(
    servers: Servers, paths: Sequence[Path], arguments: argparse.Namespace
) -> list[Result]:
    async with ground(servers, members=MEMBERS, tills=TILLS) as where:
        return [
            await measure(where, path, rounds=arguments.rounds, scale=arguments.scale, say=say)
            for path in paths
        ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description="see docs/performance.md")
    parser.add_argument("names", nargs="*", choices=[[], *(path.name for path in ALL)], default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="0.1: a tenth of the requests")
    parser.add_argument("--workers", type=int, default=1, help="processes of the service (1)")
    parser.add_argument("--json", type=File, metavar="FILE", help="write the ratios there too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
