-- Campaign time: the real time of this instant (not of the transaction's start)
-- plus the deployment's offset.
CREATE FUNCTION campaign_now() RETURNS timestamptz
LANGUAGE sql VOLATILE
AS $$
    SELECT clock_timestamp() + (SELECT time_offset FROM clock)
$$
