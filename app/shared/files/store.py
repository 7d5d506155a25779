"""Where bytes are kept: what a folder and a bucket have in common, and which of them it is.

Keys are ours alone (`exports/<id>.csv`); nothing that a caller named is ever part of one.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from app.platform.settings import Settings
from app.shared.files.bucket import Bucket
from app.shared.files.folder import Folder
from app.shared.files.stored import BytesMissing, StoredBytes, StoreLost

__all__ = ["BytesMissing", "Store", "StoreLost", "StoredBytes", "folder_of", "open_store"]


class Store(Protocol):
    """Raises `StoreLost` where it cannot be reached, which is answered as 503."""

    async def put(self, key: str, content: BinaryIO) -> None:
        """Keep the content from where it stands to its end, in place of what had the key.

        Whole or not at all; when this returns it outlives a loss of power.
        """

    async def open(self, key: str) -> StoredBytes:
        """What was kept under the key. Raises `BytesMissing`."""

    async def delete(self, key: str) -> None:
        """Forget the key, and what broken-off attempts have left of it. None there: also well."""


@dataclass(frozen=True)
class _Nowhere:
    """No `FILES_URL` is set: everything but files works."""

    async def put(self, key: str, content: BinaryIO) -> None:
        raise StoreLost("FILES_URL is not set")

    async def open(self, key: str) -> StoredBytes:
        raise StoreLost("FILES_URL is not set")

    async def delete(self, key: str) -> None:
        raise StoreLost("FILES_URL is not set")


def folder_of(settings: Settings) -> Path | None:
    """Where the bytes lie, if `FILES_URL` names a folder; it is made with the first file."""
    url = urlsplit(settings.files_url or "")
    return Path(unquote(url.path)) if url.scheme == "file" else None


def open_store(settings: Settings) -> Store:
    """The store that `FILES_URL` names. Nothing is asked of it yet."""
    folder, url = folder_of(settings), urlsplit(settings.files_url or "")
    if folder is not None:
        return Folder(folder)
    if url.scheme == "s3":
        return Bucket(url.netloc, unquote(url.path).strip("/"), settings)
    return _Nowhere()
