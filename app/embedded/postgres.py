"""The embedded PostgreSQL: one cluster a data folder, with durable commits."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from app.embedded.embedded_server import EmbeddedServer
from app.embedded.errors import DeploymentError
from app.embedded.progress import say

NAME = "five_gift_packs"
UNFINISHED = "postgres.unfinished-"
PROBE_S = 2.0

_CLUSTER = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
    # The password is 32 random bytes, which nobody guesses: stretching it would only cost each
    # new connection ten milliseconds of the service.
    "--set=scram_iterations=1",
    f"--username={NAME}",
)
_OLD_CLUSTER = tuple(
    option for option in _CLUSTER if "builtin" not in option and "--set" not in option
)
BUILTIN_LOCALE_SINCE = 17

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    # The default adds the rows' own values to messages: personal data in a log.
    "log_error_verbosity": "terse",
}


class Postgres(EmbeddedServer):
    name = "postgres"
    title = "PostgreSQL"
    # "Fast": transactions are rolled back, the rest is written out. Then "immediate".
    stop_signals = (signal.SIGINT, signal.SIGQUIT)

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}:{self.password}@127.0.0.1:{self.port}/{NAME}"

    def prepare(self) -> None:
        if not self.folder.exists():
            self._make_cluster()
        self.quarters.hand_over(self.folder)
        self._check_version()
        self._settle_pid_file()

    def command(self, port: int) -> Sequence[str | Path]:
        settings = {**_SETTINGS, "port": str(port)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self.quarters.binaries.postgres / "postgres", "-D", self.folder, *options]

    def standard_input(self, port: int) -> bytes:
        return b""

    def probe(self, port: int) -> int | None:
        return asyncio.run(self._probe(port))

    async def _probe(self, port: int) -> int | None:
        try:
            connection = await self._connect(port, NAME)
        except asyncpg.InvalidCatalogNameError:
            await self._create_database(port)
            return None
        except asyncpg.InvalidPasswordError as error:
            raise self.stranger(port) from error
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None
        try:
            folder = await connection.fetchval("SHOW data_directory")
        finally:
            await connection.close()
        if folder != str(self.folder):
            raise self.stranger(port)
        return self._recorded_pid()

    async def _create_database(self, port: int) -> None:
        connection = await self._connect(port, "postgres")
        try:
            await connection.execute(f"CREATE DATABASE {NAME}")
        finally:
            await connection.close()

    async def _connect(self, port: int, database: str) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            host="127.0.0.1",
            port=port,
            user=NAME,
            password=self.password,
            database=database,
            timeout=PROBE_S,
            ssl=False,
        )

    def _make_cluster(self) -> None:
        say(f"PostgreSQL {self.quarters.binaries.postgres_version}: making the database ...")
        for left_behind in self.folder.parent.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        # Made aside and then renamed: a cluster under its name is a whole one. Under a new
        # name every time, as the initdb of a killed launcher may still be writing.
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.folder.parent))
        password_file = self.folder.with_name("postgres.password")
        password_file.touch(mode=0o600)
        try:
            password_file.write_text(self.password)
            self.quarters.hand_over(password_file)
            self.quarters.hand_over(unfinished)
            self._run_initdb(unfinished, password_file)
        finally:
            password_file.unlink()
        unfinished.rename(self.folder)

    def _run_initdb(self, folder: Path, password_file: Path) -> None:
        binaries = self.quarters.binaries
        builtin = binaries.postgres_major >= BUILTIN_LOCALE_SINCE
        options = _CLUSTER if builtin else _OLD_CLUSTER
        log_start = self._open_log()
        with self._log_path.open("ab") as log:
            code = self.quarters.start(
                [binaries.postgres / "initdb", "-D", folder, f"--pwfile={password_file}", *options],
                log=log.fileno(),
                stdin=subprocess.DEVNULL,
            ).wait()
        if code:
            raise DeploymentError(
                f"PostgreSQL cannot make its files: {self._last_words(log_start)}"
            )

    def _check_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        major = self.quarters.binaries.postgres_major
        if made_by != str(major):
            raise DeploymentError(
                f"the data in {self.folder} was made by PostgreSQL {made_by}, this is {major}: "
                "use that version to dump it, or name another folder with --data"
            )

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _settle_pid_file(self) -> None:
        """Refuse a server that somebody else started here; forget one that is long gone.

        Left alone, PostgreSQL refuses to start whenever the number in the file is in use by
        any program: in a container, numbers come again after every restart.
        """
        pid = self._recorded_pid()
        if pid is None:
            return
        if _works_in(pid, self.folder):
            raise DeploymentError(
                f"another PostgreSQL (process {pid}) runs on {self.folder}: stop it first"
            )
        (self.folder / "postmaster.pid").unlink()


def _works_in(pid: int, folder: Path) -> bool:
    """Whether that process is a PostgreSQL of that folder, as far as this system tells."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == folder
        except FileNotFoundError:
            return False
    listed = subprocess.run(  # noqa: S603 - a number is all that varies
        ["/bin/ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return Path(listed.stdout.strip()).name == "postgres"
