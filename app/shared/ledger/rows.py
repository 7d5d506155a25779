"""The ledger's one INSERT, for many acts at once.

`write` runs it in the caller's transaction. A pack's hot path takes `INSERT` into its own
statement and adds `parameters(acts)` to its own: then the rows cost no round trip.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.platform.ids import new_id
from app.shared.ledger.acts import Act

INSERT = """
    INSERT INTO ledger_entry
           (id, at, actor_kind, actor_id, actor_roles, origin, verb, refusal,
            object_kind, object_id, changes, times, request_id, reason)
    SELECT id, COALESCE(at, (SELECT campaign_now())), actor_kind, actor_id, actor_roles, origin,
           verb, refusal, object_kind, object_id, CAST(changes AS json), times, request_id, reason
      FROM unnest(
            CAST(:act_id AS uuid[]), CAST(:act_at AS timestamptz[]), CAST(:act_kind AS text[]),
            CAST(:act_actor AS uuid[]), CAST(:act_roles AS text[]), CAST(:act_origin AS text[]),
            CAST(:act_verb AS text[]), CAST(:act_refusal AS text[]),
            CAST(:act_object_kind AS text[]), CAST(:act_object AS uuid[]),
            CAST(:act_changes AS text[]), CAST(:act_times AS int[]),
            CAST(:act_request AS text[]), CAST(:act_reason AS text[]))
        AS act (id, at, actor_kind, actor_id, actor_roles, origin, verb, refusal,
                object_kind, object_id, changes, times, request_id, reason)
"""
_INSERT = text(INSERT)


async def write(session: AsyncSession | AsyncConnection, acts: Sequence[Act]) -> None:
    """One row an act, in the transaction of their effect: both are there or neither."""
    if acts:
        await session.execute(_INSERT, parameters(acts))


def parameters(acts: Sequence[Act]) -> dict[str, list[Any]]:
    """What `INSERT` is given."""
    return {
        "act_id": [new_id() for _ in acts],
        "act_at": [act.at for act in acts],
        "act_kind": [act.actor.kind for act in acts],
        "act_actor": [act.actor.id for act in acts],
        "act_roles": [" ".join(sorted(act.actor.roles)) for act in acts],
        "act_origin": [act.actor.origin for act in acts],
        "act_verb": [act.verb for act in acts],
        "act_refusal": [act.refusal for act in acts],
        "act_object_kind": [act.object_kind for act in acts],
        "act_object": [act.object_id for act in acts],
        "act_changes": [act.digests() for act in acts],
        "act_times": [act.times for act in acts],
        "act_request": [act.actor.request_id for act in acts],
        "act_reason": [act.reason for act in acts],
    }
