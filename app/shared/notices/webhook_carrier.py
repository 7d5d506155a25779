"""The real carrier: a signed webhook to the platform that knows the members' phones.

By Standard Webhooks: the id stays the same however often a message is sent, so that the
other side takes it once. Every secret signs, so that one can be exchanged without a gap.
"""

import asyncio
import json
import time
from typing import Any
from uuid import UUID

import httpx

from app.models.states import NoticeOutcome
from app.platform.clock import SHANGHAI
from app.platform.jobs import JobFailed
from app.platform.tls import trusted
from app.shared.notices.addresses import Resolve, judged_addresses, resolve
from app.shared.notices.channels import Message
from app.shared.notices.signature import parse_secrets, sign

# Seconds of real time for one attempt, all in all; well below its job's.
LIMIT_S = 10.0
TIMEOUTS = httpx.Timeout(5.0, connect=3.0)
DEFAULT_PORTS = {"https": 443, "http": 80}
# Of the statuses that blame us, those that another time may cure.
TOO_LATE_TOO_EARLY_TOO_MANY = frozenset({408, 425, 429})


def open_client(**more: Any) -> httpx.AsyncClient:
    """No redirects, and no proxy from the environment: it would resolve the name again."""
    more.setdefault("verify", trusted(by_environment=False))
    return httpx.AsyncClient(timeout=TIMEOUTS, follow_redirects=False, trust_env=False, **more)


class WebhookCarrier:
    """`secrets` as in the settings; the first of them is the newest. Raises `ValueError`."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        url: str,
        secrets: str,
        loopback: bool = False,
        ask: Resolve = resolve,
    ) -> None:
        self._client = client
        self._url = httpx.URL(url)
        self._port = self._url.port or DEFAULT_PORTS[self._url.scheme]
        self._secrets = parse_secrets(secrets)
        self._loopback = loopback
        self._ask = ask

    async def deliver(self, job_id: UUID, message: Message) -> NoticeOutcome:
        """`sent` on any 2xx. Raises `JobFailed`: for good on what a repeat would not change."""
        try:
            async with asyncio.timeout(LIMIT_S):
                status = await self._post(job_id, body_of(message))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise JobFailed("timeout") from error
        except httpx.HTTPError as error:
            raise JobFailed("connection_failed") from error
        if 200 <= status < 300:
            return NoticeOutcome.SENT
        passing = status >= 500 or status in TOO_LATE_TOO_EARLY_TOO_MANY
        raise JobFailed(f"http_{status}", for_good=not passing)

    async def _post(self, job_id: UUID, body: bytes) -> int:
        """The answer's status; its body is nobody's to read."""
        addresses = await judged_addresses(
            self._url.host, self._port, loopback=self._loopback, ask=self._ask
        )
        for address in addresses[:-1]:
            try:
                return await self._post_to(address, job_id, body)
            except httpx.ConnectError:
                # Nothing was sent yet, and the name has others.
                continue
        return await self._post_to(addresses[-1], job_id, body)

    async def _post_to(self, address: str, job_id: UUID, body: bytes) -> int:
        at = int(time.time())
        request = self._client.build_request(
            "POST",
            self._url.copy_with(host=address),
            content=body,
            headers={
                "Host": self._url.netloc.decode("ascii"),
                "Content-Type": "application/json",
                "webhook-id": str(job_id),
                "webhook-timestamp": str(at),
                "webhook-signature": sign(self._secrets, str(job_id), at, body),
            },
            # The certificate must be the name's, though the address is what we connect to.
            extensions={"sni_hostname": self._url.host},
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return response.status_code


def body_of(message: Message) -> bytes:
    """The same bytes for every attempt."""
    content = message.content
    document = {
        "type": f"notice.{message.channel}",
        "timestamp": message.created_at.astimezone(SHANGHAI).isoformat(),
        "data": {
            "notice_id": str(message.notice_id),
            "kind": message.kind,
            "member_no": message.member_no,
            "title": content.title._asdict(),
            "body": content.body._asdict(),
            "link": content.link,
            "not_after": message.not_after and message.not_after.astimezone(SHANGHAI).isoformat(),
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()
