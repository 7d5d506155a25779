"""The deployment as a made-up request meets it: who may call, and what there is to name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Self

import requests
from anyio.from_thread import BlockingPortal
from schemathesis import APIOperation, Case, Response
from schemathesis.core.parameters import ParameterLocation

from app.models.states import Role
from tests.contract.checks import ADDITIONAL, EXCLUDED
from tests.contract.world import (
    COUPLETS,
    MEMBER,
    MERCHANT_SYSTEM,
    NAMES,
    STRANGER,
    TILL,
    USUAL,
    World,
)

NOBODY, GARBAGE = "nobody", "garbage"
EVERYBODY = [NOBODY, GARBAGE, MEMBER, STRANGER, TILL, MERCHANT_SYSTEM, Role.ADMINISTRATOR]
TIMEOUT_S = 10
# Where a site, an offer, a pick-up is one of gift boxes.
SHOP = re.compile("gift-box|/orders")
# So many operations the same callers may call before they are told that it was too often.
CALLED_BY_ONE = 12


def names_of(operation: APIOperation) -> frozenset[str]:
    """What the operation calls its parameters and the fields of its body."""
    parameters = (each.name for each in operation.iter_parameters())
    return frozenset([*parameters, *_fields([body.definition for body in operation.body])])


def _fields(described: Any) -> Iterator[str]:
    parts: Iterable[Any] = described if isinstance(described, list) else ()
    if isinstance(described, dict):
        yield from described.get("properties", ())
        parts = described.values()
    for part in parts:
        yield from _fields(part)


@dataclass
class Served:
    """A service that runs. `ask` speaks to it as one kind of caller and checks the answer."""

    url: str
    world: World
    portal: BlockingPortal
    session: requests.Session = field(default_factory=requests.Session)
    _there: frozenset[str] = frozenset()
    _uses: int = 0
    # Of four requests three name something real; the fourth goes out as it was made.
    _turns: Iterator[bool] = field(default_factory=lambda: cycle([True, True, False, True]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def furnish(self, operation: APIOperation, *, changes: bool = True) -> None:
        """New things to act on, new callers. An operation that changes nothing, or is not come
        to, takes those that are there, as long as nobody has changed them and what it names is
        among them: they take a second to be made, and many callers have a budget of calls. One
        that changes something has new ones of what it names."""
        self.portal.call(self.world.let_changes_in)
        names = names_of(operation) & NAMES
        if SHOP.search(operation.path):
            names = (names - COUPLETS) | {"box_id"}
        wanted = names if changes else names | USUAL
        if changes or not wanted <= self._there or self._uses >= CALLED_BY_ONE:
            self.portal.call(self.world.furnish, wanted)
            self._there, self._uses = frozenset() if changes else wanted, 0
        self._uses += 1

    def ask(self, case: Case, caller: str) -> Response:
        return case.call_and_validate(
            **self.options(caller), additional_checks=ADDITIONAL, excluded_checks=EXCLUDED
        )

    def options(self, caller: str) -> dict[str, Any]:
        """How to send a case as this caller."""
        return {
            "base_url": self.url,
            "session": self.session,
            "headers": self._headers(caller),
            "timeout": TIMEOUT_S,
        }

    def _headers(self, caller: str) -> dict[str, str]:
        if caller == NOBODY:
            return {}
        token = GARBAGE if caller == GARBAGE else self.world.tokens[caller]
        return {"Authorization": f"Bearer {token}"}

    def name_real_things(self, case: Case) -> None:
        """Put ids, numbers and codes that exist where the case has well-formed ones."""
        if not next(self._turns):
            return
        if _is_well_formed(case, ParameterLocation.PATH):
            case.path_parameters.update(self._real(case.path_parameters))
        if _is_well_formed(case, ParameterLocation.QUERY):
            case.query.update(self._real(case.query))
        if _is_well_formed(case, ParameterLocation.BODY):
            case.body = self._real_within(case.body)

    def _real(self, given: dict[str, Any]) -> dict[str, str]:
        known = self.world.known
        return {name: str(next(known[name])) for name in given if name in known}

    def _real_within(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._real_within(each) for each in value]
        if not isinstance(value, dict):
            return value
        known = self.world.known
        return {
            name: next(known[name]) if name in known else self._real_within(each)
            for name, each in value.items()
        }


def _is_well_formed(case: Case, location: ParameterLocation) -> bool:
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode.is_positive


def right_callers(operation: APIOperation) -> list[str]:
    """Who may call: each kind, and of staff one of the roles and the administrator."""
    kinds, roles = _admitted(operation)
    if "staff" in kinds:
        return [*[role for role in roles if role != Role.ADMINISTRATOR][-1:], Role.ADMINISTRATOR]
    if "store" in kinds:
        return [TILL, MERCHANT_SYSTEM]
    return [MEMBER] if "member" in kinds else [NOBODY]


def wrong_callers(operation: APIOperation) -> dict[str, str]:
    """Who may not call, and the code of the refusal. Empty for what anyone may call."""
    kinds, roles = _admitted(operation)
    if not kinds:
        return {}
    refusals = {NOBODY: "unauthenticated", GARBAGE: "unauthenticated"}
    for caller, kind in ((MEMBER, "member"), (TILL, "store"), (MERCHANT_SYSTEM, "store")):
        if kind not in kinds:
            refusals[caller] = "forbidden"
    for denied in [role for role in Role if role not in roles][:1]:
        refusals[denied] = "forbidden"
    refusals[STRANGER] = "member_not_registered" if "member" in kinds else "forbidden"
    return refusals


def _admitted(operation: APIOperation) -> tuple[set[str], list[str]]:
    described = operation.definition.raw
    kinds = {scheme for requirement in described["security"] for scheme in requirement}
    return kinds, described.get("x-roles", [])
