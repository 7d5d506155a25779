"""The embedded Valkey: the turnstile's server, in memory only.

What it knows is repeated from the books, so it writes nothing to the disk.
"""

import signal
from collections.abc import Sequence
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.retry import Retry

from app.embedded.embedded_server import EmbeddedServer

PROBE_S = 1.0

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
save ""
appendonly no
daemonize no
"""


class Valkey(EmbeddedServer):
    name = "valkey"
    title = "Valkey"
    stop_signals = (signal.SIGTERM, signal.SIGKILL)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.quarters.hand_over(self.folder)

    def command(self, port: int) -> Sequence[str | Path]:
        return [self.quarters.binaries.valkey, "-"]

    def standard_input(self, port: int) -> bytes:
        # Not as arguments: those can be read by everybody on the machine.
        filled = _CONFIGURATION.format(port=port, password=self.password, folder=self.folder)
        return filled.encode()

    def probe(self, port: int) -> int | None:
        client = Redis(
            host="127.0.0.1",
            port=port,
            password=self.password,
            decode_responses=True,
            socket_timeout=PROBE_S,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            folder = client.config_get("dir")["dir"]
            pid = client.info("server")["process_id"]
        except AuthenticationError as error:
            raise self.stranger(port) from error
        except RedisError:
            return None
        finally:
            client.close()
        if folder != str(self.folder):
            raise self.stranger(port)
        return int(pid)
