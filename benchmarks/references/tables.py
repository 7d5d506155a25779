"""The references' tables, in a schema of their own beside the service's."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.ids import new_id

_CREATE = (
    "CREATE SCHEMA IF NOT EXISTS reference",
    """CREATE TABLE IF NOT EXISTS reference.pool (
        id uuid PRIMARY KEY, total int NOT NULL, issued int NOT NULL DEFAULT 0,
        CHECK (0 <= issued AND issued <= total))""",
    """CREATE TABLE IF NOT EXISTS reference.voucher (
        id uuid PRIMARY KEY, pool_id uuid NOT NULL REFERENCES reference.pool,
        member_no text NOT NULL, request_key text NOT NULL,
        code_digest bytea NOT NULL UNIQUE, code_sealed bytea NOT NULL,
        state text NOT NULL DEFAULT 'issued', issued_at timestamptz NOT NULL DEFAULT now(),
        valid_until timestamptz NOT NULL DEFAULT now() + interval '7 days',
        UNIQUE (pool_id, member_no), UNIQUE (member_no, request_key))""",
    """CREATE TABLE IF NOT EXISTS reference.unit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        pool_id uuid NOT NULL REFERENCES reference.pool, voucher_id uuid)""",
    """CREATE INDEX IF NOT EXISTS unit_free ON reference.unit (pool_id, id)
        WHERE voucher_id IS NULL""",
    """CREATE TABLE IF NOT EXISTS reference.redemption (
        id uuid PRIMARY KEY, device_id uuid NOT NULL, redemption_no text NOT NULL,
        voucher_id uuid NOT NULL REFERENCES reference.voucher UNIQUE,
        redeemed_at timestamptz NOT NULL DEFAULT now(), UNIQUE (device_id, redemption_no))""",
    """CREATE TABLE IF NOT EXISTS reference.box (
        id uuid PRIMARY KEY, left_count int NOT NULL CHECK (left_count >= 0),
        per_person int NOT NULL, price_fen int NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS reference.box_order (
        id uuid PRIMARY KEY, member_no text NOT NULL, request_key text NOT NULL,
        site_id uuid NOT NULL, amount_fen int NOT NULL, state text NOT NULL DEFAULT 'placed',
        placed_at timestamptz NOT NULL DEFAULT now(),
        pay_before timestamptz NOT NULL DEFAULT now() + interval '15 minutes',
        UNIQUE (member_no, request_key))""",
    """CREATE TABLE IF NOT EXISTS reference.box_line (
        id uuid PRIMARY KEY, order_id uuid NOT NULL REFERENCES reference.box_order,
        box_id uuid NOT NULL REFERENCES reference.box, quantity int NOT NULL,
        price_fen int NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS box_line_of_order ON reference.box_line (order_id, box_id)",
)


async def create(engine: AsyncEngine) -> None:
    """Make them where they are missing."""
    async with engine.begin() as connection:
        for statement in _CREATE:
            await connection.exec_driver_sql(statement)


async def new_pool(engine: AsyncEngine, *, total: int, units: bool = False) -> UUID:
    """A pool of that many; with `units` also a row for each."""
    pool_id = new_id()
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO reference.pool (id, total) VALUES (:id, :total)"),
            {"id": pool_id, "total": total},
        )
        if units:
            await connection.execute(
                text(
                    "INSERT INTO reference.unit (pool_id) "
                    "SELECT :id FROM generate_series(1, :total)"
                ),
                {"id": pool_id, "total": total},
            )
    return pool_id


async def over_issued(engine: AsyncEngine, pool_id: UUID) -> bool:
    """Whether a reference gave out more than there was: then it is no reference."""
    async with engine.connect() as connection:
        row = (
            await connection.execute(
                text(
                    "SELECT p.total, (SELECT count(*) FROM reference.voucher v "
                    "WHERE v.pool_id = p.id) AS vouchers FROM reference.pool p WHERE p.id = :id"
                ),
                {"id": pool_id},
            )
        ).one()
    return bool(row.vouchers > row.total)


async def new_box(engine: AsyncEngine, *, total: int, price_fen: int) -> UUID:
    """So many of a box, one a person."""
    box_id = new_id()
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO reference.box VALUES (:id, :total, 1, :price)"),
            {"id": box_id, "total": total, "price": price_fen},
        )
    return box_id


async def sold(engine: AsyncEngine, box_id: UUID) -> tuple[int, int]:
    """How many of a box are in orders, and how many are left."""
    async with engine.connect() as connection:
        row = (
            await connection.execute(
                text(
                    "SELECT (SELECT coalesce(sum(quantity), 0) FROM reference.box_line "
                    "WHERE box_id = b.id) AS sold, left_count FROM reference.box b WHERE id = :id"
                ),
                {"id": box_id},
            )
        ).one()
    return int(row.sold), int(row.left_count)
