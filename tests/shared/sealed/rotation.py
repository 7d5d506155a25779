"""Processes of one deployment at the four stages of a change of keys, on the same database."""

import io
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from sqlalchemy import text

from app.embedded.identity_provider import IdentityProvider
from app.main import open_rooms
from app.platform.settings import Settings
from app.registrations import all_sealed
from app.routers.rooms import Rooms
from app.shared.imports import ImportReport, import_members
from app.shared.sealed import inspect_seals
from app.shared.verification import Check
from tests.factories import Factory
from tests.tills import Counter

NEW = f",2:{b64encode(bytes(range(32))).decode()}"
TODAY = date(2026, 11, 24)
HEADER = "member_no,name,id_number,phone,district,categories"


@dataclass
class Process:
    """One process with its keys."""

    rooms: Rooms
    make: Factory

    @property
    def counter(self) -> Counter:
        return Counter(self.make)

    async def read_in(self, *rows: str) -> ImportReport:
        rooms, content = self.rooms, "\n".join([HEADER, *rows]).encode()
        return await import_members(
            rooms.engine,
            rooms.sealer,
            rooms.digester,
            io.BytesIO(content),
            actor=self.make.actor,
            today=TODAY,
        )

    async def checks(self) -> list[Check]:
        """What `verify` says of every sealed column."""
        rooms = self.rooms
        async with rooms.sessions() as session:
            found = inspect_seals(session, rooms.sealer, rooms.digester, all_sealed())
            return [check async for check in found]

    async def versions(self) -> set[str]:
        """Under which keys rows stand. Raises if one does not open, or is not found."""
        checks = await self.checks()
        assert not [check for check in checks if check.faults]
        return {figure for check in checks for figure in check.figures}

    async def fetch(self, sql: str) -> Sequence[object]:
        async with self.rooms.engine.connect() as connection:
            return (await connection.execute(text(sql))).all()


@dataclass
class Rotation:
    """The stages of docs/sealed-fields.md. Each is a process that starts anew."""

    settings: Settings
    provider: IdentityProvider
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def before(self) -> AbstractAsyncContextManager[Process]:
        """The old key alone."""
        return self._process()

    def announced(self) -> AbstractAsyncContextManager[Process]:
        """Both are known, the old one writes."""
        return self._process(added=NEW, writing=1)

    def exchanged(self) -> AbstractAsyncContextManager[Process]:
        """Both are known, the new one writes."""
        return self._process(added=NEW, writing=2)

    def after(self) -> AbstractAsyncContextManager[Process]:
        """The new key alone."""
        return self._process(only=NEW.lstrip(","))

    @asynccontextmanager
    async def _process(
        self, *, added: str = "", only: str | None = None, writing: int | None = None
    ) -> AsyncIterator[Process]:
        keys = {}
        for name in ("seal", "digest"):
            old = getattr(self.settings, f"{name}_keys").get_secret_value()
            keys[f"{name}_keys"] = only or old + added
            keys[f"{name}_key_writing"] = writing
        settings = Settings.model_validate({**self.settings.model_dump(), **keys})
        async with open_rooms(settings) as rooms:
            yield Process(rooms, Factory(rooms, self.provider, self._numbers))
