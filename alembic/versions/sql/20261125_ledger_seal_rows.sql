-- Closes one range: gives at most p_most committed rows that have none their positions, writes
-- their digests, and chains them to the seal before. Answers how many; 0 also when another
-- sealer is at it.
--
-- One at a time, by a lock that ends with the transaction; what it reads afterwards was
-- committed before, because in READ COMMITTED each statement looks anew. A row whose
-- transaction commits late, though its id is older, is simply in a later range: positions say
-- in which order rows were sealed, ids when they were made.
CREATE FUNCTION ledger_seal_rows(p_most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE
-- As in stock_flush: without statistics a plan might read the whole ledger for a few rows.
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    v_number bigint;
    v_last bigint;
    v_previous bytea;
    v_count integer;
    v_digests bytea;
BEGIN
    IF NOT pg_try_advisory_xact_lock(119182731994482) THEN -- 'ledger'
        RETURN 0;
    END IF;
    SELECT s.number, s.last_position, s.head INTO v_number, v_last, v_previous
      FROM ledger_seal s ORDER BY s.number DESC LIMIT 1;
    v_number := coalesce(v_number, 0) + 1;
    v_last := coalesce(v_last, 0);
    v_previous := coalesce(v_previous, decode(repeat('00', 32), 'hex'));
    WITH chosen AS (
        SELECT e.id FROM ledger_entry e WHERE e.position IS NULL ORDER BY e.id LIMIT p_most
    ),
    placed AS (
        SELECT c.id, v_last + row_number() OVER (ORDER BY c.id) AS position FROM chosen c
    ),
    sealed AS (
        UPDATE ledger_entry e SET position = p.position, digest = ledger_digest(e)
          FROM placed p
         WHERE e.id = p.id
        RETURNING e.position, e.digest
    )
    SELECT count(*), string_agg(s.digest, ''::bytea ORDER BY s.position)
      INTO v_count, v_digests
      FROM sealed s;
    IF v_count > 0 THEN
        INSERT INTO ledger_seal (number, first_position, last_position, rows_count, previous, head)
        VALUES (v_number, v_last + 1, v_last + v_count, v_count, v_previous,
                sha256(v_previous || v_digests));
    END IF;
    RETURN v_count;
END
$$
