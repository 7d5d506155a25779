"""A deployment to play on, and where it is served: one of its own, or one that is running."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.embedded.data_folder import DEFAULT, open_data_folder
from app.embedded.deployment import LOCAL, NEEDED_IN_PRODUCTION, Deployment
from app.embedded.errors import DeploymentError
from app.embedded.first_start import seed_if_new
from app.embedded.heard import Heard
from app.embedded.jobs import JobWorker
from app.embedded.locks import is_held
from app.embedded.progress import say
from app.embedded.schema import migrate
from app.embedded.service_file import LOCK, ServiceFile
from app.embedded.web import Port, Web
from app.embedded.wechat_pay.beside import provider_beside

FOLDER_PREFIX = "five-gift-packs-replay-"
WORKERS = 2
LOG = "service.log"


@dataclass(frozen=True)
class Playground:
    """Where it is served, with which settings, on which data folder. `log`: what the service says,
    a line a request; None where that goes elsewhere, or somebody wants less of it."""

    url: str
    environ: Mapping[str, str]
    data_dir: Path
    log: Path | None = None


@contextmanager
def playground(url: str | None, data_dir: Path | None) -> Iterator[Playground]:
    """With neither: a new deployment, which is gone afterwards. With a folder alone: that one,
    served meanwhile. With a URL: the one that is served there, whose folder is `data_dir`.

    Raises `DeploymentError`.
    """
    if url is not None:
        with _joined(url, data_dir or DEFAULT) as ground:
            yield ground
    elif data_dir is not None:
        with _served(data_dir) as ground:
            yield ground
    else:
        clear_up(Path(tempfile.gettempdir()))
        with temporary_folder() as folder, _served(folder) as ground:
            yield ground


@contextmanager
def _joined(url: str, data_dir: Path) -> Iterator[Playground]:
    if os.environ.get("MEMBER_JWKS_URL"):
        raise DeploymentError("members' tokens come from the provider that MEMBER_JWKS_URL names")
    if not os.environ.get("DATABASE_URL") and not is_held(data_dir / LOCK):
        raise DeploymentError(f"nothing is served from {data_dir}: name its folder with --data")
    with Deployment(data_dir) as environ:
        yield Playground(url, environ, data_dir)


@contextmanager
def _served(data_dir: Path) -> Iterator[Playground]:
    with ServiceFile(open_data_folder(data_dir)) as service:
        port = Port("127.0.0.1", 0)
        with Deployment(data_dir, own_environ()) as environ:
            migrate(environ)
            seed_if_new(environ)
            # A line a request would bury what is shown meanwhile, unless somebody asks for it.
            told = {"LOG_LEVEL": "INFO"} | environ
            with (
                Heard(data_dir / LOG, is_shown="LOG_LEVEL" in environ) as heard,
                provider_beside(data_dir, told, port.url) as paying,
                Web(paying, port, count=WORKERS, output=heard.output),
                JobWorker(paying, output=heard.output),
            ):
                service.announce(port.url)
                is_whole = told["LOG_LEVEL"] in {"INFO", "DEBUG"}
                yield Playground(port.url, environ, data_dir, heard.path if is_whole else None)


def own_environ() -> dict[str, str]:
    """Servers and keys that the environment names belong to somebody's real work."""
    real = {*NEEDED_IN_PRODUCTION, "MEMBER_AUDIENCE"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in real and not name.startswith("WECHAT_PAY_")
    }
    return kept | {"ENVIRONMENT": LOCAL}


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Gone afterwards; should its process be killed, `clear_up` finds it."""
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    # As root the servers run as another user, who must be able to pass through.
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_up(within: Path) -> None:
    """Stop the servers of plays that were killed, and remove their folders."""
    for folder in within.glob(f"{FOLDER_PREFIX}*"):
        # One without the lock's file is just being made; one whose lock is held is at work.
        if (folder / LOCK).exists() and os.access(folder, os.W_OK):
            with suppress(DeploymentError), ServiceFile(folder):
                say(f"Clearing up after a play that was killed ({folder}) ...")
                with Deployment(folder, own_environ()):
                    pass
                shutil.rmtree(folder, ignore_errors=True)
