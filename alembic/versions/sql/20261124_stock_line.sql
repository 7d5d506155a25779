-- Which history of the books this is: the server's system identifier and its
-- timeline. A restored or promoted server is on another line, and what Redis
-- remembers of the old one is then no longer believed. The timeline comes from
-- the WAL's file name because pg_control_checkpoint() may lag a promotion.
CREATE FUNCTION stock_line(OUT system text, OUT timeline bigint)
LANGUAGE sql VOLATILE
AS $$
    SELECT (pg_control_system()).system_identifier::text,
           ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint
$$
