"""The SQL of members' files: what is known of a chunk's rows, and how it is written."""

STAGE = """
    CREATE TEMP TABLE import_member (
        id uuid, member_no text, person_id uuid, id_number_digests bytea[], id_number_sealed bytea,
        name_sealed bytea, phone_sealed bytea, phone_last4_digest bytea, district text,
        row_digest bytea, categories text[], source text, valid_until date
    ) ON COMMIT DELETE ROWS
"""
KNOWN = """
    SELECT m.member_no, m.row_digest, p.id_number_digest
    FROM member m JOIN person p ON p.id = m.person_id
    WHERE m.member_no = ANY($1)
"""
ERASED = "SELECT member_no_digest FROM erasure WHERE member_no_digest = ANY($1)"
# A person may still be known by the digest of an older key; the first is the current one's.
# One whose last account was erased comes back with a new account, and the number with it.
WRITES = (
    """
    UPDATE person p
    SET id_number_digest = i.id_number_digests[1], id_number_sealed = i.id_number_sealed,
        number_erased_at = NULL
    FROM import_member i
    WHERE p.id_number_digest = ANY(i.id_number_digests) AND p.number_erased_at IS NOT NULL
    """,
    """
    INSERT INTO person (id, id_number_digest, id_number_sealed, created_at)
    SELECT DISTINCT ON (i.id_number_digests[1])
        i.person_id, i.id_number_digests[1], i.id_number_sealed, (SELECT campaign_now())
    FROM import_member i
    WHERE NOT EXISTS (
        SELECT FROM person p WHERE p.id_number_digest = ANY(i.id_number_digests)
    )
    ORDER BY i.id_number_digests[1]
    ON CONFLICT (id_number_digest) DO NOTHING
    """,
    """
    INSERT INTO member (id, member_no, person_id, name_sealed, phone_sealed, phone_last4_digest,
                        district, row_digest, created_at, updated_at)
    SELECT i.id, i.member_no, p.id, i.name_sealed, i.phone_sealed, i.phone_last4_digest,
           i.district, i.row_digest, (SELECT campaign_now()), (SELECT campaign_now())
    FROM import_member i JOIN person p ON p.id_number_digest = ANY(i.id_number_digests)
    ON CONFLICT (member_no) DO UPDATE SET
        name_sealed = excluded.name_sealed,
        phone_sealed = excluded.phone_sealed,
        phone_last4_digest = excluded.phone_last4_digest,
        district = excluded.district,
        row_digest = excluded.row_digest,
        version = member.version + 1,
        updated_at = excluded.updated_at
    """,
    """
    DELETE FROM member_category c
    USING import_member i JOIN member m ON m.member_no = i.member_no
    WHERE c.member_id = m.id AND c.category <> ALL(i.categories)
    """,
    """
    INSERT INTO member_category (member_id, category, source, valid_until)
    SELECT m.id, unnest(i.categories), i.source, i.valid_until
    FROM import_member i JOIN member m ON m.member_no = i.member_no
    ON CONFLICT (member_id, category) DO UPDATE SET
        source = excluded.source, valid_until = excluded.valid_until
    """,
    # Last: whoever changes members asks for this row when it holds all others.
    "UPDATE pulse SET version = version + 1 WHERE topic = 'members'",
)
REDIGEST = """
    UPDATE member SET row_digest = fresh.row_digest
    FROM unnest($1::text[], $2::bytea[]) AS fresh (member_no, row_digest)
    WHERE member.member_no = fresh.member_no
"""
