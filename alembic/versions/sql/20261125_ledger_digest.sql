-- What a ledger row says, as 32 bytes: SHA-256 of a JSON array of its columns. Its place in the
-- chain is not part of it. `app/shared/ledger/chain.py` computes the same from outside; both are
-- described in docs/ledger.md, so that a third party can.
CREATE FUNCTION ledger_digest(e ledger_entry) RETURNS bytea
LANGUAGE sql STABLE
AS $$
    SELECT sha256(convert_to(json_build_array(
        e.id, (extract(epoch FROM e.at) * 1000000)::bigint,
        (extract(epoch FROM e.recorded_at) * 1000000)::bigint,
        e.actor_kind, e.actor_id, e.actor_roles, e.origin, e.verb, e.refusal,
        e.object_kind, e.object_id, e.changes::text, e.times, e.request_id, e.reason
    )::text, 'UTF8'))
$$
