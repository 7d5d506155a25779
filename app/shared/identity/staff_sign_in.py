"""The token endpoint's use case for staff: name, password, and the six digits of a second factor.

What was wrong of name and password nobody is told; that a code is due only who had both.
"""

from uuid import UUID

from app.models.identity import Staff
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import NotFound, QuotaExceeded
from app.shared.identity import second_factor
from app.shared.identity.callers import Actor
from app.shared.identity.refusals import (
    CODE_DUE,
    INVALID_GRANT,
    OAuthRefused,
    code_required,
    code_wrong,
    invalid_grant,
)
from app.shared.identity.sign_in import IssuedToken
from app.shared.identity.staff import tidy_name
from app.shared.identity.staff_door import (
    Proven,
    StaffDoor,
    Unproven,
    find_account,
    lock_account,
    prove_password,
)
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.staff_sessions import open_session
from app.shared.identity.tokens import STAFF_LIFE_S, OwnTokens
from app.shared.ledger import Act, Refusals, write

RUN_TOKEN = Origin("", "run token")
SIGN_IN = "staff.sign_in"


async def staff_token(
    sessions: Sessions,
    clock: Clock,
    door: StaffDoor,
    refusals: Refusals,
    *,
    actor: Actor,
    name: str,
    password: str,
    code: str = "",
    origin: Origin,
) -> IssuedToken:
    """A shift's token and its sign-in. The scope is the account's roles, whatever was asked for.

    The ledger has who came in, and how often somebody failed to; of a name that is no
    account's it has nothing, for it may be a password that slipped. Raises `OAuthRefused`
    and, when too much was guessed, `QuotaExceeded`.
    """

    def note(why: str, whose: UUID | None) -> None:
        refusals.note(Act(actor, SIGN_IN, "staff", whose, refusal=why))

    try:
        proven = await prove_password(
            sessions, door, name=tidy_name(name), password=password, origin=origin
        )
    except QuotaExceeded as spent:
        note(spent.code, None)
        raise
    if isinstance(proven, Unproven):
        note(INVALID_GRANT, proven.account_id)
        raise invalid_grant()
    try:
        return await _let_in(sessions, clock, door, actor=actor, proven=proven, code=code)
    except (OAuthRefused, QuotaExceeded) as refused:
        why = refused.error if isinstance(refused, OAuthRefused) else refused.code
        if why != CODE_DUE:
            note(why, proven.account.id)
        raise


async def _let_in(
    sessions: Sessions, clock: Clock, door: StaffDoor, *, actor: Actor, proven: Proven, code: str
) -> IssuedToken:
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
        session_id = await open_session(
            session, clock, staff_id=account.id, origin=proven.knock.origin
        )
        member = account.member(door.strict_roles, session_id)
        # Now it is known who called, from the same place, in the same request.
        who = member.acting(actor.digester, address=actor.origin, request_id=actor.request_id)
        await write(session, [Act(who, SIGN_IN, "staff", account.id)])
    if proven.account.is_enrolled:
        await door.guesses.codes.give_back(proven.code_lane)
    token = door.tokens.issue_staff(member, as_of=account.as_of)
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
