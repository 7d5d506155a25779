"""`./run verify`: recompute every conservation and chain check from the rows. Exit 1 on a fault."""

import argparse
import asyncio
import json

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.embedded.deployment import Deployment
from app.embedded.progress import answer
from app.embedded.schema import migrate
from app.platform.clock import Clock
from app.platform.crypto import digester_of, sealer_of
from app.platform.db import create_engine, create_sessions
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.shared.stock import Stock
from app.shared.verification import Check
from app.verification import verify

# Reading every row of a large deployment takes its time.
STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = '30min'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    with Deployment(arguments.data) as environ:
        migrate(environ)
        settings = Settings.of(environ)
        checks = asyncio.run(verify_deployment(settings))
    wrong = [check for check in checks if check.faults]
    answer(json.dumps(as_json(checks), ensure_ascii=False) if arguments.json else as_text(checks))
    return 1 if wrong else 0


async def verify_deployment(settings: Settings) -> list[Check]:
    """All checks on one snapshot of a deployment's database."""
    engine, redis = create_engine(settings, command_timeout_s=None), create_redis(settings)
    try:
        return await _verify(engine, redis, settings)
    finally:
        await redis.aclose()
        await engine.dispose()


async def _verify(engine: AsyncEngine, redis: Redis, settings: Settings) -> list[Check]:
    stock = Stock(engine, redis, Clock())
    snapshots = engine.execution_options(isolation_level="REPEATABLE READ")
    async with create_sessions(snapshots)() as session:
        await (await session.connection()).exec_driver_sql(STATEMENT_TIMEOUT)
        found = verify(session, stock, sealer_of(settings), digester_of(settings))
        return [check async for check in found]


def as_json(checks: list[Check]) -> dict[str, object]:
    """The result as other programs read it."""
    return {
        "clean": not any(check.faults for check in checks),
        "checks": [
            {"name": check.name, "faults": check.faults, "figures": check.figures}
            for check in checks
        ],
    }


def as_text(checks: list[Check]) -> str:
    """The result as people read it."""
    lines = []
    for check in checks:
        figures = ", ".join(f"{name}: {number}" for name, number in check.figures.items())
        lines.append(f"{'FAULT' if check.faults else 'ok':5}  {check.name}  {figures}".rstrip())
        lines += [f"       {fault}" for fault in check.faults]
    wrong = sum(bool(check.faults) for check in checks)
    lines.append(f"{wrong} of {len(checks)} checks found a fault" if wrong else "clean")
    return "\n".join(lines)
