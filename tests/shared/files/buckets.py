"""An S3 of this test run's own, on loopback: LocalBucket, and a look at every signature.

LocalBucket speaks the protocol and lets everybody in; so what a real S3 does first is
added here: it works the signature out anew from the request (AWS Signature Version 4).
"""

import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import localbucket

ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class _Guarded(localbucket.S3Handler):  # type: ignore[misc, unused-ignore]
    """Refuses whoever does not sign with the key; says nothing on the terminal."""

    def log_message(self, *_: object) -> None:
        return

    def _dispatch(self, act: Callable[[str, str], Any]) -> None:
        super()._dispatch(act if self._is_signed() else self._refuse)

    def _refuse(self, *_: str) -> None:
        # Read, so that the connection stands where the next request begins.
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        raise localbucket.S3Error(HTTPStatus.FORBIDDEN, "SignatureDoesNotMatch", "no")

    def _is_signed(self) -> bool:
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        given = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme != "AWS4-HMAC-SHA256" or not given["Credential"].startswith(f"{ACCESS_KEY}/"):
            return False
        scope = given["Credential"].partition("/")[2]
        names = given["SignedHeaders"].split(";")
        expected = signature(
            self.command,
            self.path,
            [(name, self.headers[name]) for name in names],
            at=self.headers["x-amz-date"],
            scope=scope,
            payload=self.headers["x-amz-content-sha256"],
        )
        return hmac.compare_digest(expected, given["Signature"])


def signature(
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    *,
    at: str,
    scope: str,
    payload: str,
    secret: str = SECRET_KEY,
) -> str:
    """AWS Signature Version 4 of a request, as its documentation defines it."""
    url = urlsplit(target)
    pairs = sorted(parse_qsl(url.query, keep_blank_values=True))
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs
    )
    lines = [f"{name}:{' '.join(value.split())}\n" for name, value in headers]
    names = ";".join(name for name, _ in headers)
    canonical = "\n".join([method, url.path or "/", query, "".join(lines), names, payload])
    told = "\n".join(["AWS4-HMAC-SHA256", at, scope, sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, told.encode(), "sha256").hex()


@contextmanager
def serving(folder: Path, *, bucket: str = "gifts") -> Iterator[str]:
    """The address of an S3 with one empty bucket."""
    (folder / bucket).mkdir(parents=True)
    handler = type("Handler", (_Guarded,), {"data_root": folder.resolve()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
