"""Notifications: signed anew each time they are sent, repeated until they are taken.

A thread of its own. What waits when the sandbox stops is lost, as it is on the real one's bad days.
"""

import heapq
import itertools
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from app.embedded.wechat_pay.keys import Platform
from app.embedded.wechat_pay.mishaps import Mishaps
from app.embedded.wechat_pay.protocol import signature_headers

# Seconds after which one that was not taken comes again: the provider's own table.
AGAIN_S = (15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600)
PATIENCE_S = 5.0


@dataclass(frozen=True)
class Notice:
    """A notification, as it is each time it is sent."""

    url: str
    body: bytes
    number: str


class Notifier:
    """As a context manager it sends; `held` is what waits because of `Mishaps.hold`."""

    def __init__(self, platform: Platform, mishaps: Mishaps) -> None:
        self._platform, self._mishaps = platform, mishaps
        self.held: list[Notice] = []
        self._queue: list[tuple[float, int, int, Notice]] = []
        self._places = itertools.count()
        self._woken = threading.Condition()
        self._is_over = False

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        with self._woken:
            self._is_over = True
            self._woken.notify()

    def put(self, notice: Notice) -> None:
        """Send it soon, or not, as the mishaps have it."""
        if self._mishaps.strikes("lose"):
            return
        for _ in range(1 + self._mishaps.repeats):
            if self._mishaps.hold:
                self.held.append(notice)
            else:
                self._send_after(random.uniform(0, self._mishaps.delay_s), 0, notice)  # noqa: S311

    def take(self) -> list[Notice]:
        """What is held, which is then nobody's but the caller's."""
        held, self.held = self.held, []
        return held

    def release(self) -> None:
        """Send what is held, the last first."""
        for place, notice in enumerate(reversed(self.take())):
            self._send_after(place * 0.01, 0, notice)

    def headers(self, body: bytes) -> dict[str, str]:
        signed = signature_headers(self._platform.signing, body)
        return {**signed, "Content-Type": "application/json"}

    def _send_after(self, seconds: float, tries: int, notice: Notice) -> None:
        with self._woken:
            due = time.monotonic() + seconds
            heapq.heappush(self._queue, (due, next(self._places), tries, notice))
            self._woken.notify()

    def _run(self) -> None:
        while True:
            with self._woken:
                while not self._is_over and not self._is_due():
                    self._woken.wait(self._wait_s())
                if self._is_over:
                    return
                _, _, tries, notice = heapq.heappop(self._queue)
            if not self._send(notice) and tries < len(AGAIN_S):
                self._send_after(AGAIN_S[tries], tries + 1, notice)

    def _is_due(self) -> bool:
        return bool(self._queue) and self._queue[0][0] <= time.monotonic()

    def _wait_s(self) -> float | None:
        return max(0.0, self._queue[0][0] - time.monotonic()) if self._queue else None

    def _send(self, notice: Notice) -> bool:
        request = urllib.request.Request(  # noqa: S310 - to where our own application said
            notice.url, data=notice.body, headers=self.headers(notice.body), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
                return bool(200 <= answer.status < 300)
        except (urllib.error.URLError, OSError, ValueError):
            return False
