-- The trigger of all tables of draws: what was said stays said. A draft is free; from its
-- publication on a draw moves one state at a time, and what it has gained it keeps. Entries come
-- while it is open, awards and turns once it is drawn, and none leads to another ticket
-- afterwards. Two years after the draw nobody need know any more whose a ticket was.
CREATE OR REPLACE FUNCTION draw_guard() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_states CONSTANT text[] := ARRAY['draft', 'open', 'frozen', 'committed', 'drawn'];
    v_state text;
    v_kept_until timestamptz;
    v_old jsonb;
    v_new jsonb;
    v_key text;
BEGIN
    IF TG_TABLE_NAME = 'draw' AND TG_OP = 'UPDATE' THEN
        IF array_position(v_states, NEW.state::text) - array_position(v_states, OLD.state::text)
           NOT IN (0, 1) THEN
            RAISE EXCEPTION 'a draw moves on by one state' USING ERRCODE = 'restrict_violation';
        END IF;
        v_old := to_jsonb(OLD) - 'state' - 'version';
        v_new := to_jsonb(NEW) - 'state' - 'version';
        FOR v_key IN SELECT jsonb_object_keys(v_old) LOOP
            IF OLD.state <> 'draft' AND v_old -> v_key IS DISTINCT FROM 'null'::jsonb
               AND v_old -> v_key IS DISTINCT FROM v_new -> v_key THEN
                RAISE EXCEPTION '% of a published draw is not changed', v_key
                    USING ERRCODE = 'restrict_violation';
            END IF;
        END LOOP;
        RETURN NEW;
    END IF;
    IF TG_TABLE_NAME IN ('draw_prize', 'draw_exclusion', 'draw_entry', 'draw_award',
                         'draw_turn') THEN
        -- Whoever freezes it meanwhile is waited for, and then it is no longer open.
        SELECT state, coalesce(drawn_at, closes_at) + interval '2 years'
          INTO v_state, v_kept_until
          FROM draw WHERE id = coalesce(NEW.draw_id, OLD.draw_id) FOR SHARE;
        IF TG_TABLE_NAME IN ('draw_prize', 'draw_exclusion') AND v_state = 'draft' THEN
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        END IF;
        IF TG_TABLE_NAME = 'draw_exclusion' AND TG_OP = 'DELETE'
           AND v_kept_until <= campaign_now() THEN
            RETURN OLD;
        END IF;
        IF TG_TABLE_NAME = 'draw_entry' AND TG_OP = 'INSERT' AND v_state = 'open' THEN
            RETURN NEW;
        END IF;
        IF TG_TABLE_NAME = 'draw_entry' AND TG_OP = 'UPDATE' THEN
            v_old := to_jsonb(OLD);
            v_new := to_jsonb(NEW);
            IF v_state = 'open' AND v_old - 'is_listed' = v_new - 'is_listed' THEN
                RETURN NEW;
            END IF;
            IF v_kept_until <= campaign_now()
               AND v_new -> 'member_id' = 'null'::jsonb AND v_new -> 'person_id' = 'null'::jsonb
               AND v_old - 'member_id' - 'person_id' = v_new - 'member_id' - 'person_id' THEN
                RETURN NEW;
            END IF;
        END IF;
        IF TG_TABLE_NAME IN ('draw_award', 'draw_turn') AND TG_OP = 'INSERT'
           AND v_state = 'drawn' THEN
            RETURN NEW;
        END IF;
        IF TG_TABLE_NAME = 'draw_award' AND TG_OP = 'UPDATE' THEN
            v_old := to_jsonb(OLD);
            v_new := to_jsonb(NEW);
            IF v_old ->> 'ending' IS NULL
               AND (SELECT bool_and(v_old -> each = v_new -> each)
                      FROM unnest(ARRAY['id', 'draw_id', 'prize_id', 'entry_id', 'unit', 'turn',
                                        'ticket_no', 'awarded_at', 'accept_before']) each) THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are not changed so', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
