"""A figure of the campaign: what was published, what the plan makes of it, what was reached."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import ceil


@dataclass(frozen=True, slots=True)
class Figure:
    """`published`: in 2023, or None where nobody wrote it down. `expected`: by the plan, at
    the scale that is played. `reached`: as the service says afterwards."""

    pack: str
    name: str
    published: int | None
    expected: int
    reached: int

    @property
    def is_reached(self) -> bool:
        return self.reached == self.expected

    def as_json(self) -> dict[str, str | int | None]:
        return asdict(self)


def up(count: int, scale: Fraction) -> int:
    """That many people, units or views at the scale, rounded up."""
    return ceil(count * scale)
