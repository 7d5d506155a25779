"""The door beside the web: does what the outbox holds and seals the ledger, until told to stop.

`python -m app.worker`, with the web's environment, as many as one likes. What each kind
of job does is found by name, in the `jobs.py` of the packs and of the shared rooms.
"""

import asyncio
import importlib
import pkgutil
import signal
from importlib.util import find_spec

import structlog

from app import shared
from app.main import open_rooms
from app.packs import KINDS
from app.platform.jobs import Handler
from app.platform.settings import Settings
from app.platform.telemetry import configure_logging
from app.shared.ledger import sealing
from app.shared.outbox import Runner, bind

log = structlog.get_logger(__name__)


def find_handlers() -> dict[str, Handler]:
    """What each kind of job does. A kind begins with the name of its pack or room."""
    rooms = [f"app.shared.{each.name}" for each in pkgutil.iter_modules(shared.__path__)]
    packs = [f"app.packs.{kind}" for kind in KINDS]
    found: dict[str, Handler] = {}
    for home in sorted([*rooms, *packs]):
        if _has_jobs(home):
            handlers = importlib.import_module(f"{home}.jobs").HANDLERS
            _check_names(home, handlers)
            found |= handlers
    return found


def _has_jobs(home: str) -> bool:
    is_package = getattr(find_spec(home), "submodule_search_locations", None) is not None
    return is_package and find_spec(f"{home}.jobs") is not None


def _check_names(home: str, handlers: dict[str, Handler]) -> None:
    prefix = home.rsplit(".", 1)[-1] + "."
    strange = [kind for kind in handlers if not kind.startswith(prefix)]
    if strange:
        raise ValueError(f"kinds of {home}.jobs begin with {prefix!r}, not {', '.join(strange)}")


async def work(settings: Settings) -> None:
    """Do jobs until SIGTERM or SIGINT, then end what is under way."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_rooms(settings) as rooms, sealing(rooms.sessions):
        handlers = bind(find_handlers(), rooms)
        log.info("worker_started", kinds=len(handlers))
        await Runner(rooms.sessions, handlers).run(stop)
    log.info("worker_stopped")


def main() -> None:
    settings = Settings()
    configure_logging(settings.log_level)
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
