"""The sandbox on loopback: the provider's paths, signed; and `/sandbox/…`, for whoever plays."""

import gzip
import json
import re
from dataclasses import asdict
from datetime import date
from hashlib import sha1
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from app.embedded.wechat_pay.keys import private_key_of
from app.embedded.wechat_pay.protocol import Refused, check_request, signature_headers, written
from app.embedded.wechat_pay.sandbox import Sandbox

DOWNLOAD = "/v3/billdownload/file"


class SandboxServer:
    """As a context manager it serves at `url`."""

    def __init__(self, sandbox: Sandbox, *, port: int = 0) -> None:
        self.sandbox, self._port = sandbox, port
        self.key = private_key_of(sandbox.merchant).public_key()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.sandbox, self._server.key = self.sandbox, self.key
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._server.url = self.url
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.sandbox.notifier.start()
        return self

    def use(self, sandbox: Sandbox) -> None:
        """Serve another one from now on, of the same merchant; it starts its own notifier."""
        self.sandbox = self._server.sandbox = sandbox

    def __exit__(self, *_: object) -> None:
        self.sandbox.notifier.stop()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    sandbox: Sandbox
    key: Any
    url: str


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Headers and body leave together.
    wbufsize = -1

    def do_GET(self) -> None:
        self._answer("GET", b"")

    def do_POST(self) -> None:
        self._answer("POST", self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, *_: object) -> None:
        """Nobody reads that."""

    def _answer(self, method: str, body: bytes) -> None:
        sandbox = self.server.sandbox
        is_ours = self.path.startswith("/sandbox/")
        if not is_ours and sandbox.mishaps.strikes("busy"):
            self._send(503, written({"code": "SYSTEM_ERROR"}))
            return
        try:
            if not is_ours:
                header = self.headers.get("Authorization", "")
                check_request(sandbox.merchant, self.server.key, header, method, self.path, body)
            status, answer = self._do(method, json.loads(body) if body else {})
        except Refused as refused:
            status = refused.status
            answer = written({"code": refused.code, "message": refused.message})
        except (KeyError, TypeError, ValueError) as error:
            status, answer = 400, written({"code": "PARAM_ERROR", "message": type(error).__name__})
        if not is_ours and sandbox.mishaps.strikes("lose_answers"):
            self.close_connection = True
            return
        self._send(status, answer)

    def _send(self, status: int, answer: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer)))
        # A downloaded file alone is not signed: its digest was, in the answer before.
        if not self.path.startswith((DOWNLOAD, "/sandbox/")):
            signing = self.server.sandbox.platform.signing
            for name, value in signature_headers(signing, answer).items():
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)
        self.wfile.flush()

    def _do(self, method: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        where = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        for wanted, pattern, act in _ROUTES:
            found = re.fullmatch(pattern, where.path)
            if found is not None and wanted == method:
                return act(self.server, asked, query, *found.groups())  # type: ignore[no-any-return]
        raise Refused(404, "RESOURCE_NOT_EXISTS")


def _order(server: _Server, asked: Any, query: Any, kind: str) -> tuple[int, bytes]:
    return 200, written(server.sandbox.order(kind, asked))


def _query(server: _Server, asked: Any, query: Any, number: str) -> tuple[int, bytes]:
    if query.get("mchid") != server.sandbox.merchant.merchant_no:
        raise Refused(400, "PARAM_ERROR", "mchid")
    return 200, written(server.sandbox.query(number))


def _close(server: _Server, asked: Any, query: Any, number: str) -> tuple[int, bytes]:
    server.sandbox.close(number)
    return 204, b""


def _refund(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    return 200, written(server.sandbox.refund(asked))


def _query_refund(server: _Server, asked: Any, query: Any, number: str) -> tuple[int, bytes]:
    return 200, written(server.sandbox.query_refund(number))


def _certificates(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    return 200, written(server.sandbox.certificates())


def _bill(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    day = date.fromisoformat(query["bill_date"])
    text = server.sandbox.bill(day).encode()
    url = f"{server.url}{DOWNLOAD}?token={day}&tartype={query.get('tar_type', '').lower()}"
    digest = sha1(text, usedforsecurity=False).hexdigest()
    return 200, written({"hash_type": "SHA1", "hash_value": digest, "download_url": url})


def _download(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    text = server.sandbox.bill(date.fromisoformat(query["token"])).encode()
    return 200, gzip.compress(text) if query.get("tartype") == "gzip" else text


def _pay(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    paid = server.sandbox.pay(
        asked["number"], late=asked.get("late", False), again=asked.get("again", False)
    )
    return 200, written(paid)


def _waiting(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    return 200, written(server.sandbox.waiting())


def _switch(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    for name, value in asked.items():
        if not hasattr(server.sandbox.mishaps, name):
            raise Refused(400, "PARAM_ERROR", name)
        setattr(server.sandbox.mishaps, name, value)
    return 200, written(asdict(server.sandbox.mishaps))


def _release(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    server.sandbox.notifier.release()
    return 200, written({})


def _settle(server: _Server, asked: Any, query: Any, number: str) -> tuple[int, bytes]:
    server.sandbox.settle(number, asked.get("status"))
    return 200, written(server.sandbox.query_refund(number))


def _rotate(server: _Server, asked: Any, query: Any) -> tuple[int, bytes]:
    server.sandbox.platform.rotate(overlap=asked.get("overlap", True))
    return 200, written({"serial_no": server.sandbox.platform.signing.serial_no})


_ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("POST", r"/v3/pay/transactions/(app|jsapi)", _order),
    ("GET", r"/v3/pay/transactions/out-trade-no/([^/]+)", _query),
    ("POST", r"/v3/pay/transactions/out-trade-no/([^/]+)/close", _close),
    ("POST", r"/v3/refund/domestic/refunds", _refund),
    ("GET", r"/v3/refund/domestic/refunds/([^/]+)", _query_refund),
    ("GET", r"/v3/certificates", _certificates),
    ("GET", r"/v3/bill/tradebill", _bill),
    ("GET", DOWNLOAD, _download),
    ("GET", r"/sandbox/payments", _waiting),
    ("POST", r"/sandbox/payments", _pay),
    ("POST", r"/sandbox/mishaps", _switch),
    ("POST", r"/sandbox/notifications/release", _release),
    ("POST", r"/sandbox/refunds/([^/]+)", _settle),
    ("POST", r"/sandbox/certificates", _rotate),
)
