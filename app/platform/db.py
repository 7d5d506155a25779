"""PostgreSQL: the engine, and which of its errors mean "not now".

A request must end within four seconds whatever the database does, so every
wait has a limit well below that.
"""

import asyncio
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, ColumnElement, Row, Select, Uuid, any_, bindparam
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.platform.settings import Settings

Sessions = async_sessionmaker[AsyncSession]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnyId: TypeAlias = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]

CONNECT_TIMEOUT_S = 2.0
POOL_TIMEOUT_S = 2.0
STATEMENT_TIMEOUT_MS = 3_000
LOCK_TIMEOUT_MS = 2_000
COMMAND_TIMEOUT_S = 3.2

# What a healthy retry cures: lost or refused connections, full servers,
# deadlocks, lock and statement timeouts, a server that starts or stops, one that a
# failover has just made read-only, a transaction that idled because we were asleep.
_PASSING_SQLSTATES = ("08", "53", "57", "40", "55P03", "25006", "25P03")


def create_engine(
    settings: Settings,
    *,
    pool_size: int | None = None,
    command_timeout_s: float | None = COMMAND_TIMEOUT_S,
) -> AsyncEngine:
    """A pool of connections with their time limits; its size is the setting's unless given.

    `command_timeout_s` of None is for commands that nobody waits for at the edge.
    """
    return create_async_engine(
        str(settings.database_url),
        pool_size=pool_size or settings.database_pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        # An error of the database is logged; the values of its statement may be anybody's.
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": command_timeout_s,
            "server_settings": {
                "application_name": "five-gift-packs",
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": "10000",
            },
        },
    )


def create_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


async def one_statement(session: AsyncSession) -> AsyncConnection:
    """The session's connection, each statement of which is committed by itself: for a hot path
    where nothing is locked and nothing must be undone if a later one fails. A transaction would
    cost two more round trips."""
    return await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


def is_one_of(column: AnyId, ids: str) -> ColumnElement[bool]:
    """`column` is one of the ids bound as `:ids`, by one text however many they are: each
    connection prepares it once."""
    return column == any_(bindparam(ids, type_=ARRAY(Uuid)))


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five letters, if the error came from the server."""
    while error is not None:
        state = getattr(error, "sqlstate", None)
        if isinstance(state, str):
            return state
        cause = getattr(error, "orig", None) or error.__cause__
        if cause is None or cause is error:
            return None
        error = cause
    return None


def is_passing(error: BaseException) -> bool:
    """Whether the error says "not now" (503) and not "you have a bug" (500)."""
    if isinstance(error, PoolTimeout | TimeoutError | asyncio.TimeoutError | OSError):
        return True
    state = sqlstate(error)
    if state is not None:
        return state.startswith(_PASSING_SQLSTATES)
    if isinstance(error, asyncpg.InterfaceError):
        return True
    if isinstance(error, InterfaceError | OperationalError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_unholdable(error: BaseException) -> bool:
    """Whether a value was sent that a schema let through and the database will not hold."""
    return (sqlstate(error) or "").startswith("22")
