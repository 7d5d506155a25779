"""A request that is being served while the service is told to end."""

import socket
import time
from typing import Self

from answers import ANSWER_S, PORT
from callers import FORM, SIGN_IN, credentials
from engine import Fault


class LastRequest:
    """A sign-in whose body is held back: it is in the service's hands, and not finished."""

    def __init__(self, password: str) -> None:
        self._body = credentials(password)

    def __enter__(self) -> Self:
        self._socket = socket.create_connection(("127.0.0.1", PORT), ANSWER_S)
        lines = [
            f"POST {SIGN_IN} HTTP/1.1",
            "Host: service",
            f"Content-Type: {FORM}",
            f"Content-Length: {len(self._body)}",
            # Answered when the body is asked for, so by then the request is being served.
            "Expect: 100-continue",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        if b" 100 " not in self._socket.recv(1024):
            raise Fault("a request with a body to come is not asked for it")
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def wait_until_nobody_else_gets_in(self) -> None:
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", PORT), 1).close()
            except ConnectionRefusedError:
                return
            time.sleep(0.05)
        raise Fault("it still takes requests after SIGTERM")

    def finish(self) -> str:
        """Send the body; the answer, whole."""
        self._socket.sendall(self._body)
        with self._socket.makefile("rb") as answer:
            return answer.read().decode()
