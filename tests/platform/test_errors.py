"""Refusals: one class a code, and what a passing trouble of the database is."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.platform.db import is_passing, sqlstate
from app.platform.errors import NotFound, Refusal, StateConflict, TemporarilyUnavailable, Words


def test_a_code_belongs_to_one_class() -> None:
    with pytest.raises(TypeError, match="not_found"):

        class Another(Refusal):
            status, code = 404, "not_found"
            title = detail = Words("无", "none")


def test_a_refusal_carries_its_facts_and_headers_of_its_own() -> None:
    one, other = StateConflict(state="ended"), StateConflict(state="paused")
    assert (one.facts, other.facts) == ({"state": "ended"}, {"state": "paused"})
    assert NotFound().headers == {}
    assert TemporarilyUnavailable(retry_after_s=3).headers == {"Retry-After": "3"}


def wrapped(error: Exception) -> DBAPIError:
    return DBAPIError("SELECT", {}, error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.AdminShutdownError("going"),
        asyncpg.TooManyConnectionsError("full"),
        asyncpg.DeadlockDetectedError("deadlock"),
        asyncpg.LockNotAvailableError("lock"),
        asyncpg.QueryCanceledError("statement timeout"),
        asyncpg.ConnectionDoesNotExistError("lost"),
        wrapped(asyncpg.DeadlockDetectedError("deadlock")),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
    ids=lambda error: f"{type(error).__name__}: {error}"[:40],
)
def test_what_a_retry_cures_passes(error: Exception) -> None:
    assert is_passing(error)


@pytest.mark.parametrize(
    "error",
    [
        wrapped(asyncpg.UndefinedTableError("no such table")),
        wrapped(asyncpg.CheckViolationError("check")),
        IntegrityError("INSERT", {}, asyncpg.UniqueViolationError("twice")),
        ValueError("a bug"),
        KeyError("a bug"),
    ],
    ids=lambda error: f"{type(error).__name__}: {error}"[:40],
)
def test_a_bug_does_not_pass(error: Exception) -> None:
    assert not is_passing(error)


def test_the_servers_own_code_is_found_however_deep_it_lies() -> None:
    on_the_way = RuntimeError("on the way")
    on_the_way.__cause__ = wrapped(asyncpg.UniqueViolationError("twice"))
    assert sqlstate(on_the_way) == "23505"
    assert sqlstate(ValueError("none")) is None
