"""A deployment on one machine: its servers and the settings its processes start with.

`Deployment` is the door of this room.
"""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from app.embedded.binaries import find_binaries
from app.embedded.data_folder import open_data_folder
from app.embedded.embedded_server import EmbeddedServer
from app.embedded.errors import DeploymentError
from app.embedded.external import check_postgres, check_redis
from app.embedded.identity_provider import AUDIENCE, ISSUER, IdentityProvider
from app.embedded.postgres import Postgres
from app.embedded.quarters import choose_quarters
from app.embedded.secrets import Secrets, secrets_of
from app.embedded.shared_servers import SharedServers
from app.embedded.valkey import Valkey

LOCAL = "local"
FILES = "files"
PRODUCTION = "production"
NEEDED_IN_PRODUCTION = (
    "DATABASE_URL",
    "REDIS_URL",
    "SEAL_KEYS",
    "DIGEST_KEYS",
    "TOKEN_KEYS",
    "PASS_KEYS",
    "MEMBER_ISSUER",
    "MEMBER_JWKS_URL",
)


class Deployment:
    """`with Deployment(folder) as settings:` gives the settings for our processes.

    They are environment variables. What the environment sets already (servers, keys, the
    members' identity provider) is used as it is; what it lacks comes from the data folder,
    except under `ENVIRONMENT=production`, which takes nothing from there. The servers and
    the identity provider run while the block does. Raises `DeploymentError`; not for use
    inside a running event loop.
    """

    def __init__(self, data_dir: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._path = data_dir
        self._given = {name: value for name, value in environ.items() if value}
        self._stack = ExitStack()

    def __enter__(self) -> dict[str, str]:
        with ExitStack() as stack:
            try:
                settings = self._settings(stack)
            except OSError as error:
                raise DeploymentError(f"cannot use {self._path}: {error}") from error
            self._stack = stack.pop_all()
        return settings

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _settings(self, stack: ExitStack) -> dict[str, str]:
        environment = environment_of(self._given)
        if environment == PRODUCTION:
            self._require(NEEDED_IN_PRODUCTION)
        if "DATABASE_URL" in self._given:
            check_postgres(self._given["DATABASE_URL"])
        if "REDIS_URL" in self._given:
            check_redis(self._given["REDIS_URL"])
        supplied = {} if environment == PRODUCTION else self._from_the_data_folder(stack)
        return {**supplied, **self._given, "ENVIRONMENT": environment}

    def _require(self, names: tuple[str, ...]) -> None:
        missing = [name for name in names if name not in self._given]
        if missing:
            raise DeploymentError(f"ENVIRONMENT=production needs {', '.join(missing)}")

    def _from_the_data_folder(self, stack: ExitStack) -> dict[str, str]:
        data_dir = open_data_folder(self._path)
        secrets = secrets_of(data_dir)
        settings = secrets.settings() | {"FILES_URL": (data_dir / FILES).as_uri()}
        if "MEMBER_JWKS_URL" not in self._given:
            provider = stack.enter_context(identity_provider_of(secrets, self._given))
            settings |= {"MEMBER_ISSUER": ISSUER, "MEMBER_JWKS_URL": provider.jwks_url}
        servers = self._missing_servers(data_dir, secrets)
        stack.enter_context(SharedServers(data_dir, list(servers.values())))
        return settings | {name: server.url for name, server in servers.items()}

    def _missing_servers(self, data_dir: Path, secrets: Secrets) -> dict[str, EmbeddedServer]:
        if "DATABASE_URL" in self._given and "REDIS_URL" in self._given:
            return {}
        binaries = find_binaries(self._given)
        quarters = choose_quarters(data_dir, secrets.deployment_id, binaries)
        servers: dict[str, EmbeddedServer] = {
            "DATABASE_URL": Postgres(data_dir, quarters, secrets.postgres_password),
            "REDIS_URL": Valkey(data_dir, quarters, secrets.valkey_password),
        }
        return {name: server for name, server in servers.items() if name not in self._given}


def environment_of(environ: Mapping[str, str]) -> str:
    """`ENVIRONMENT`; a command typed on one's own machine means a local deployment."""
    return environ.get("ENVIRONMENT") or LOCAL


def identity_provider_of(secrets: Secrets, environ: Mapping[str, str]) -> IdentityProvider:
    """The deployment's own provider of members' tokens."""
    audience = environ.get("MEMBER_AUDIENCE") or AUDIENCE
    return IdentityProvider(secrets.identity_provider_key, audience)
