"""The most memory that each process of the deployment ever had, from the kernel's own books."""

from benchmarks import cpu
from benchmarks.ground import Ground


def peaks_mib(ground: Ground) -> dict[str, float]:
    """By process: each web worker, PostgreSQL's largest, Redis or Valkey. Resident, and so with
    what PostgreSQL's processes share among each other."""
    postgres, redis = ground.server_pids
    workers = {
        f"worker {place + 1}": cpu.peak_mib(pid) for place, pid in enumerate(ground.service.pids)
    }
    largest = max(cpu.peak_mib(pid) for pid in [postgres, *cpu.children(postgres)])
    return {**workers, "PostgreSQL's largest": largest, "Redis": cpu.peak_mib(redis)}
