"""The file: a ZIP of tables as PostgreSQL's COPY writes them, of kept bytes, and a manifest.

The manifest comes last, so a file that was broken off has none; it names each part with its
length and SHA-256, and `check` reads all of them before anybody relies on one.
"""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 256 * 1024


class BackupUnreadable(Exception):
    """Not a backup of ours, or not whole. The message is one line."""


def table_path(name: str) -> str:
    return f"tables/{name}.copy"


def file_path(name: str) -> str:
    return f"files/{name}"


class Part(BaseModel):
    """`rows` of a table; None for bytes that were kept."""

    model_config = ConfigDict(frozen=True)

    name: str
    size: int
    sha256: str
    rows: int | None = None
    columns: tuple[str, ...] = ()

    @property
    def is_table(self) -> bool:
        return self.rows is not None

    @property
    def path(self) -> str:
        return table_path(self.name) if self.is_table else file_path(self.name)


class Manifest(BaseModel):
    """`taken_at` is the snapshot's real time. `files`: where their bytes were kept: `included`,
    `nowhere`, or the address of the bucket, which is not in the backup. `keys`: by list and
    version a fingerprint that tells keys apart and nothing about them (`keys.py`)."""

    format: int = FORMAT
    taken_at: str
    version: str
    revision: str
    postgres: str
    ledger_head: str | None
    files: str
    keys: dict[str, dict[str, str]]
    parts: list[Part]

    @property
    def rows(self) -> int:
        return sum(part.rows or 0 for part in self.parts)


class Writing:
    """A part under way: counts and digests what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Archive:
    """A backup that is being written. It has its name when it is whole, and before that none."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    @contextmanager
    def part(self, path: str, *, packed: bool) -> Iterator[Writing]:
        """`packed` squeezes it; pictures are squeezed already."""
        entry = zipfile.ZipInfo(path)
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._file.open(entry, "w", force_zip64=True) as stream:
            yield Writing(stream)

    def close_with(self, manifest: Manifest) -> None:
        self._file.writestr(MANIFEST, manifest.model_dump_json(indent=1))


@contextmanager
def new_archive(path: Path) -> Iterator[Archive]:
    """Write one at `path`, readable by its owner alone: it says who is a member."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(fd, "wb") as raw:
            with zipfile.ZipFile(raw, "w") as file:
                yield Archive(file)
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def open_archive(path: Path) -> Iterator["Reading"]:
    """Read one. Raises `BackupUnreadable`."""
    try:
        with zipfile.ZipFile(path) as file:
            yield Reading(file, _manifest(file))
    except OSError as error:
        raise BackupUnreadable(f"cannot read {path}: {error.strerror or error}") from error
    except zipfile.BadZipFile as error:
        raise BackupUnreadable(f"{path} is no backup, or was broken off") from error


def _manifest(file: zipfile.ZipFile) -> Manifest:
    try:
        found = Manifest.model_validate_json(file.read(MANIFEST))
    except (KeyError, ValidationError) as error:
        raise BackupUnreadable("it has no manifest: it is no backup, or was broken off") from error
    if found.format != FORMAT:
        raise BackupUnreadable(f"it has format {found.format}, this program reads {FORMAT}")
    return found


class Reading:
    """A backup with its manifest."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file = file
        self.manifest = manifest

    def open(self, part: Part) -> IO[bytes]:
        try:
            return self._file.open(part.path)
        except KeyError as error:
            raise BackupUnreadable(f"{part.path} is missing in it") from error

    def chunks(self, part: Part) -> Iterator[bytes]:
        with self.open(part) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def check(self) -> None:
        """Every part, to its last byte. Raises `BackupUnreadable`."""
        for part in self.manifest.parts:
            digest, size = hashlib.sha256(), 0
            for chunk in self.chunks(part):
                digest.update(chunk)
                size += len(chunk)
            if (size, digest.hexdigest()) != (part.size, part.sha256):
                raise BackupUnreadable(f"{part.path} is not what was written")
