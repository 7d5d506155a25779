"""The door beside the web: does what the outbox holds, seals the ledger and keeps viewers' figures,
until told to stop.

`python -m app.worker`, with the web's environment, as many as one likes. What each kind
of job does is found by name, in the `jobs.py` of the packs and of the shared rooms.
"""

import asyncio
import signal

import structlog

from app.main import open_rooms
from app.platform.jobs import Handler
from app.platform.settings import Settings
from app.platform.telemetry import configure_logging
from app.registrations import check_names, modules_named
from app.routers.rooms import Rooms
from app.shared.ledger import sealing
from app.shared.outbox import Runner, bind
from app.shared.presence import copying

log = structlog.get_logger(__name__)


def find_handlers() -> dict[str, Handler]:
    """What each kind of job does. A kind begins with the name of its pack or room."""
    found: dict[str, Handler] = {}
    for home, module in modules_named("jobs").items():
        check_names(home, module.HANDLERS)
        found |= module.HANDLERS
    return found


async def work(settings: Settings) -> None:
    """Do jobs until SIGTERM or SIGINT, then end what is under way."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_rooms(settings) as rooms:
        await _work(rooms, stop)
    log.info("worker_stopped")


async def _work(rooms: Rooms, stop: asyncio.Event) -> None:
    """The ledger is sealed at any time: who looks at personal data leaves rows while everything
    else is read-only."""

    def is_paused() -> bool:
        return rooms.read_only.is_on

    async with (
        sealing(rooms.sessions),
        copying(rooms.presence.copier, is_paused=is_paused),
    ):
        handlers = bind(find_handlers(), rooms)
        log.info("worker_started", kinds=len(handlers))
        runner = Runner(rooms.sessions, handlers, is_paused=is_paused, clock=rooms.clock)
        await runner.run(stop)


def main() -> None:
    settings = Settings()
    configure_logging(settings.log_level)
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
