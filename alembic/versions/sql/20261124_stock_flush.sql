-- Decides a batch of presses on one pool, in order of arrival (docs/stock.md).
--
-- Locks first, then takes the time, then looks: in READ COMMITTED each statement
-- below sees what was committed before it began, so after the locks nothing that
-- matters can change. One statement that locks and looks would look at a
-- snapshot from before its wait.
--
-- p_claims, p_members, p_persons, p_fingerprints: one element a press.
-- letters: one a press, in order.
--   G granted   R known claim (repeat)   K known claim, other body
--   D second press of a claim id within this call: ask again
--   E ended     N not open yet           P paused
--   L limit a day                        T limit in all
--   S sold out
-- Granted presses are numbered first_seq, first_seq + 1, … in order.
CREATE FUNCTION stock_flush(
    p_pool uuid,
    p_claims uuid[],
    p_members uuid[],
    p_persons uuid[],
    p_fingerprints bytea[],
    OUT letters text,
    OUT first_seq integer,
    OUT last_seq integer,
    OUT free integer,
    OUT state text,
    OUT opens_at timestamptz,
    OUT closes_at timestamptz,
    OUT per_person_per_day integer,
    OUT per_person_total integer,
    OUT at timestamptz,
    OUT day date,
    OUT system text,
    OUT timeline bigint
)
LANGUAGE plpgsql VOLATILE
-- Fresh tables have no statistics, and a plan that reads the whole pool once a
-- press is three hundred times slower than one that asks each index.
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_pool stock_pool;
    v_group uuid;
    v_at timestamptz;
    v_day date;
    v_closed "char";
    v_free integer;
    v_letters text;
    v_granted integer;
BEGIN
    SELECT p.group_id INTO STRICT v_group FROM stock_pool p WHERE p.id = p_pool;
    PERFORM 1 FROM stock_group g WHERE g.id = v_group FOR NO KEY UPDATE;
    SELECT p.* INTO STRICT v_pool FROM stock_pool p WHERE p.id = p_pool FOR NO KEY UPDATE;
    v_free := v_pool.total - v_pool.issued;
    v_at := campaign_now();
    v_day := (v_at AT TIME ZONE 'Asia/Shanghai')::date;
    v_closed := CASE
        WHEN v_pool.state = 'ended' OR v_at >= v_pool.closes_at THEN 'E'
        WHEN v_pool.state = 'draft' OR v_at < v_pool.opens_at THEN 'N'
        WHEN v_pool.state = 'paused' THEN 'P'
    END;

    WITH press AS (
        SELECT t.claim, t.member, t.person, t.fingerprint, t.ord,
               row_number() OVER (PARTITION BY t.claim ORDER BY t.ord) AS nth,
               (SELECT e.fingerprint FROM stock_entry e
                 WHERE e.claim_id = t.claim AND e.quantity > 0) AS known
          FROM unnest(p_claims, p_members, p_persons, p_fingerprints)
               WITH ORDINALITY AS t (claim, member, person, fingerprint, ord)
    ),
    fresh AS (
        SELECT p.ord, p.claim, p.member, p.person, p.fingerprint,
               row_number() OVER (PARTITION BY p.person ORDER BY p.ord) AS place,
               v_pool.per_person_per_day
               - coalesce((SELECT u.used FROM stock_use u
                            WHERE u.person_id = p.person AND u.group_id = v_group
                              AND u.day = v_day), 0) AS left_day,
               v_pool.per_person_total
               - coalesce((SELECT u.used FROM stock_use u
                            WHERE u.person_id = p.person AND u.group_id = v_group
                              AND u.day = '-infinity'), 0) AS left_total
          FROM press p
         WHERE p.known IS NULL AND p.nth = 1 AND v_closed IS NULL
    ),
    judged AS (
        -- The limit that a person's first press too many meets; those behind it meet the same.
        SELECT f.*,
               CASE WHEN f.place <= least(f.left_total, f.left_day) THEN NULL
                    WHEN f.left_total <= greatest(least(f.left_total, f.left_day), 0) THEN 'T'
                    WHEN f.left_day IS NOT NULL THEN 'L'
               END AS over
          FROM fresh f
    ),
    counted AS (
        SELECT j.*, count(*) FILTER (WHERE j.over IS NULL) OVER (ORDER BY j.ord) AS n
          FROM judged j
    ),
    told AS (
        -- Whose earlier press found nothing left has reached no limit by it.
        SELECT c.*,
               max(c.n) FILTER (WHERE c.over IS NULL)
                   OVER (PARTITION BY c.person ORDER BY c.ord) > v_free AS too_late
          FROM counted c
    ),
    granted AS (
        SELECT c.* FROM counted c WHERE c.over IS NULL AND c.n <= v_free
    ),
    entries AS (
        INSERT INTO stock_entry (pool_id, seq, quantity, total_after, claim_id, fingerprint,
                                 member_id, person_id, day, at)
        SELECT p_pool, v_pool.seq + g.n, 1, v_pool.total, g.claim, g.fingerprint,
               g.member, g.person, v_day, v_at
          FROM granted g
         ORDER BY g.n
    ),
    uses AS (
        INSERT INTO stock_use AS u (person_id, group_id, day, used, cap)
        SELECT g.person, v_group, d.day, count(*), d.cap
          FROM granted g
         CROSS JOIN (VALUES (v_day, v_pool.per_person_per_day),
                            ('-infinity'::date, v_pool.per_person_total)) AS d (day, cap)
         GROUP BY g.person, d.day, d.cap
         ORDER BY g.person, d.day
        ON CONFLICT (person_id, group_id, day)
        DO UPDATE SET used = u.used + excluded.used, cap = excluded.cap
    )
    SELECT string_agg(
               CASE WHEN p.known IS NOT NULL AND p.known = p.fingerprint THEN 'R'
                    WHEN p.known IS NOT NULL THEN 'K'
                    WHEN p.nth > 1 THEN 'D'
                    WHEN v_closed IS NOT NULL THEN v_closed::text
                    WHEN g.ord IS NOT NULL THEN 'G'
                    WHEN t.over IS NOT NULL AND t.too_late IS NOT TRUE THEN t.over
                    ELSE 'S'
               END, '' ORDER BY p.ord),
           count(g.ord)
      INTO v_letters, v_granted
      FROM press p
      LEFT JOIN told t ON t.ord = p.ord
      LEFT JOIN granted g ON g.ord = p.ord;

    IF v_granted > 0 THEN
        UPDATE stock_pool p
           SET issued = p.issued + v_granted, seq = p.seq + v_granted
         WHERE p.id = p_pool;
    END IF;

    letters := v_letters;
    first_seq := v_pool.seq + 1;
    last_seq := v_pool.seq + v_granted;
    free := v_free - v_granted;
    state := v_pool.state;
    opens_at := v_pool.opens_at;
    closes_at := v_pool.closes_at;
    per_person_per_day := v_pool.per_person_per_day;
    per_person_total := v_pool.per_person_total;
    at := v_at;
    day := v_day;
    SELECT l.system, l.timeline INTO system, timeline FROM stock_line() l;
END
$$
