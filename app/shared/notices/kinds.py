"""Kinds of notices, as packs and rooms declare them in their `notices.py`:

    NOTICES = (NoticeKind("breakfast.voucher_expiring", …),)

`app/main.py` finds them by name, as the worker finds `jobs.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.models.states import NoticeChannel
from app.platform.errors import Words
from app.shared.notices.values import Value, Variable
from app.shared.notices.wording import Wording, faults, fill


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """What may be told, and how.

    `name` begins with its pack's or room's. `about` says what it is, to staff and to members
    who set what reaches their phone. `wording`: the words until staff write others. `channels`:
    ways to the phone beside the inbox. `optional`: a member may keep it in the inbox alone.
    `quiet`: it waits for the morning.
    """

    name: str
    about: Words
    wording: Wording
    variables: tuple[Variable, ...] = ()
    channels: tuple[NoticeChannel, ...] = (NoticeChannel.PUSH,)
    optional: bool = True
    quiet: bool = True

    def examples(self) -> dict[str, Value]:
        """The variables' own examples: what a preview shows unless other values are given."""
        return {each.name: each.example for each in self.variables}


Kinds: TypeAlias = Mapping[str, NoticeKind]


def gather(declared: Iterable[NoticeKind]) -> Kinds:
    """All kinds by name. Raises `ValueError` for one that cannot work as it is declared."""
    kinds: dict[str, NoticeKind] = {}
    for kind in declared:
        wrong = faults(kind.wording, kind.variables)
        if wrong or kind.name in kinds:
            why = ", ".join(fault.detail.en for fault in wrong) or "declared twice"
            raise ValueError(f"notice {kind.name}: {why}")
        fill(kind.wording, kind.variables, kind.examples())
        kinds[kind.name] = kind
    return dict(sorted(kinds.items()))
