"""The token endpoint's use cases: a till's client credentials, a staff member's password.

Wrong credentials are `OAuthRefused` (RFC 6749), one answer for whatever was wrong.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Staff, StaffRole, Store, StoreDevice
from app.models.platform import Pulse
from app.models.states import Role
from app.platform.clock import Clock
from app.platform.db import AnyRow, Sessions
from app.platform.errors import NotFound, QuotaExceeded
from app.platform.ids import new_id
from app.platform.pulse import ACCESS
from app.shared.identity.callers import Actor, StaffMember, Till
from app.shared.identity.device_secrets import (
    SECRET_COLUMNS,
    DeviceSecrets,
    new_secret,
    secret_digest,
)
from app.shared.identity.passwords import is_password
from app.shared.identity.refusals import invalid_client, invalid_grant
from app.shared.identity.seen import is_due
from app.shared.identity.staff import tidy_name
from app.shared.identity.tokens import STAFF_LIFE_S, TILL_LIFE_S, OwnTokens
from app.shared.ledger import Act, Refusals, write
from app.shared.limits import GuessBudget

LOCAL_DEVICE = "run token"
SIGN_IN, FETCH_TOKEN = "staff.sign_in", "device.fetch_token"

_SIGNING_IN = select(
    Staff.id,
    Staff.name,
    Staff.password_hash,
    Staff.password_version,
    select(func.array_agg(StaffRole.role))
    .where(StaffRole.staff_id == Staff.id)
    .scalar_subquery()
    .label("roles"),
    # Read with the account, in one statement: the token says as of when it is true.
    select(Pulse.version).where(Pulse.topic == ACCESS).scalar_subquery().label("as_of"),
).where(Staff.disabled_at.is_(None))


@dataclass(frozen=True, slots=True)
class IssuedToken:
    access_token: str
    expires_in: int
    scope: str


async def staff_token(
    sessions: Sessions,
    tokens: OwnTokens,
    guesses: GuessBudget,
    refusals: Refusals,
    *,
    actor: Actor,
    name: str,
    password: str,
) -> IssuedToken:
    """A shift's token. The scope is the account's roles, whatever was asked for.

    The ledger has who came in, and how often somebody failed to; of a name that is no
    account's it has nothing, for it may be a password that slipped. Raises `OAuthRefused`
    and, after too many wrong passwords for a name, `QuotaExceeded`; unknown names take as
    long and count the same.
    """
    name = tidy_name(name)
    try:
        await guesses.attempt(name)
    except QuotaExceeded as spent:
        refusals.note(Act(actor, SIGN_IN, "staff", None, refusal=spent.code))
        raise
    async with sessions() as session:
        row = (await session.execute(_SIGNING_IN.where(Staff.name == name))).one_or_none()
    if not await is_password(password, row.password_hash if row else None) or row is None:
        refused = invalid_grant()
        whose = None if row is None else row.id
        refusals.note(Act(actor, SIGN_IN, "staff", whose, refusal=refused.error))
        raise refused
    await guesses.give_back(name)
    async with sessions.begin() as session:
        await write(session, [Act(_who(actor, row), SIGN_IN, "staff", row.id)])
    return _shift(tokens, row)


async def till_token(
    sessions: Sessions,
    clock: Clock,
    tokens: OwnTokens,
    refusals: Refusals,
    *,
    actor: Actor,
    client_id: str,
    secret: str,
) -> IssuedToken:
    """Half an hour's token. A pending secret takes over by being used here.

    Notes that the device was seen. The ledger has a secret's first use and wrong ones, not
    every token. Raises `OAuthRefused`.
    No budget of guesses: a secret is 256 random bits, and a budget would let
    whoever knows a client's id keep it out.
    """
    device_id = _client_id(client_id)
    async with sessions.begin() as session:
        row = (
            await session.execute(
                select(
                    StoreDevice.store_id,
                    StoreDevice.merchant_id,
                    *SECRET_COLUMNS,
                    StoreDevice.first_token_at,
                    StoreDevice.last_seen_at,
                )
                .where(StoreDevice.id == device_id, StoreDevice.revoked_at.is_(None))
                .with_for_update(key_share=True)
            )
        ).one_or_none()
        now = clock.now()
        known = None if row is None else DeviceSecrets.of(row)
        after = None if known is None else known.after(secret, now)
        if row is None or after is None:
            refused = invalid_client()
            whose = None if row is None else device_id
            refusals.note(Act(actor, FETCH_TOKEN, "device", whose, refusal=refused.error))
            raise refused
        changes: dict[str, Any] = {} if after == known else after.values
        if row.first_token_at is None or is_due(row.last_seen_at, now):
            changes |= {"first_token_at": row.first_token_at or now, "last_seen_at": now}
        if changes:
            await session.execute(
                update(StoreDevice).where(StoreDevice.id == device_id).values(**changes)
            )
        till = Till(device_id, row.store_id, row.merchant_id)
        if after != known or row.first_token_at is None:
            await write(session, [_first_use(till, actor, at=now)])
    return IssuedToken(tokens.issue_till(till), TILL_LIFE_S, "store")


async def local_staff_token(sessions: Sessions, tokens: OwnTokens, *, name: str) -> str:
    """A token without a password, for one machine's own use. Raises `NotFound`."""
    async with sessions() as session:
        statement = _SIGNING_IN.where(Staff.name == tidy_name(name))
        row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound()
    return _shift(tokens, row).access_token


async def local_till_token(
    sessions: Sessions, clock: Clock, tokens: OwnTokens, *, store_no: str
) -> str:
    """A token of the store's device for local use, which is made when there is none.

    Nobody knows that device's secret. Raises `NotFound`.
    """
    async with sessions.begin() as session:
        store_id = await session.scalar(
            select(Store.id).where(Store.store_no == store_no).with_for_update()
        )
        if store_id is None:
            raise NotFound()
        device_id = await session.scalar(
            select(StoreDevice.id)
            .where(
                StoreDevice.store_id == store_id,
                StoreDevice.name == LOCAL_DEVICE,
                StoreDevice.revoked_at.is_(None),
            )
            .limit(1)
        )
        if device_id is None:
            device_id = await _local_device(session, store_id, clock.now())
    return tokens.issue_till(Till(device_id, store_id, None))


async def _local_device(session: AsyncSession, store_id: UUID, now: datetime) -> UUID:
    device = StoreDevice(
        id=new_id(),
        store_id=store_id,
        name=LOCAL_DEVICE,
        secret_digest=secret_digest(new_secret()),
        first_token_at=now,
        created_at=now,
    )
    session.add(device)
    await session.flush()
    return device.id


def _who(actor: Actor, row: AnyRow) -> Actor:
    """Now it is known who called, from the same place, in the same request."""
    return _account(row).acting(actor.digester, address=actor.origin, request_id=actor.request_id)


def _first_use(till: Till, actor: Actor, *, at: datetime) -> Act:
    who = till.acting(actor.digester, request_id=actor.request_id)
    return Act(who, "device.use_secret", "device", till.device_id, at=at)


def _account(row: AnyRow) -> StaffMember:
    return StaffMember(row.id, row.name, frozenset(Role(role) for role in row.roles or ()))


def _shift(tokens: OwnTokens, row: AnyRow) -> IssuedToken:
    staff = _account(row)
    token = tokens.issue_staff(staff, password_version=row.password_version, as_of=row.as_of)
    return IssuedToken(token, STAFF_LIFE_S, " ".join(sorted(staff.roles)))


def _client_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise invalid_client() from error
