"""Staff as they sign in, enrol a second factor and use it; and races among them."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from sqlalchemy import Update, event, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.models import identity
from app.models.states import District, Role
from app.platform.db import AnySelect
from app.platform.pages import PageRequest
from app.routers.rooms import Rooms
from app.shared.identity import own_account, second_factor, staff, staff_sessions, totp
from app.shared.identity.callers import Actor, Districts, StaffMember
from app.shared.identity.own_account import OwnAccount
from app.shared.identity.refusals import OAuthRefused
from app.shared.identity.staff import StaffAccount
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.staff_sessions import SignIn
from app.shared.identity.staff_sign_in import staff_token
from tests.factories import Factory
from tests.shared.identity.clients import WAITING

NAME, PASSWORD = "林主任", "correct horse battery"
HERE = Origin("203.0.113.7", "Chrome, Windows")
ELSEWHERE = Origin("198.51.100.23", "curl/8.5.0")
USED_ONCE = re.compile(r"second_factor\.last_step < (\$\d+::BIGINT)")


@dataclass
class Office:
    make: Factory

    @property
    def rooms(self) -> Rooms:
        return self.make.rooms

    async def account(
        self, *roles: Role, name: str = NAME, districts: Iterable[District] | None = None
    ) -> StaffAccount:
        rooms = self.rooms
        limited_to: Districts = None if districts is None else frozenset(districts)
        return await staff.create_staff(
            rooms.sessions,
            rooms.clock,
            self.make.once,
            actor=self.make.actor,
            name=name,
            password=PASSWORD,
            roles=roles or (Role.ADMINISTRATOR,),
            districts=limited_to,
        )

    async def sign_in(
        self,
        name: str = NAME,
        password: str = PASSWORD,
        code: str = "",
        *,
        origin: Origin = HERE,
        rooms: Rooms | None = None,
    ) -> StaffMember:
        """Whom the token stands for, in this process or in another one's `rooms`."""
        rooms = rooms or self.rooms
        issued = await staff_token(
            rooms.sessions,
            rooms.clock,
            rooms.staff_door,
            rooms.refusals,
            actor=Actor.unknown(rooms.digester, origin=origin.address, request_id="sign-in"),
            name=name,
            password=password,
            code=code,
            origin=origin,
        )
        return rooms.own_tokens.verify_staff(issued.access_token).staff

    async def refusal(self, *arguments: str, origin: Origin = HERE) -> str:
        """Why a sign-in did not succeed."""
        try:
            await self.sign_in(*arguments, origin=origin)
        except OAuthRefused as refused:
            return refused.error
        return "signed in"

    async def sessions(self, account: StaffAccount, *, active: bool | None = None) -> list[SignIn]:
        page = await staff_sessions.list_sessions(
            self.rooms.sessions, staff_id=account.id, page=PageRequest(50), active=active
        )
        return page.items

    async def reload(self) -> None:
        """What the pulse does within half a second."""
        async with self.rooms.engine.connect() as connection:
            await self.rooms.access.reload(connection)

    async def begin(self, member: StaffMember) -> bytes:
        """An enrolment that was begun: its secret."""
        rooms = self.rooms
        begun = await second_factor.begin_enrolment(
            rooms.sessions,
            rooms.clock,
            rooms.sealer,
            staff=member,
            actor=member.acting(rooms.digester),
        )
        return totp.read_secret(begun.secret)

    async def confirm(self, member: StaffMember, code: str, password: str = PASSWORD) -> OwnAccount:
        rooms = self.rooms
        return await own_account.confirm_factor(
            rooms.sessions,
            rooms.clock,
            rooms.staff_door,
            self.make.once,
            staff=member,
            actor=member.acting(rooms.digester),
            origin=HERE,
            password=password,
            code=code,
        )

    async def remove(self, member: StaffMember, code: str, password: str = PASSWORD) -> OwnAccount:
        rooms = self.rooms
        return await own_account.remove_factor(
            rooms.sessions,
            rooms.clock,
            rooms.staff_door,
            self.make.once,
            staff=member,
            actor=member.acting(rooms.digester),
            origin=HERE,
            password=password,
            code=code,
        )

    async def enrolled(self, member: StaffMember) -> bytes:
        """The secret of a confirmed second factor, whose code of this half minute is used."""
        secret = await self.begin(member)
        await self.confirm(member, code_now(secret))
        return secret

    async def forget_codes(self) -> None:
        """Half a minute passes, and another: codes are fresh again."""
        async with self.rooms.sessions.begin() as session:
            await session.execute(update(identity.SecondFactor).values(last_step=0))

    async def factor(self, account: StaffAccount) -> identity.SecondFactor:
        """The row of the account's only second factor so far."""
        async with self.rooms.sessions() as session:
            found = await session.scalars(
                select(identity.SecondFactor).where(identity.SecondFactor.staff_id == account.id)
            )
            return found.one()

    @asynccontextmanager
    async def holding(
        self, locking: AnySelect | Update
    ) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
        """Hold what a statement locks; what is given waits until so many others wait."""
        engine = self.rooms.engine
        # Outside a transaction: within one, the database shows the same activity for ever.
        watching = engine.execution_options(isolation_level="AUTOCOMMIT").connect()
        async with engine.begin() as holder, watching as watcher:
            await holder.execute(locking)

            async def until_waiting(number: int) -> None:
                while await watcher.scalar(WAITING) != number:  # noqa: ASYNC110 (the database knows)
                    await asyncio.sleep(0.01)

            yield until_waiting

    @contextmanager
    def codes_good_for_ever(self, *engines: AsyncEngine) -> Iterator[None]:
        """The control of a race: using a code does not ask whether it was used."""

        def take_out(
            _c: object, _u: object, statement: str, parameters: object, *_: object
        ) -> tuple[str, object]:
            return USED_ONCE.sub(r"\1 > 0", statement), parameters

        for engine in engines:
            event.listen(engine.sync_engine, "before_cursor_execute", take_out, retval=True)
        try:
            yield
        finally:
            for engine in engines:
                event.remove(engine.sync_engine, "before_cursor_execute", take_out)


def code_now(secret: bytes, drift: int = 0) -> str:
    """What an authenticator shows, whose clock is that many steps ahead."""
    return totp.code_of(secret, int(time.time()) // totp.STEP_S + drift)


def next_code(secret: bytes) -> str:
    """The one after this half minute's: good already, and later than any that was used.

    Not the one before: it would be too old if the half minute ended on the way.
    """
    return code_now(secret, 1)
