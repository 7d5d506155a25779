"""The references over HTTP: FastAPI, one route a design, the service's own token checks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel
from redis.asyncio import BlockingConnectionPool, Redis
from sqlalchemy.ext.asyncio import create_async_engine

from app.embedded.external import plain_url
from app.platform.crypto import KeyRing, digester_of, sealer_of
from app.platform.db import create_sessions
from app.platform.errors import Refusal
from app.platform.settings import Settings
from app.shared.identity.callers import Till
from app.shared.identity.provider import MemberTokens
from app.shared.identity.tokens import OwnTokens
from benchmarks.references import claims, redemptions, shop
from benchmarks.references.codes import Codes

CONNECTIONS, REDIS_CONNECTIONS, PATIENCE_S = 10, 32, 60


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings = Settings()
    # Nobody is turned away here, however long the queue: a reference that says "not now" would
    # look faster than it is.
    engine = create_async_engine(
        str(settings.database_url), pool_size=CONNECTIONS, max_overflow=0, pool_timeout=PATIENCE_S
    )
    redis = Redis.from_pool(
        BlockingConnectionPool.from_url(
            str(settings.redis_url), max_connections=REDIS_CONNECTIONS, timeout=PATIENCE_S
        )
    )
    sealer, digester = sealer_of(settings), digester_of(settings)
    async with (
        httpx.AsyncClient() as client,
        asyncpg.create_pool(
            plain_url(str(settings.database_url)),
            min_size=CONNECTIONS,
            max_size=CONNECTIONS,
        ) as pool,
    ):
        app.state.sessions, app.state.redis, app.state.pool = create_sessions(engine), redis, pool
        app.state.take = redis.register_script(claims.TAKE)
        app.state.members = MemberTokens(settings, client)
        app.state.own = OwnTokens(KeyRing.parse(settings.token_keys.get_secret_value()))
        app.state.codes = Codes(sealer, digester)
        yield
        await app.state.members.close()
    await redis.aclose()
    await engine.dispose()


app = FastAPI(lifespan=lifespan, openapi_url=None)


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401)
    return token


async def member_no(request: Request, authorization: Annotated[str, Header()] = "") -> str:
    try:
        number: str = await request.app.state.members.verify(_bearer(authorization))
    except Refusal as error:
        raise HTTPException(401) from error
    return number


async def till(request: Request, authorization: Annotated[str, Header()] = "") -> Till:
    try:
        found: Till = request.app.state.own.verify_till(_bearer(authorization))
    except Refusal as error:
        raise HTTPException(401) from error
    return found


Number = Annotated[str, Depends(member_no)]
Device = Annotated[Till, Depends(till)]
Key = Annotated[str, Header(alias="Idempotency-Key")]


class Presented(BaseModel):
    code: str


@app.post("/noop")
async def noop(number: Number) -> dict[str, bool]:
    return {"ok": True}


@app.get("/noop")
async def read_noop(number: Number) -> dict[str, bool]:
    return {"ok": True}


@app.put("/noop")
async def till_noop(device: Device, presented: Presented) -> dict[str, bool]:
    return {"ok": True}


@app.post("/row_lock/{pool_id}/claims", status_code=201)
async def row_lock(request: Request, pool_id: UUID, number: Number, key: Key) -> dict[str, Any]:
    state = request.app.state
    return await claims.row_lock(state.sessions, state.codes, pool_id, number, key)


@app.post("/one_statement/{pool_id}/claims", status_code=201)
async def one_statement(
    request: Request, pool_id: UUID, number: Number, key: Key
) -> dict[str, Any]:
    state = request.app.state
    return await claims.one_statement(state.pool, state.codes, pool_id, number, key)


@app.post("/skip_locked/{pool_id}/claims", status_code=201)
async def skip_locked(request: Request, pool_id: UUID, number: Number, key: Key) -> dict[str, Any]:
    state = request.app.state
    return await claims.skip_locked(state.pool, state.codes, pool_id, number, key)


@app.post("/redis_decrement/{pool_id}/claims", status_code=201)
async def redis_decrement(
    request: Request, pool_id: UUID, number: Number, key: Key
) -> dict[str, Any]:
    state = request.app.state
    return await claims.redis_decrement(state.take, state.pool, state.codes, pool_id, number, key)


@app.put("/orm/redemptions/{redemption_no}", status_code=201)
async def redeem(
    request: Request, redemption_no: str, device: Device, presented: Presented
) -> dict[str, Any]:
    state = request.app.state
    return await redemptions.one_transaction(
        state.sessions, state.codes, device, redemption_no, presented.code
    )


@app.post("/shop/orders", status_code=201)
async def order(request: Request, basket: shop.Basket, number: Number, key: Key) -> dict[str, Any]:
    return await shop.order(request.app.state.sessions, basket, number, key)
