-- The trigger of `member` and `store`: where a row lay until now, for figures of past times.
-- Whoever changes a district (a file, staff) does so by UPDATE; that it changed, WHEN says.
CREATE FUNCTION keep_district() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_TABLE_NAME = 'member' THEN
        INSERT INTO member_district_history (member_id, at, from_district, to_district)
        VALUES (NEW.id, campaign_now(), OLD.district, NEW.district)
        ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO store_district_history (store_id, at, from_district, to_district)
        VALUES (NEW.id, campaign_now(), OLD.district, NEW.district)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
