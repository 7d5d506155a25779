"""What Prometheus is told: the process's own counters, and how things stand as they are now."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from app.platform.telemetry import REGISTRY
from app.routers.rooms import Rooms
from app.shared.files import folder_of
from app.shared.gauges import Gauge, connections_of, read_books

# A scrape waits so long for either server; then it says that the server does not answer.
PATIENCE_S = 1.0


async def scrape(rooms: Rooms) -> bytes:
    """Prometheus text. Never fails: what cannot be read is not in it."""
    books, turnstile = await asyncio.gather(
        read_books(rooms.engine, within_s=PATIENCE_S), _turnstile(rooms)
    )
    return generate_latest(_counters()) + generate_latest(
        _Standing([*books, turnstile, *_own(rooms)])
    )


async def is_reachable(rooms: Rooms, *, within_s: float) -> bool:
    """Whether Redis answers."""
    try:
        async with asyncio.timeout(within_s):
            await rooms.redis.ping()
    except (RedisError, OSError, TimeoutError):
        return False
    return True


async def _turnstile(rooms: Rooms) -> Gauge:
    is_up = await is_reachable(rooms, within_s=PATIENCE_S)
    return Gauge("turnstile_up", "Whether Redis answers this process.", is_up)


def _own(rooms: Rooms) -> Iterator[Gauge]:
    """What the process knows without asking anybody."""
    yield Gauge("read_only", "Whether staff have stopped every change.", rooms.read_only.is_on)
    for pool, engine in (("requests", rooms.engine), ("stock", rooms.stock.engine)):
        in_use, most = connections_of(engine)
        labels = {"pool": pool}
        about = "Connections to PostgreSQL that are at work."
        yield Gauge("database_connections_in_use", about, in_use, labels)
        yield Gauge("database_connections_most", "As many as there may be.", most, labels)
    for place, path in _disks(rooms).items():
        free = shutil.disk_usage(path).free
        yield Gauge("disk_free_bytes", "Left on this process's disks.", free, {"of": place})


def _disks(rooms: Rooms) -> dict[str, str]:
    """PostgreSQL's disk is another machine's affair."""
    places = {"temporary": tempfile.gettempdir()}
    folder = folder_of(rooms.settings)
    if folder is not None and folder.is_dir():
        places["files"] = str(folder)
    return places


class _Standing(Collector):
    """Gauges as the library writes them."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = sorted(gauges, key=lambda gauge: gauge.name)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, group in groupby(self._gauges, key=lambda gauge: gauge.name):
            gauges = list(group)
            labels = list(gauges[0].labels)
            family = GaugeMetricFamily(name, gauges[0].about, labels=labels)
            for gauge in gauges:
                family.add_metric([gauge.labels[label] for label in labels], float(gauge.value))
            yield family


def _counters() -> CollectorRegistry:
    """Of this process, or of all that share `PROMETHEUS_MULTIPROC_DIR`."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    return everybody
