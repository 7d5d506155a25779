"""A request's headers by name, read once: a framework's look goes through all of them again."""

from collections.abc import Mapping

from starlette.types import Scope

_NAMED = "headers_by_name"


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """By their names in small letters; of those that came twice the first, as the framework
    has it."""
    named: Mapping[bytes, bytes] | None = scope.get(_NAMED)
    if named is None:
        named = scope[_NAMED] = dict(reversed(scope["headers"]))
    return named


def header(scope: Scope, name: bytes) -> str:
    """Empty where there is none."""
    return headers_of(scope).get(name, b"").decode("latin-1")
