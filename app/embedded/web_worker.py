"""One web worker: `python -m app.embedded.web_worker APPLICATION LISTENER_FD READY_FD`.

Started by `app.embedded.web` alone. It serves on a socket it is handed, says on the other
when it is ready, and does not outlive the process that started it.
"""

import os
import signal
import socket
import sys

import uvicorn

from app.embedded.launched import follow_the_launcher
from app.serving import configured, ears


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
    _Server(configured(application), ready).run(ears(listener))


def main() -> None:
    application, listener, ready, launcher = sys.argv[1], *map(int, sys.argv[2:])
    # uvicorn handles SIGTERM while it serves, and raises it anew when it has finished: by
    # then all is done. Before that, the launcher's end of `ready` tells whether to go on.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    follow_the_launcher(launcher)
    serve(application, socket.socket(fileno=listener), ready)


if __name__ == "__main__":
    main()
