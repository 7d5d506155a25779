"""A worker in a process of its own, with the tests' kinds: `python -m …process LANES`.

`test.slow` writes its effect and then stays where it is, so that a test can kill the
worker in the middle of it; its effect is committed by nobody then.
"""

import asyncio
import os
import signal
import sys

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import create_engine, create_sessions
from app.platform.jobs import Handler, Payload, Within
from app.platform.settings import Settings
from app.platform.telemetry import configure_logging
from app.shared.outbox import Runner
from tests.shared.outbox.bench import write

SLOW = "test.slow"
# Of the connection that is in the middle of `test.slow`: seen from outside in pg_stat_activity.
IN_THE_MIDDLE = "in the middle"


async def write_slowly(session: AsyncSession, payload: Payload) -> None:
    await write(session, payload)
    await session.execute(text(f"SET LOCAL application_name = '{IN_THE_MIDDLE}'"))
    if os.environ.get("STAYS"):
        while True:
            # Awake, as a handler is: a transaction that idles would be ended by the server.
            await session.execute(text("SELECT pg_sleep(0.05)"))


HANDLERS: dict[str, Handler] = {"test.write": Within(write), SLOW: Within(write_slowly)}


async def main() -> None:
    settings = Settings()
    configure_logging(settings.log_level)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    engine = create_engine(settings)
    await Runner(create_sessions(engine), HANDLERS, lanes=int(sys.argv[1])).run(stop)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
