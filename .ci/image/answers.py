"""What the started service answers, to whoever may ask."""

import json
import re
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from contents import expect
from engine import head

PORT = 8000
URL = f"http://127.0.0.1:{PORT}"
PAGES = ("/docs", "/docs/app", "/docs/store", "/docs/admin")
GUIDES = ("/docs/app/guide", "/docs/store/guide")
ANSWER_S = 10


def check_answers() -> None:
    """Raises `Fault` for the first answer that is not as it should be."""
    expect("/healthz", ask("/healthz"), (200, {"status": "alive"}))
    checks = {"books": "reachable", "migrations": "current", "turnstile": "reachable"}
    status, readiness = ask("/readyz")
    expect("/readyz", (status, readiness["checks"]), (200, checks))
    expect("/version names the commit", ask("/version")[1]["commit"], head())
    for page in PAGES:
        check_page(page)
    expect("the guides", {ask(guide)[0] for guide in GUIDES}, {200})


def check_page(page: str) -> None:
    """It, its document, and everything it loads, come from here."""
    status, html = ask(page)
    loaded = re.findall(r"""<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]+)""", html)
    document = "/openapi.json" if page == "/docs" else f"{page}/openapi.json"
    expect(f"{page} names its document", document in html, True)
    expect(f"{page} loads only its own", [each for each in loaded if not each.startswith("/")], [])
    statuses = {each: ask(each)[0] for each in [document, *loaded]}
    expect(f"{page} with its {len(statuses)} parts", {status, *statuses.values()}, {200})


def ask(
    path: str, body: bytes | None = None, kind: str = "", *, token: str = "", key: str = ""
) -> tuple[int, Any]:
    """Status and content: read where it is JSON, else as text."""
    given = {
        "Content-Type": kind,
        "Authorization": token and f"Bearer {token}",
        "Idempotency-Key": key,
    }
    headers = {name: value for name, value in given.items() if value}
    request = Request(URL + path, data=body, headers=headers)  # noqa: S310
    try:
        answer = build_opener(ProxyHandler({})).open(request, timeout=ANSWER_S)
    except HTTPError as error:
        answer = error
    with answer:
        content = answer.read()
    is_json = "json" in answer.headers.get_content_type()
    return answer.status, json.loads(content) if is_json else content.decode(errors="replace")
