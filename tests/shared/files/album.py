"""An album: a member's pictures kept, in this process's rooms."""

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import select

from app.models.files import File
from app.routers.rooms import Rooms
from app.shared import files
from app.shared.files import FileFacts, Store
from app.shared.files.pictures import read_picture
from app.shared.idempotency import KeyedRequest, Once
from app.shared.identity.callers import Member
from tests.shared.files.samples import encoded


@dataclass(frozen=True)
class Album:
    rooms: Rooms
    member: Member

    def over(self, store: Store) -> "Album":
        """The same over another store."""
        return replace(self, rooms=replace(self.rooms, store=store))

    async def keep(self, key: str = "press-1", content: bytes | None = None) -> FileFacts:
        picture = read_picture(BytesIO(content or encoded()))
        request = KeyedRequest(
            str(self.member.id), "upload", key, bytes.fromhex(picture.source_digest)[:16]
        )
        once = Once(request, self.rooms.digester, self.rooms.sealer)
        return await files.keep_picture(
            self.rooms.sessions,
            self.rooms.store,
            once.answering(201, lambda kept: f'{{"id": "{kept.id}"}}'),
            member_id=self.member.id,
            picture=picture,
        )

    async def attach(self, file_id: UUID) -> FileFacts:
        async with self.rooms.sessions.begin() as session:
            return await files.attach(session, file_id, member_id=self.member.id)

    async def remove(self, *file_ids: UUID) -> None:
        async with self.rooms.sessions.begin() as session:
            await files.remove(session, list(file_ids))

    async def find(self, file_id: UUID) -> FileFacts:
        return await files.find_own(self.rooms.sessions, file_id=file_id, member_id=self.member.id)

    async def rows(self) -> set[UUID]:
        async with self.rooms.sessions() as session:
            return set(await session.scalars(select(File.id)))

    async def row(self, file_id: UUID) -> File:
        async with self.rooms.sessions() as session:
            return await session.get_one(File, file_id)

    def bytes_kept(self) -> set[str]:
        """Names of the files in the store."""
        folder = self.folder()
        return {path.name for path in folder.iterdir()} if folder.exists() else set()

    def folder(self) -> Path:
        url: Any = urlsplit(self.rooms.settings.files_url or "")
        return Path(unquote(url.path)) / "pictures"

    def clear(self) -> None:
        for name in self.bytes_kept():
            (self.folder() / name).unlink()
