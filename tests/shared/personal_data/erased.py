"""Erasures as a service runs them, and what is left afterwards."""

from dataclasses import dataclass

from sqlalchemy import LargeBinary, select

from app.models import Base
from app.registrations import all_sealed
from app.routers.rooms import Rooms
from app.shared.identity.callers import Member
from app.shared.personal_data import DataKind, ErasureReport, Outcome, Subject, erase_member
from app.verification import verify


@dataclass
class Registry:
    """A deployment whose members ask to be erased."""

    rooms: Rooms

    async def erase(
        self, member: Member, kinds: tuple[DataKind, ...] | None = None
    ) -> ErasureReport:
        rooms = self.rooms
        return await erase_member(
            rooms.sessions,
            rooms.clock,
            rooms.sealer,
            rooms.digester,
            rooms.data_kinds if kinds is None else kinds,
            actor=member.acting(rooms.digester),
            subject=Subject(member.id, member.person_id),
            member_no=member.member_no,
        )

    async def faults(self) -> list[str]:
        """All that `verify` finds wrong."""
        rooms = self.rooms
        async with rooms.sessions() as session:
            found = verify(session, rooms.stock, rooms.sealer, rooms.digester)
            return [f"{check.name}: {fault}" async for check in found for fault in check.faults]

    async def everything(self) -> str:
        """All that stands in the database, sealed values opened."""
        sealed = {
            (str(field.column.class_.__tablename__), field.column.key): field
            for field in all_sealed()
        }
        texts: list[str] = []
        async with self.rooms.sessions() as session:
            for table in Base.metadata.sorted_tables:
                for row in await session.execute(select(table)):
                    for column, value in zip(table.columns, row, strict=True):
                        field = sealed.get((table.name, column.name))
                        if field is not None and value is not None:
                            texts.append(field.open(self.rooms.sealer, value))
                        elif not isinstance(column.type, LargeBinary):
                            texts.append(str(value))
        return "\n".join(texts)


def outcome_of(report: ErasureReport, kind: str) -> Outcome:
    (line,) = [line for line in report.lines if line.kind == kind]
    return line.outcome
