"""What a row of the ledger says, before it is one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from app.shared.ledger.actor import Actor

Changes: TypeAlias = Mapping[str, tuple[Any, Any]]
"""By field: what it was and what it is. None: there was, or is, nothing."""

PURPOSE = "ledger"
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Act:
    """One change, one read of personal data, or one refusal that matters.

    `verb` is `pack.object.act` or `object.act`; `object_kind` is the word that paths use before
    `_id`. `at` is campaign time, None for the moment of writing. `reason` is staff's or a till's
    own words, kept for good; a member's never come here. `refusal` is the code of a refused act,
    which happened `times` times.
    """

    actor: Actor
    verb: str
    object_kind: str
    object_id: UUID | None
    changes: Changes = field(default_factory=dict)
    at: datetime | None = None
    reason: str | None = None
    refusal: str | None = None
    times: int = 1

    def digests(self) -> str | None:
        """The changes as they are kept: JSON of field → digests before and after."""
        if not self.changes:
            return None
        return json.dumps(
            {
                name: [self._digest(name, before), self._digest(name, after)]
                for name, (before, after) in self.changes.items()
            }
        )

    def _digest(self, name: str, value: Any) -> str | None:
        # The object is part of it: equal values of two objects must not look alike.
        if value is None:
            return None
        digest = self.actor.digester.digest(
            PURPOSE, self.object_kind, str(self.object_id), name, _text(value)
        )
        return digest[:DIGEST_BYTES].hex()


def made(**values: Any) -> Changes:
    """The changes of an object that was not there before."""
    return {name: (None, value) for name, value in values.items()}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """The fields of `after` that are not as in `before`."""
    return {
        name: (before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    }


def _text(value: Any) -> str:
    """A value as text: the same value is the same text, whoever writes it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, default=_plain, ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"no text for {type(value).__name__}")
