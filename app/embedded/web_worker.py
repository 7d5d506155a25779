"""One web worker: `python -m app.embedded.web_worker APPLICATION LISTENER_FD READY_FD`.

Started by `app.embedded.web` alone. It serves on a socket it is handed, says on the other
when it is ready, and does not outlive the process that started it.
"""

import os
import signal
import socket
import sys
from typing import Any

import uvicorn

from app.embedded.launched import follow_the_launcher

# A request ends within four seconds by contract; only streams last longer.
FINISH_S = 8
# How it is served, here and by the image (Dockerfile).
SERVED: dict[str, Any] = {
    "loop": "uvloop",
    # httptools, and a process that is full says so before it reads a request.
    "http": "app.routers.wire:Wire",
    "ws": "none",
    "lifespan": "on",
    "access_log": False,
    "log_level": "warning",
    "server_header": False,
    # Longer than clients keep theirs (httpx: 5 s), so that it is not this side that
    # hangs up on a request just sent.
    "timeout_keep_alive": 15,
    "timeout_graceful_shutdown": FINISH_S,
    # uvicorn listens again on the socket it is given, with its own figure.
    "backlog": 4096,
}


class _Server(uvicorn.Server):
    """Tells the launcher when it has started."""

    def __init__(self, config: uvicorn.Config, ready: int) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        try:
            os.write(self._ready, b"1")
        except BrokenPipeError:  # The launcher has gone, or is stopping.
            self.should_exit = True
        os.close(self._ready)


def serve(application: str, listener: socket.socket, ready: int) -> None:
    """Serve until SIGTERM, then finish what is in flight."""
    # uvicorn's own default believes whoever calls from the same machine.
    proxies = os.environ.get("FORWARDED_ALLOW_IPS", "")
    config = uvicorn.Config(application, forwarded_allow_ips=proxies, **SERVED)
    _Server(config, ready).run([listener])


def main() -> None:
    application, listener, ready, launcher = sys.argv[1], *map(int, sys.argv[2:])
    # uvicorn handles SIGTERM while it serves, and raises it anew when it has finished: by
    # then all is done. Before that, the launcher's end of `ready` tells whether to go on.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    follow_the_launcher(launcher)
    serve(application, socket.socket(fileno=listener), ready)


if __name__ == "__main__":
    main()
