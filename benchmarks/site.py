"""Where something is served, and by which processes."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    url: str
    pids: Sequence[int]
