"""The token endpoint's use case for staff: name, password, and the six digits of a second factor.

What was wrong of name and password nobody is told; that a code is due only who had both.
"""

from app.models.identity import Staff
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound
from app.shared.identity import second_factor
from app.shared.identity.refusals import code_required, code_wrong, invalid_grant
from app.shared.identity.sign_in import IssuedToken
from app.shared.identity.staff import tidy_name
from app.shared.identity.staff_door import (
    StaffDoor,
    find_account,
    lock_account,
    prove_password,
)
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.staff_sessions import open_session
from app.shared.identity.tokens import STAFF_LIFE_S, OwnTokens

RUN_TOKEN = Origin("", "run token")


async def staff_token(
    sessions: Sessions,
    clock: Clock,
    door: StaffDoor,
    *,
    name: str,
    password: str,
    code: str = "",
    origin: Origin,
) -> IssuedToken:
    """A shift's token and its sign-in. The scope is the account's roles, whatever was asked for.

    Raises `OAuthRefused` and, when too much was guessed, `QuotaExceeded`.
    """
    proven = await prove_password(
        sessions, door, name=tidy_name(name), password=password, origin=origin
    )
    if proven is None:
        raise invalid_grant()
    if proven.account.is_enrolled:
        if not code:
            raise code_required()
        await door.guesses.codes.attempt(proven.code_lane)
    async with sessions.begin() as session:
        account = await lock_account(session, proven.account)
        if account is None:
            raise invalid_grant()
        # Asked again: it may have been enrolled since its password was looked at.
        if account.is_enrolled and not await second_factor.use_code(
            session, door.sealer, staff_id=account.id, code=code
        ):
            raise code_wrong() if code else code_required()
        session_id = await open_session(session, clock, staff_id=account.id, origin=origin)
    if proven.account.is_enrolled:
        await door.guesses.codes.give_back(proven.code_lane)
    token = door.tokens.issue_staff(
        account.member(door.strict_roles, session_id), as_of=account.as_of
    )
    return IssuedToken(token, STAFF_LIFE_S, " ".join(sorted(account.roles)))


async def local_staff_token(
    sessions: Sessions, clock: Clock, tokens: OwnTokens, *, name: str
) -> str:
    """A token without password or code, for one machine's own use. Raises `NotFound`."""
    async with sessions.begin() as session:
        found = await find_account(session, Staff.name == tidy_name(name))
        account = found and await lock_account(session, found)
        if account is None:
            raise NotFound()
        session_id = await open_session(session, clock, staff_id=account.id, origin=RUN_TOKEN)
    return tokens.issue_staff(account.member(frozenset(), session_id), as_of=account.as_of)
