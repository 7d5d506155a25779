"""What reads the wire: uvicorn's protocol, which answers before it reads whoever is turned away.

To read a request, make a task of it and lead it to the layer that refuses it costs a process a
third of a claim, and in an overload most requests are refused: little is left then for those
that were let in. On the wire it costs half of that. A request that arrives whole and without a
body (a press, a look) is answered on the spot with what the layer would say (`places.py`); any
other goes the usual way. docs/adr/0040-shedding-load.md.
"""

import re
from functools import cache
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.platform.ids import new_id
from app.routers.language import Language, negotiate
from app.routers.places import Load, count_turned_away, words_of
from app.shared.limits import Wait

# Under this name the application's lifespan hands it to whoever serves it.
LOAD = "load"

# After a refusal a connection is kept for so much less, at the most, than after other answers.
KEPT_ANEW_S = 5.0

# As long as an id is, so that the length that is told is right.
_ID_GOES_HERE = "-" * 36
_END = b"\r\n\r\n"
_WHOLE = re.compile(rb"((?:GET|POST|PUT|PATCH|DELETE) (/[^ ?]*))[^ ]* HTTP/1\.1\r\n")
# What comes with a body, or wants something of the connection.
_UNUSUAL = re.compile(
    rb"\r\n(?:content-length:(?! ?0\r)|transfer-encoding:|expect:|upgrade:|connection: *close)",
    re.IGNORECASE,
)
_TOKEN = re.compile(rb"\r\nauthorization: *([^\r]*)", re.IGNORECASE)
_LANGUAGE = re.compile(rb"\r\naccept-language: *([^\r]*)", re.IGNORECASE)


class Wire(HttpToolsProtocol):
    """Named by `app/serving.py`."""

    # A request has begun to come and has not ended. What a body looks like is its sender's
    # choice: nothing of one may be taken for the next request.
    _is_amid = False
    _kept_at = float("-inf")
    _head: ClassVar[list[tuple[bytes, bytes]]] = []
    _encoded_head: ClassVar[bytes] = b""

    def on_message_begin(self) -> None:
        self._is_amid = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._is_amid = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        load: Load | None = self.app_state.get(LOAD)
        if load is not None and load.may_refuse:
            wait = self._wait(data, load)
            if wait is not None:
                self.transport.write(self._not_now(data, wait))
                self._keep()
                return
        super().data_received(data)

    def _wait(self, data: bytes, load: Load) -> Wait | None:
        """What is said on the spot, if anything is."""
        found = _WHOLE.match(data)
        if found is None or not self._may_answer(data):
            return None
        if found[2].decode("latin-1") in load.always:
            return None
        token = _TOKEN.search(data)
        return load.wait_of(token[1] if token else b"", found[1])

    def _may_answer(self, data: bytes) -> bool:
        """Nothing else is under way on this connection, whoever is there reads what is written,
        and the request is whole and usual."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        return (
            not self._is_amid
            and not is_answering
            and not self.flow.write_paused
            and data.find(_END) == len(data) - len(_END)
            and _UNUSUAL.search(data) is None
        )

    def _keep(self) -> None:
        """As after any answer, the connection is kept for the next request, for a while. A crowd
        asks again in a second: its timers are set anew only now and then."""
        now = self.loop.time()
        if self.timeout_keep_alive_task is None or now - self._kept_at > KEPT_ANEW_S:
            self.on_response_complete()
            self._kept_at = now

    def _not_now(self, data: bytes, wait: Wait) -> bytes:
        count_turned_away(wait)
        spoken = _LANGUAGE.search(data)
        language = negotiate(spoken[1].decode("latin-1") if spoken else None)
        status, *words = _worded(wait, language)
        request_id = str(new_id()).encode()
        return status + self._usual_head() + request_id.join(words)

    def _usual_head(self) -> bytes:
        """Encoded once a second, as often as the server makes it anew."""
        head = self.server_state.default_headers
        if Wire._head is not head:
            Wire._head = head
            Wire._encoded_head = b"".join(b"%b: %b\r\n" % line for line in head)
        return Wire._encoded_head


@cache
def _worded(wait: Wait, language: Language) -> list[bytes]:
    """The line of its status, then the layer's own answer without a server's usual headers, cut
    where the request's id goes."""
    scope = {"type": "http", "headers": [(b"accept-language", language.encode())]}
    answer = words_of(wait, scope, _ID_GOES_HERE)
    head = b"".join(b"%b: %b\r\n" % line for line in answer.raw_headers)
    words = (head + b"\r\n" + bytes(answer.body)).split(_ID_GOES_HERE.encode())
    return [STATUS_LINE[answer.status_code], *words]
