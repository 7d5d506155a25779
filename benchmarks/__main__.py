"""`python -m benchmarks`, which `./run bench` starts: measures the paths that were named."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path as File

from app.embedded.progress import answer, say
from benchmarks.ground import Servers, ground, serving
from benchmarks.measured import NotAFigure
from benchmarks.paths import ALL
from benchmarks.paths.path import Path
from benchmarks.pictures import page
from benchmarks.report import (
    Played,
    as_json,
    not_held,
    played_as_json,
    show,
    show_absolute,
    show_carried,
    show_played,
)
from benchmarks.rounds import Result, measure, unmet
from benchmarks.scenarios import SCENARIOS
from benchmarks.scenarios.scenario import Line, Scenario

MEMBERS, TILLS = 9_000, 100


def main() -> int:
    arguments = _arguments()
    paths = [path for path in ALL if not arguments.names or path.name in arguments.names]
    scenarios = [scenario for scenario in SCENARIOS if scenario.name in arguments.names]
    with serving(arguments.workers, arguments.proxy) as servers:
        results, played, spoilt = asyncio.run(_measure(servers, paths, scenarios, arguments))
    if results:
        show(results)
        show_absolute(results)
        show_carried(results)
    show_played(played)
    if arguments.json:
        rows = [*as_json(results), *played_as_json(played)]
        arguments.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1))
    if arguments.page:
        arguments.page.write_text(page(played))
    missed = [*unmet(results), *not_held(played), *spoilt]
    answer("\n".join(["Missed:", *missed] if missed else ["Every target is met."]))
    return 1 if missed else 0


async def _measure(
    servers: Servers,
    paths: Sequence[Path],
    scenarios: Sequence[Scenario],
    arguments: argparse.Namespace,
) -> tuple[list[Result], Played, list[str]]:
    """What was measured and played, and in words what is no figure: that alone is lost."""
    members = max(TILLS, int(MEMBERS * min(1.0, arguments.scale)))
    results, played, spoilt = list[Result](), dict[str, Sequence[Line]](), list[str]()
    async with ground(servers, members=members, tills=TILLS) as where:
        for path in paths:
            with _apart(path.name, spoilt):
                results.append(
                    await measure(
                        where, path, rounds=arguments.rounds, scale=arguments.scale, say=say
                    )
                )
        for scenario in scenarios:
            with _apart(scenario.name, spoilt):
                played[scenario.name] = await scenario.play(where, arguments.scale, say)
    return results, played, spoilt


@contextmanager
def _apart(name: str, spoilt: list[str]) -> Iterator[None]:
    """What turns out to be no figure is told in `spoilt` and takes no other's."""
    try:
        yield
    except NotAFigure as error:
        spoilt.append(f"{name}: not a figure: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description="see docs/performance.md")
    names = [each.name for each in (*ALL, *SCENARIOS)]
    parser.add_argument("names", nargs="*", choices=[[], *names], default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="0.1: a tenth of the requests, or of a scenario's time",
    )
    parser.add_argument("--workers", type=int, default=1, help="processes of the service (1)")
    parser.add_argument(
        "--proxy",
        type=File,
        metavar="FILE",
        help="with HAProxy before the service, by this configuration (ops/haproxy.cfg)",
    )
    parser.add_argument("--json", type=File, metavar="FILE", help="write the ratios there too")
    parser.add_argument("--page", type=File, metavar="FILE", help="draw pictures (HTML) there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
