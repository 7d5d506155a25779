"""The members' identity provider of a local deployment.

The real one belongs to the members' app and lies outside the project. This one speaks the
same protocol (OpenID Connect discovery, a JWKS, RS256 tokens), so the application knows no
difference. Its issuer and key outlive restarts, and so do its tokens.
"""

import json
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ISSUER = "https://identity.five-gift-packs.local"
AUDIENCE = "union-app"
ALGORITHM = "RS256"
TOKEN_S = 12 * 3600


class IdentityProvider:
    """As a context manager it publishes its key on loopback; `issue` works without that."""

    def __init__(self, private_key: str, audience: str = AUDIENCE) -> None:
        key = load_pem_private_key(private_key.encode(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("the identity provider signs with an RSA key")
        self._key = key
        self._audience = audience
        self._public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._kid = _thumbprint(self._public)

    def issue(self, member_no: str) -> str:
        """A member's bearer token, good for 12 hours of real time."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": member_no,
            "iat": now,
            "exp": now + TOKEN_S,
            "jti": uuid4().hex,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._kid})

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self.jwks_url = f"http://127.0.0.1:{self._server.server_port}/jwks.json"
        self._server.documents = self._documents()
        Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _documents(self) -> dict[str, dict[str, Any]]:
        return {
            "/.well-known/openid-configuration": {
                "issuer": ISSUER,
                "jwks_uri": self.jwks_url,
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
            },
            "/jwks.json": {
                "keys": [{**self._public, "kid": self._kid, "use": "sig", "alg": ALGORITHM}]
            },
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    documents: dict[str, dict[str, Any]]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        document = self.server.documents.get(self.path)
        if document is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = json.dumps(document).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keys are fetched all the time; nobody reads that."""


def _thumbprint(public: dict[str, Any]) -> str:
    """The key's name: its RFC 7638 thumbprint, so the same key has the same name everywhere."""
    required = json.dumps({name: public[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return urlsafe_b64encode(sha256(required.encode()).digest()).rstrip(b"=").decode()
