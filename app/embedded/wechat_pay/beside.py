"""The sandbox beside a deployment that is being served, and how a command finds it there."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.embedded.data_folder import read_json, write_json
from app.embedded.deployment import PRODUCTION
from app.embedded.errors import DeploymentError
from app.embedded.wechat_pay.keys import merchant_of
from app.embedded.wechat_pay.sandbox import Sandbox
from app.embedded.wechat_pay.server import SandboxServer

WHERE, JOURNAL = "wechat_pay_served.json", "wechat_pay.journal"
NOTIFICATIONS = "/v1/payments/wechat/notifications"
NAMED = "WECHAT_PAY_URL"
PATIENCE_S = 10.0


@contextmanager
def provider_beside(
    data_dir: Path, settings: Mapping[str, str], url: str
) -> Iterator[dict[str, str]]:
    """The settings with the sandbox as the payment provider of what is served at `url`; as they
    are where they name a provider of their own, and in production, which takes none from here."""
    if settings.get(NAMED) or settings["ENVIRONMENT"] == PRODUCTION:
        yield dict(settings)
        return
    merchant = merchant_of(data_dir)
    with SandboxServer(Sandbox(merchant, data_dir / JOURNAL)) as server:
        write_json(data_dir / WHERE, {"url": server.url})
        try:
            yield {**settings, **merchant.settings(server.url, url + NOTIFICATIONS)}
        finally:
            (data_dir / WHERE).unlink(missing_ok=True)


def sandbox_beside(data_dir: Path) -> str | None:
    """The address of the one that is served from that folder, if one is."""
    served: str | None = (read_json(data_dir / WHERE) or {}).get("url")
    return served


def ask_sandbox(data_dir: Path, path: str, asked: Mapping[str, Any] | None = None) -> Any:
    """One of its `/sandbox/…` paths, with JSON if there is any. Raises `DeploymentError`."""
    where = sandbox_beside(data_dir)
    if where is None:
        raise DeploymentError(f"no sandbox is served from {data_dir}: start it with ./run serve")
    body = None if asked is None else json.dumps(asked).encode()
    request = urllib.request.Request(f"{where}{path}", data=body)  # noqa: S310 - our own, loopback
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise DeploymentError(f"the provider says {json.load(error)['code']}") from error
    except OSError as error:
        raise DeploymentError(f"the sandbox at {where} does not answer") from error
