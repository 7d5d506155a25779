"""`./run import members FILE` and `./run import stores FILE`: people and stores from a file.

Each refused row is a line on standard output, then a line with the figures. Refused
rows are no failure: the rest is in, and the mended file can be handed in whole.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy.ext.asyncio import AsyncEngine

from app.embedded.deployment import Deployment
from app.embedded.errors import DeploymentError
from app.embedded.progress import answer
from app.embedded.schema import migrate
from app.platform.clock import Clock
from app.platform.crypto import digester_of, sealer_of
from app.platform.db import create_engine, is_passing
from app.platform.errors import Refusal
from app.platform.pulse import follow_clock
from app.platform.settings import Settings
from app.shared.identity.callers import Actor
from app.shared.imports import (
    MEMBER_COLUMNS,
    STORE_COLUMNS,
    ChunkReport,
    ImportReport,
    RowRefusal,
    import_members,
    import_stores,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=("members", "stores"))
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV or XLSX file")
    parser.epilog = (
        "The first line names the columns, in any order. "
        f"members: {', '.join(MEMBER_COLUMNS.required)}; "
        f"if wanted {', '.join(MEMBER_COLUMNS.optional)}. "
        f"stores: {', '.join(STORE_COLUMNS.required)}."
    )


def run(arguments: argparse.Namespace) -> int:
    with _open(arguments.file) as file, Deployment(arguments.data) as settings:
        migrate(settings)
        report = asyncio.run(_import(arguments.kind, file, settings))
    answer(
        f"{report.read} rows read: {report.added} added, {report.changed} changed, "
        f"{report.unchanged} unchanged, {report.refused} refused"
    )
    return 0


def _open(path: Path) -> BinaryIO:
    """The file, or a copy of it when it is a pipe: the encoding is found by a first reading."""
    try:
        file = path.open("rb")
        if file.seekable():
            return file
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's to close
        with file:
            shutil.copyfileobj(file, copy)
    except OSError as error:
        raise DeploymentError(f"cannot read {path}: {error.strerror}") from error
    return copy


async def _import(kind: str, file: BinaryIO, environment: Mapping[str, str]) -> ImportReport:
    settings = Settings.model_validate({name.lower(): value for name, value in environment.items()})
    engine = create_engine(settings)
    shown = _Shown(file)
    digester = digester_of(settings)
    actor = Actor.system("run import", digester)
    try:
        with shown.bar:
            if kind == "stores":
                return await import_stores(engine, file, actor=actor, on_chunk=shown.chunk)
            return await import_members(
                engine,
                sealer_of(settings),
                digester,
                file,
                actor=actor,
                today=(await _clock(engine)).today(),
                on_chunk=shown.chunk,
            )
    except Refusal as refusal:
        raise DeploymentError(_words(refusal)) from refusal
    except Exception as error:
        if not is_passing(error):
            raise
        raise DeploymentError(
            f"the database was lost after {shown.read} rows, which are in; run it again"
        ) from error
    finally:
        await engine.dispose()


async def _clock(engine: AsyncEngine) -> Clock:
    clock = Clock()
    async with engine.connect() as connection:
        await follow_clock(clock)(connection)
    return clock


class _Shown:
    """What the person at the keyboard sees while the file is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read = 0
        self.bar = Progress(
            BarColumn(),
            TextColumn("{task.fields[read]} rows"),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            disable=not sys.stderr.isatty(),
        )
        size = file.seek(0, 2)
        self._task = self.bar.add_task("", total=size, read=0)

    def chunk(self, chunk: ChunkReport) -> None:
        self.read += chunk.read
        self.bar.update(self._task, completed=self._file.tell(), read=self.read)
        if chunk.refusals:
            # The bar and the lines may share a terminal.
            self.bar.stop()
            for refused in chunk.refusals:
                answer(_line(refused))
            self.bar.start()


def _line(refused: RowRefusal) -> str:
    return f"line {refused.line}: {refused.code}: {refused.detail.en} · {refused.detail.zh}"


def _words(refusal: Refusal) -> str:
    """The refusal of a whole file in one line, every wrong column named."""
    wrong = [f"{error.pointer.rsplit('/', 1)[-1]}: {error.detail.en}" for error in refusal.errors]
    return "; ".join([refusal.detail.en.format_map(refusal.facts).removesuffix("."), *wrong])
