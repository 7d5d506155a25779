"""The ledger's one INSERT, for many acts at once.

`write` runs it in the caller's transaction. A pack's hot path takes `INSERT_ALIKE` into its own
statement and adds `parameters_alike(acts)` to its own: then the rows cost no round trip, and what
they have in common is said once.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.platform.ids import new_id
from app.shared.ledger.acts import Act

# Parameters by their types: of each act, and what acts of one kind have in common.
_OWN = {
    "act_id": "uuid",
    "act_at": "timestamptz",
    "act_actor": "uuid",
    "act_origin": "text",
    "act_object": "uuid",
    "act_changes": "text",
    "act_request": "text",
}
_COMMON = {
    "act_kind": "text",
    "act_roles": "text",
    "act_verb": "text",
    "act_refusal": "text",
    "act_object_kind": "text",
    "act_times": "int",
    "act_reason": "text",
}
# The values of the latter in their order; roles still as a set.
_in_common = attrgetter(
    "actor.kind", "actor.roles", "verb", "refusal", "object_kind", "times", "reason"
)


def _insert(each: dict[str, str], all_alike: dict[str, str]) -> str:
    lists = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in each.items())
    said_once = {name: f"CAST(:{name} AS {kind})" for name, kind in all_alike.items()}
    column = {name: name for name in each} | said_once
    return f"""
        INSERT INTO ledger_entry
               (id, at, actor_kind, actor_id, actor_roles, origin, verb, refusal,
                object_kind, object_id, changes, times, request_id, reason)
        SELECT act_id, COALESCE(act_at, (SELECT campaign_now())), {column["act_kind"]}, act_actor,
               {column["act_roles"]}, act_origin, {column["act_verb"]}, {column["act_refusal"]},
               {column["act_object_kind"]}, act_object, CAST(act_changes AS json),
               {column["act_times"]}, act_request, {column["act_reason"]}
          FROM unnest({lists}) AS act ({", ".join(each)})
    """  # noqa: S608 - put together of the names above


INSERT_ALIKE = _insert(_OWN, _COMMON)
_INSERT = text(_insert(_OWN | _COMMON, {}))


async def write(session: AsyncSession | AsyncConnection, acts: Sequence[Act]) -> None:
    """One row an act, in the transaction of their effect: both are there or neither."""
    if acts:
        alike = [_alike(act) for act in acts]
        lists = {name: [each[name] for each in alike] for name in _COMMON}
        await session.execute(_INSERT, _own(acts) | lists)


def parameters_alike(acts: Sequence[Act]) -> dict[str, Any]:
    """What `INSERT_ALIKE` is given: acts that differ in who, from where and on what at most."""
    kind = _in_common(acts[0])
    if any(_in_common(each) != kind for each in acts):
        raise ValueError("acts of several kinds in one statement")
    return _own(acts) | _alike(acts[0])


def _own(acts: Sequence[Act]) -> dict[str, list[Any]]:
    return {
        "act_id": [new_id() for _ in acts],
        "act_at": [act.at for act in acts],
        "act_actor": [act.actor.id for act in acts],
        "act_origin": [act.actor.origin for act in acts],
        "act_object": [act.object_id for act in acts],
        "act_changes": [act.digests() for act in acts],
        "act_request": [act.actor.request_id for act in acts],
    }


def _alike(act: Act) -> dict[str, Any]:
    values = dict(zip(_COMMON, _in_common(act), strict=True))
    return values | {"act_roles": " ".join(sorted(act.actor.roles))}
