"""`./run clock`: show or move the deployment's time, for all its processes at once."""

import argparse
import asyncio
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from app.embedded.deployment import PRODUCTION, Deployment, environment_of
from app.embedded.errors import DeploymentError
from app.embedded.progress import answer
from app.embedded.schema import migrate
from app.platform.clock import SHANGHAI
from app.platform.db import create_engine
from app.platform.moved_time import campaign_now, move_clock, until
from app.platform.settings import Settings

Change = Callable[[timedelta], timedelta]

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--advance", type=_span, metavar="SPAN", help="30s, 15m, 2h, 1d; -1d back")
    change.add_argument(
        "--set", type=_moment, metavar="TIME", help="2023-01-05T00:00 (Shanghai) or with an offset"
    )
    change.add_argument("--reset", action="store_true", help="back to real time")


def run(arguments: argparse.Namespace) -> int:
    if environment_of(os.environ) == PRODUCTION:
        raise DeploymentError("time is not moved under ENVIRONMENT=production")
    with Deployment(arguments.data) as environ:
        migrate(environ)
        settings = Settings.of(environ)
        now = asyncio.run(_run(settings, _change(arguments)))
    answer(now.astimezone(SHANGHAI).isoformat(timespec="seconds"))
    return 0


async def _run(settings: Settings, change: Change | None) -> datetime:
    engine = create_engine(settings)
    try:
        return await (move_clock(engine, change) if change else campaign_now(engine))
    finally:
        await engine.dispose()


def _change(arguments: argparse.Namespace) -> Change | None:
    if arguments.reset:
        return lambda _: timedelta()
    if arguments.set:
        return until(arguments.set)
    if arguments.advance:
        span: timedelta = arguments.advance
        return lambda present: present + span
    return None


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"([+-]?\d{1,6})([smhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError("a span is a number and s, m, h or d, such as 1d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a time such as 2023-01-05T00:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
