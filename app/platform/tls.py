"""Whom a process trusts when it calls out."""

import ssl
from functools import cache

import httpx


@cache
def trusted(*, by_environment: bool = True) -> ssl.SSLContext:
    """Read once a process: reading the authorities takes a quarter of a start.

    `by_environment`: also what `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    """
    return httpx.create_ssl_context(trust_env=by_environment)
