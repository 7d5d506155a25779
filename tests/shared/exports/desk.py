"""A desk where exports are asked for and made: this process's rooms, and a worker at hand."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Store
from app.models.states import ExportFormat, Role
from app.platform.errors import Words
from app.platform.jobs import Periodic
from app.platform.pages import Keyset
from app.routers.rooms import Rooms
from app.shared import exports
from app.shared.exports import Column, ExportFacts, Exports, Filters, Listing, Making
from app.shared.exports.make import make
from app.shared.identity.callers import StaffMember
from app.shared.outbox import bind
from app.worker import find_handlers
from tests.factories import Factory
from tests.shared.outbox.bench import Bench
from tests.shared.outbox.test_periodic import start

Between = Callable[[AsyncSession, Making, Sequence[Any]], Awaitable[None]]


async def work_off(rooms: Rooms, *, periodic: tuple[str, ...] = ("",)) -> None:
    """All that the workers of this deployment have to do now, with their periodic jobs, or those
    of them whose kinds begin so."""
    handlers = {
        kind: handler
        for kind, handler in bind(find_handlers(), rooms).items()
        if kind.startswith(periodic) or not isinstance(handler, Periodic)
    }
    bench = Bench(rooms.engine)
    await start(bench, handlers)
    await bench.work_off(handlers)


def stores_listing(between: Between | None = None) -> Listing[Any]:
    """A list of these tests: stores by number, `between` being called after each page."""
    return Listing(
        name="test.stores",
        title=Words("门店", "Stores"),
        columns=(Column("门店编号", "Store no.", lambda row: row[0]),),
        keyset=Keyset(Store.store_no),
        select=lambda filters, districts: select(Store.store_no, Store.id),
        shape=lambda row: row,
        roles=frozenset({Role.FINANCE}),
        log_access=between,
    )


@dataclass
class Desk:
    make_things: Factory
    staff: StaffMember
    rooms: Rooms

    def with_list(self, listing: Listing[Any]) -> "Desk":
        known = Exports({listing.name: listing}, self.rooms.exports.reading)
        return replace(self, rooms=replace(self.rooms, exports=known))

    async def ask(
        self,
        what: str = "test.stores",
        form: ExportFormat = ExportFormat.CSV,
        **filters: Any,
    ) -> ExportFacts:
        return await exports.request_export(
            self.rooms.sessions,
            self.rooms.clock,
            self.rooms.exports,
            self.make_things.once,
            staff=self.staff,
            actor=self.make_things.actor,
            what=what,
            filters=Filters(**filters),
            form=form,
        )

    async def make(self, export: ExportFacts) -> None:
        """One attempt of the worker's."""
        await make(
            UUID(int=1),
            {"export_id": str(export.id)},
            sessions=self.rooms.sessions,
            clock=self.rooms.clock,
            exports=self.rooms.exports,
            store=self.rooms.store,
        )

    async def find(self, export: ExportFacts) -> ExportFacts:
        return await exports.find_export(
            self.rooms.sessions,
            self.rooms.clock,
            self.rooms.exports,
            staff=self.staff,
            export_id=export.id,
        )

    async def content(self, export: ExportFacts) -> bytes:
        found = await self.find(export)
        stored = await exports.open_file(self.rooms.store, self.rooms.clock, found)
        return b"".join([part async for part in stored.parts])

    async def lines(self, export: ExportFacts) -> list[str]:
        """The rows of a CSV of one column."""
        text = (await self.content(export)).decode("utf-8-sig")
        return [line.strip('"') for line in text.splitlines()[1:]]
