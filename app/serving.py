"""How the application is served, by the image as by the local workers: `python -m app.serving
HOST PORT` serves it until SIGTERM, and then finishes what is in flight."""

import os
import socket
import sys
from typing import Any

import uvicorn

APPLICATION = "app.main:app"
# A request ends within four seconds by contract; only streams last longer.
FINISH_S = 8
# uvicorn's event loop lets in one connection a turn and listening socket. A turn of a busy process
# takes milliseconds, so a crowd would stand at the door for seconds: docs/adr/0051-the-door.md.
EARS = 32
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
    "timeout_keep_alive": 20,
    "timeout_graceful_shutdown": FINISH_S,
    # uvicorn listens again on the socket it is given, with its own figure.
    "backlog": 4096,
}


def configured(application: str, **more: Any) -> uvicorn.Config:
    """uvicorn's own default believes whoever calls from the same machine."""
    proxies = os.environ.get("FORWARDED_ALLOW_IPS", "")
    return uvicorn.Config(application, forwarded_allow_ips=proxies, **SERVED, **more)


def ears(listener: socket.socket) -> list[socket.socket]:
    """The same socket so many times: to a server as many to listen on."""
    return [listener, *(listener.dup() for _ in range(EARS - 1))]


def main() -> None:
    host, port = sys.argv[1], int(sys.argv[2])
    config = configured(APPLICATION, host=host, port=port)
    uvicorn.Server(config).run(ears(config.bind_socket()))


if __name__ == "__main__":
    main()
