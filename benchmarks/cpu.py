"""Processor time of the deployment's processes, from the kernel's own books (Linux)."""

import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cpu:
    """Seconds since the processes began: the application, PostgreSQL, Redis or Valkey."""

    app_s: float
    postgres_s: float
    redis_s: float

    @property
    def whole_s(self) -> float:
        return self.app_s + self.postgres_s + self.redis_s

    def since(self, before: "Cpu") -> "Cpu":
        return Cpu(
            self.app_s - before.app_s,
            self.postgres_s - before.postgres_s,
            self.redis_s - before.redis_s,
        )


def spent(app: Iterable[int], postgres: int, redis: int) -> Cpu:
    """`app`: the worker processes; `postgres`: the postmaster, whose children count with it."""
    return Cpu(
        sum(_spent(pid) for pid in app),
        sum(_spent(pid) for pid in [postgres, *children(postgres)]) + _spent_by_the_dead(postgres),
        _spent(redis),
    )


def peak_mib(pid: int) -> float:
    """The most memory the process ever had (resident), in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def children_s() -> float:
    """Of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _fields(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    # The name stands in brackets and may hold anything.
    return text.rpartition(")")[2].split()


def _spent(pid: int) -> float:
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) * TICK_S if fields else 0.0


def _spent_by_the_dead(pid: int) -> float:
    """What children that have ended had spent."""
    fields = _fields(pid)
    return (int(fields[13]) + int(fields[14])) * TICK_S if fields else 0.0


def children(pid: int) -> list[int]:
    """Processes that this one has started and that live."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = _fields(int(entry.name))
            if fields and int(fields[1]) == pid:
                found.append(int(entry.name))
    return found
