-- The trigger of both tables: rows are added and stay as they are. The one exception is a row
-- of the ledger that gets its place in the chain, once, and changes in nothing else.
CREATE FUNCTION ledger_guard() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_unplaced ledger_entry;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'ledger_entry' THEN
        v_unplaced := NEW;
        v_unplaced.position := NULL;
        v_unplaced.digest := NULL;
        IF OLD.position IS NULL AND NEW.position IS NOT NULL AND v_unplaced *= OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are not changed and not removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$
