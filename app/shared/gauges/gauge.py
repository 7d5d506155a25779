"""A figure with its labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Gauge:
    """Several of one name differ in their labels, never in which labels they have."""

    name: str
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
