"""Whether the server that runs this process has been told to stop.

uvicorn waits for answers that are under way, and an answer that never ends by itself has to be
told. It tells nobody: not the application (its shutdown comes after that wait), not whoever
reads from the connection. But its own signal handler is a method of the server.
"""

import signal


def server_is_stopping() -> bool:
    """False wherever no such server runs."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
