-- Gives one granted unit back, once. The caller marks its own row in the same
-- transaction. Answers false when the claim was returned before.
-- Raises no_data_found for a claim that was never granted.
CREATE FUNCTION stock_return(p_claim uuid, p_why text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v_grant stock_entry;
    v_pool stock_pool;
BEGIN
    SELECT e.* INTO STRICT v_grant FROM stock_entry e
     WHERE e.claim_id = p_claim AND e.quantity > 0;
    PERFORM 1 FROM stock_group g
      JOIN stock_pool p ON p.group_id = g.id
     WHERE p.id = v_grant.pool_id FOR NO KEY UPDATE OF g;
    SELECT p.* INTO STRICT v_pool FROM stock_pool p WHERE p.id = v_grant.pool_id FOR NO KEY UPDATE;
    PERFORM 1 FROM stock_entry e WHERE e.claim_id = p_claim AND e.quantity < 0;
    IF FOUND THEN
        RETURN false;
    END IF;
    -- The day is the grant's: that is the day whose limit gets room again.
    INSERT INTO stock_entry (pool_id, seq, quantity, total_after, claim_id,
                             member_id, person_id, day, at, why)
    VALUES (v_pool.id, v_pool.seq + 1, -1, v_pool.total, p_claim,
            v_grant.member_id, v_grant.person_id, v_grant.day, campaign_now(), p_why);
    UPDATE stock_use u SET used = u.used - 1
     WHERE u.person_id = v_grant.person_id AND u.group_id = v_pool.group_id
       AND u.day IN (v_grant.day, '-infinity');
    UPDATE stock_pool p SET issued = p.issued - 1, seq = p.seq + 1 WHERE p.id = v_pool.id;
    RETURN true;
END
$$
