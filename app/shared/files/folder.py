"""A folder of this machine, or one that all machines mount."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

from app.shared.files.stored import PART_BYTES, BytesMissing, StoredBytes


class Folder:
    """Each key is a file below `root`. Files are readable by this process's user alone."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, content: BinaryIO) -> None:
        await asyncio.to_thread(_put, self._root / key, content)

    async def open(self, key: str) -> StoredBytes:
        try:
            file = await asyncio.to_thread((self._root / key).open, "rb")
        except FileNotFoundError as error:
            raise BytesMissing(key) from error
        return StoredBytes(os.fstat(file.fileno()).st_size, _parts(file))

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(_delete, self._root / key)


def _put(path: Path, content: BinaryIO) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=_unfinished(path))
    try:
        with os.fdopen(fd, "wb") as file:
            copyfileobj(content, file, PART_BYTES)
            file.flush()
            os.fsync(fd)
        Path(name).replace(path)
        _sync_folder(path.parent)
    finally:
        # After the renaming there is nothing of that name.
        Path(name).unlink(missing_ok=True)


def _delete(path: Path) -> None:
    with suppress(FileNotFoundError):
        # What a killed process was writing goes with the key that it was for.
        for left in path.parent.glob(f"{_unfinished(path)}*"):
            left.unlink(missing_ok=True)
        path.unlink()
        _sync_folder(path.parent)


def _unfinished(path: Path) -> str:
    return f".{path.name}."


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


async def _parts(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while part := await asyncio.to_thread(file.read, PART_BYTES):
            yield part
