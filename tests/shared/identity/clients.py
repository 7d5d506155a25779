"""Tills as they come in, fetch tokens and roll their secrets; and races among them."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import event, select, text

from app.models import identity
from app.platform.pages import PageRequest
from app.routers.rooms import Rooms
from app.shared.identity import devices, onboarding_codes
from app.shared.identity.callers import Till
from app.shared.identity.device_secrets import roll_secret
from app.shared.identity.devices import Device
from app.shared.identity.onboarding import Onboarded, onboard
from app.shared.identity.onboarding_codes import MadeCode, OpenCode
from app.shared.identity.onboarding_text import CodeTexts
from app.shared.identity.owners import Owner
from app.shared.identity.refusals import OAuthRefused
from app.shared.identity.sign_in import till_token
from tests.factories import Factory

WAITING = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
""")
ROW_LOCK = re.compile(r" FOR (NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)( OF \w+)?")


@dataclass
class Clients:
    make: Factory

    @property
    def rooms(self) -> Rooms:
        return self.make.rooms

    @property
    def texts(self) -> CodeTexts:
        return CodeTexts(self.rooms.sealer, self.rooms.digester)

    async def code(self, owner: Owner | None = None) -> MadeCode:
        """A fresh code of that owner, or of a new store."""
        rooms, owner = self.rooms, owner or Owner(store_id=await self.make.store())
        return await onboarding_codes.create_onboarding_code(
            rooms.sessions,
            rooms.clock,
            self.texts,
            self.make.once,
            actor=self.make.actor,
            owner=owner,
        )

    async def come_in(self, code: str) -> Onboarded:
        rooms = self.rooms
        return await onboard(
            rooms.sessions, rooms.clock, self.texts, actor=self.make.actor, code=code, name="1 号机"
        )

    async def connected(self, owner: Owner | None = None) -> Onboarded:
        """A client that has fetched its first token."""
        client = await self.come_in((await self.code(owner)).onboarding_code)
        await self.fetch(client.client_id, client.client_secret)
        return client

    async def fetch(self, client_id: object, secret: str) -> Till:
        """Whom a token stands for that is fetched now. Raises `OAuthRefused`."""
        rooms = self.rooms
        issued = await till_token(
            rooms.sessions,
            rooms.clock,
            rooms.own_tokens,
            rooms.refusals,
            actor=self.make.actor,
            client_id=str(client_id),
            secret=secret,
        )
        return rooms.own_tokens.verify_till(issued.access_token)

    async def works(self, client_id: object, secret: str) -> bool:
        try:
            await self.fetch(client_id, secret)
        except OAuthRefused:
            return False
        return True

    async def roll(self, client: Onboarded) -> str:
        """The pending secret."""
        store_id = client.store and client.store.id
        till = Till(client.client_id, store_id, None if store_id else client.merchant.id)
        return (
            await roll_secret(
                self.rooms.sessions, till=till, actor=till.acting(self.rooms.digester)
            )
        ).client_secret

    async def revoke(self, client_id: UUID, owner: Owner | None = None) -> Device:
        rooms = self.rooms
        return await devices.revoke_device(
            rooms.sessions, rooms.clock, actor=self.make.actor, device_id=client_id, owner=owner
        )

    async def devices(self, owner: Owner) -> list[Device]:
        rooms = self.rooms
        page = await devices.list_devices(
            rooms.sessions, rooms.clock, owner=owner, page=PageRequest(50)
        )
        return page.items

    async def open_codes(self, owner: Owner) -> list[OpenCode]:
        rooms = self.rooms
        page = await onboarding_codes.list_open_codes(
            rooms.sessions, rooms.clock, owner=owner, page=PageRequest(50)
        )
        return page.items

    async def show(self, owner: Owner, code_id: UUID) -> str:
        rooms = self.rooms
        return await onboarding_codes.show_code(
            rooms.sessions, rooms.clock, self.texts, owner=owner, code_id=code_id
        )

    async def sealed(self, code_id: UUID) -> bytes | None:
        """What the table has of a code's text."""
        async with self.rooms.sessions() as session:
            return (await session.get_one(identity.OnboardingCode, code_id)).code_sealed

    @asynccontextmanager
    async def holding(
        self, table: type[identity.OnboardingCode] | type[identity.StoreDevice], row_id: UUID
    ) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
        """Hold a row's lock meanwhile; what is given waits until so many others wait."""
        engine = self.rooms.engine
        # Outside a transaction: within one, the database shows the same activity for ever.
        watching = engine.execution_options(isolation_level="AUTOCOMMIT").connect()
        async with engine.begin() as holder, watching as watcher:
            await holder.execute(select(table.id).where(table.id == row_id).with_for_update())

            async def until_waiting(number: int) -> None:
                while await watcher.scalar(WAITING) != number:  # noqa: ASYNC110 (the database knows)
                    await asyncio.sleep(0.01)

            yield until_waiting

    @contextmanager
    def without_row_locks(self) -> Iterator[None]:
        """The control of a race: every statement reads as if its rows needed no lock."""

        def take_out(
            _c: object, _u: object, statement: str, parameters: object, *_: object
        ) -> tuple[str, object]:
            return ROW_LOCK.sub("", statement), parameters

        engine = self.rooms.engine.sync_engine
        event.listen(engine, "before_cursor_execute", take_out, retval=True)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", take_out)
