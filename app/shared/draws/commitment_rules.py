"""What is hashed before the numbers exist, and what is published afterwards. Pure.

    rules       JSON, keys sorted, no blanks, UTF-8 (RFC 8785, of texts and whole numbers)
    list        the ticket numbers ascending, each with a line break behind it
    sources     JSON, as the rules
    commitment  SHA-256 of the three SHA-256 in hexadecimal, each with a line break behind it

Three hashes and not one, so that whoever has only the rules, or only the list, can check that.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from app.models.states_draws import SourceKind
from app.platform.clock import SHANGHAI
from app.shared.draws.picking_rules import bits_of_numbers

Numbers: TypeAlias = list[int] | str
"""What a source published: whole numbers, or drand's 64 hexadecimal digits."""

DRAND_BITS, DRAND_DIGITS = 256, 64


@dataclass(frozen=True, slots=True)
class Chain:
    """A drand network: its first round's time, and how far apart its rounds are."""

    name: str
    genesis_at: datetime
    period_s: int


# The League of Entropy's two, by the hash of their parameters, which never change.
CHAINS: Mapping[str, Chain] = {
    "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce": Chain(
        "default", datetime.fromtimestamp(1_595_431_050, UTC), 30
    ),
    "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971": Chain(
        "quicknet", datetime.fromtimestamp(1_692_803_367, UTC), 3
    ),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Public numbers to come. A lottery's: `pick` different ones from `lowest` to `highest`; one
    that draws from two ranges is two sources. drand's: a `round_no` of a `chain`."""

    kind: SourceKind
    name: str
    published_at: datetime
    url: str = ""
    pick: int = 1
    lowest: int = 0
    highest: int = 0
    chain: str = ""
    round_no: int = 0

    @property
    def bits(self) -> float:
        if self.kind is SourceKind.DRAND:
            return float(DRAND_BITS)
        return bits_of_numbers(self.pick, self.lowest, self.highest)

    def as_json(self) -> dict[str, Any]:
        """As it is published and hashed."""
        shown: dict[str, Any] = {"kind": self.kind.value, "name": self.name, "url": self.url}
        shown["published_at"] = shown_time(self.published_at)
        if self.kind is SourceKind.DRAND:
            return shown | {"chain": self.chain, "round": self.round_no}
        return shown | {"pick": self.pick, "lowest": self.lowest, "highest": self.highest}

    @classmethod
    def of_json(cls, shown: Mapping[str, Any]) -> "Source":
        return cls(
            SourceKind(shown["kind"]),
            shown["name"],
            datetime.fromisoformat(shown["published_at"]),
            shown["url"],
            shown.get("pick", 1),
            shown.get("lowest", 0),
            shown.get("highest", 0),
            shown.get("chain", ""),
            shown.get("round", 0),
        )

    def could_publish(self, numbers: Numbers) -> bool:
        """Whether these can be this source's."""
        if self.kind is SourceKind.DRAND:
            return isinstance(numbers, str) and _is_hexadecimal(numbers)
        if isinstance(numbers, str) or len(set(numbers)) != len(numbers):
            return False
        within = all(self.lowest <= number <= self.highest for number in numbers)
        return within and len(numbers) == self.pick


def drand_source(chain_hash: str, round_no: int) -> Source | None:
    """A round, with the time at which it comes out. None: no chain that is known here."""
    chain = CHAINS.get(chain_hash)
    if chain is None:
        return None
    return Source(
        SourceKind.DRAND,
        f"drand {chain.name} {round_no}",
        chain.genesis_at + timedelta(seconds=chain.period_s * (round_no - 1)),
        f"https://api.drand.sh/{chain_hash}/public/{round_no}",
        chain=chain_hash,
        round_no=round_no,
    )


def whole_numbers(numbers: Numbers) -> list[int]:
    """As RFC 3797 takes them: drand's digits are one number."""
    return [int(numbers, 16)] if isinstance(numbers, str) else list(numbers)


def canonical(value: Any) -> str:
    """The one text of a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def list_text(tickets: Iterable[str]) -> str:
    """The list as it is hashed."""
    return "".join(f"{ticket}\n" for ticket in sorted(tickets))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def commitment_of(rules: str, list_sha256: str, sources: Sequence[Mapping[str, Any]]) -> str:
    """What is published before the numbers are."""
    hashes = (sha256(rules), list_sha256, sha256(canonical(list(sources))))
    return sha256("".join(f"{each}\n" for each in hashes))


def shown_time(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()


def _is_hexadecimal(text: str) -> bool:
    return len(text) == DRAND_DIGITS and set(text) <= set("0123456789abcdef")
