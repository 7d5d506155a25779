"""Four ways to give out limited vouchers, one request one transaction."""

from typing import Any
from uuid import UUID

import asyncpg
from fastapi import HTTPException
from sqlalchemy import func, select

from app.platform.db import Sessions
from app.platform.ids import new_id
from benchmarks.references.codes import Codes, NewCode
from benchmarks.references.orm import Pool, Voucher

SOLD_OUT = {"code": "sold_out"}
LIMIT_REACHED = {"code": "limit_reached"}

# The unit is taken, the limit kept (by a unique key) and the voucher written in one statement.
_ONE_STATEMENT = """
    WITH taken AS (
        UPDATE reference.pool SET issued = issued + 1
         WHERE id = $1 AND issued < total RETURNING id)
    INSERT INTO reference.voucher
           (id, pool_id, member_no, request_key, code_digest, code_sealed)
    SELECT $2, id, $3, $4, $5, $6 FROM taken
    RETURNING id, issued_at, valid_until"""

_SKIP_LOCKED = """
    WITH free AS (
        SELECT id FROM reference.unit WHERE pool_id = $1 AND voucher_id IS NULL
         ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED),
    taken AS (
        UPDATE reference.unit SET voucher_id = $2 FROM free
         WHERE unit.id = free.id RETURNING unit.pool_id)
    INSERT INTO reference.voucher
           (id, pool_id, member_no, request_key, code_digest, code_sealed)
    SELECT $2, pool_id, $3, $4, $5, $6 FROM taken
    RETURNING id, issued_at, valid_until"""

_INSERT = """
    INSERT INTO reference.voucher
           (id, pool_id, member_no, request_key, code_digest, code_sealed)
    VALUES ($2, $1, $3, $4, $5, $6)
    RETURNING id, issued_at, valid_until"""

# KEYS[1] units left, KEYS[2] who had one; ARGV[1] the member. 1 taken, 0 sold out, -1 had one.
TAKE = """
    if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return -1 end
    if tonumber(redis.call('GET', KEYS[1]) or '0') < 1 then return 0 end
    redis.call('DECR', KEYS[1])
    redis.call('SADD', KEYS[2], ARGV[1])
    return 1"""


async def row_lock(
    sessions: Sessions, codes: Codes, pool_id: UUID, number: str, key: str
) -> dict[str, Any]:
    """`SELECT … FOR UPDATE`, look, write, commit: what most teams write first."""
    async with sessions.begin() as session:
        pool = await session.scalar(select(Pool).where(Pool.id == pool_id).with_for_update())
        if pool is None:
            raise HTTPException(404)
        held = await session.scalar(
            select(func.count())
            .select_from(Voucher)
            .where(Voucher.pool_id == pool_id, Voucher.member_no == number)
        )
        if held:
            raise HTTPException(409, LIMIT_REACHED)
        if pool.issued >= pool.total:
            raise HTTPException(409, SOLD_OUT)
        code = codes.new()
        voucher = Voucher(
            id=new_id(),
            pool_id=pool_id,
            member_no=number,
            request_key=key,
            code_digest=code.digest,
            code_sealed=code.sealed,
        )
        session.add(voucher)
        pool.issued += 1
        await session.flush()
        await session.refresh(voucher, ["issued_at", "valid_until"])
        row = voucher.id, voucher.issued_at, voucher.valid_until
    # Only now: the block's end has committed.
    return {"id": row[0], "code": code.text, "issued_at": row[1], "valid_until": row[2]}


async def one_statement(
    pool: "asyncpg.Pool[asyncpg.Record]", codes: Codes, pool_id: UUID, number: str, key: str
) -> dict[str, Any]:
    """A conditional UPDATE and the INSERT in one round trip, on the bare driver."""
    return await _write(pool, _ONE_STATEMENT, codes.new(), pool_id, number, key)


async def skip_locked(
    pool: "asyncpg.Pool[asyncpg.Record]", codes: Codes, pool_id: UUID, number: str, key: str
) -> dict[str, Any]:
    """A row a unit: nobody waits for anybody."""
    return await _write(pool, _SKIP_LOCKED, codes.new(), pool_id, number, key)


async def redis_decrement(
    take: Any,
    pool: "asyncpg.Pool[asyncpg.Record]",
    codes: Codes,
    pool_id: UUID,
    number: str,
    key: str,
) -> dict[str, Any]:
    """Redis takes the unit, then one transaction writes the voucher.

    Whoever dies in between has lost a unit; mending that is what this leaves out.
    """
    taken = await take([f"reference:{pool_id}:left", f"reference:{pool_id}:had"], [number])
    if taken != 1:
        raise HTTPException(409, LIMIT_REACHED if taken < 0 else SOLD_OUT)
    return await _write(pool, _INSERT, codes.new(), pool_id, number, key)


async def _write(
    pool: "asyncpg.Pool[asyncpg.Record]",
    statement: str,
    code: NewCode,
    pool_id: UUID,
    number: str,
    key: str,
) -> dict[str, Any]:
    try:
        row = await pool.fetchrow(
            statement, pool_id, new_id(), number, key, code.digest, code.sealed
        )
    except asyncpg.UniqueViolationError as error:
        raise HTTPException(409, LIMIT_REACHED) from error
    if row is None:
        raise HTTPException(409, SOLD_OUT)
    return {**dict(row), "code": code.text}
