"""The public page of a draw in a real browser: it draws again, and says so when that fails."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.coupletting import Couplets
from tests.factories import Factory
from tests.quizzing import Quizzing

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        BROWSER is None, reason="no browser on this machine (Debian: apt install chromium)"
    ),
]

ASSETS = ("draw.css", "draw_hashes.js", "draw.js", "favicon.png")
LIMIT_S = 60


@dataclass
class Shown(HTMLParser):
    """What a visitor sees: the verdict, the tickets of the table, the steps that did not hold."""

    verdict: str = ""
    tickets: list[str] = field(default_factory=list)
    bad_steps: int = 0
    _in_ticket: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id") == "verdict":
            self.verdict = given.get("class") or ""
        self._in_ticket = tag == "td" and given.get("class") == "ticket"
        self.bad_steps += tag == "li" and given.get("class") == "bad"

    def handle_data(self, data: str) -> None:
        if self._in_ticket:
            self.tickets.append(data)
            self._in_ticket = False


@dataclass
class Site:
    """What the service answered, served to a browser as it is, but for the proof it is given."""

    answers: dict[str, httpx.Response]
    page: str
    proof_at: str
    folder: Path
    asked: list[str] = field(default_factory=list)

    def look(self, proof: dict[str, Any]) -> Shown:
        with self._serving(json.dumps(proof).encode()) as address:
            # Nothing but this machine is there for it.
            ran = subprocess.run(
                [
                    *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
                    *("--disable-dev-shm-usage", "--virtual-time-budget=20000"),
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                    f"--user-data-dir={self.folder}",
                    address + self.page,
                ],
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
                check=True,
            )
        shown = Shown()
        shown.feed(ran.stdout)
        return shown

    @contextmanager
    def _serving(self, proof: bytes) -> Iterator[str]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                answer = site.answers.get(self.path)
                self.send_response(404 if answer is None else answer.status_code)
                content = proof if self.path == site.proof_at else answer and answer.content
                for name in ("content-type", "content-security-policy"):
                    if answer is not None and name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: Any) -> None:
                return

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


async def site_of(client: httpx.AsyncClient, draw_id: str, folder: Path) -> Site:
    page, proof_at = f"/public/draws/{draw_id}", f"/v1/public/draws/{draw_id}/proof"
    paths = [page, proof_at, *(f"/docs/assets/{name}" for name in ASSETS)]
    answers = {path: await client.get(path) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    return Site(answers, page, proof_at, folder)


async def test_the_page_draws_the_same_winners_and_flags_a_file_that_was_changed(
    client: httpx.AsyncClient, make: Factory, tmp_path: Path
) -> None:
    draw_id, first = await Quizzing(client, make).drawn(5)
    site = await site_of(client, draw_id, tmp_path)
    proof = site.answers[site.proof_at].json()
    winners = [winner["ticket_no"] for winner in proof["winners"]]
    seen = site.look(proof)
    assert (seen.verdict, seen.tickets, seen.bad_steps) == ("holds", winners, 0)
    assert winners[0] == first
    assert set(site.asked) <= set(site.answers), "nothing is asked from elsewhere"

    loser = next(ticket for ticket in proof["tickets"] if ticket not in winners)
    forged = [{**proof["winners"][0], "ticket_no": loser}, *proof["winners"][1:]]
    seen = site.look({**proof, "winners": forged})
    assert (seen.verdict, seen.tickets) == ("fails", winners), "it shows whom the numbers chose"
    assert seen.bad_steps >= 2, "the file's checksum, and the draw"


async def test_the_page_draws_the_same_order_of_a_fair_opening(
    client: httpx.AsyncClient, make: Factory, tmp_path: Path
) -> None:
    couplets = Couplets(client, make)
    event = await couplets.fair_event()
    for member in await make.members(6):
        await couplets.reserve(member, event)
    draw = await couplets.close_window(event)
    await couplets.drawn(event)
    site = await site_of(client, draw["id"], tmp_path)
    proof = site.answers[site.proof_at].json()
    seen = site.look(proof)
    order = [winner["ticket_no"] for winner in proof["winners"]]
    assert (seen.verdict, seen.tickets) == ("holds", order)
    assert sorted(order) == proof["tickets"]
