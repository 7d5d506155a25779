"""`./run token member M00000001`: one bearer token for a local deployment, alone on stdout."""

import argparse
import os
from collections.abc import Callable

from app.embedded.data_folder import open_data_folder
from app.embedded.deployment import PRODUCTION, environment_of, identity_provider_of
from app.embedded.errors import DeploymentError
from app.embedded.progress import answer
from app.embedded.secrets import secrets_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=ISSUERS)
    parser.add_argument("name", help="a member number (M00000001)")


def run(arguments: argparse.Namespace) -> int:
    if environment_of(os.environ) == PRODUCTION:
        raise DeploymentError("tokens are not handed out under ENVIRONMENT=production")
    answer(ISSUERS[arguments.kind](arguments))
    return 0


def _member(arguments: argparse.Namespace) -> str:
    if os.environ.get("MEMBER_JWKS_URL"):
        raise DeploymentError("members' tokens come from the provider that MEMBER_JWKS_URL names")
    secrets = secrets_of(open_data_folder(arguments.data))
    return identity_provider_of(secrets, os.environ).issue(arguments.name)


ISSUERS: dict[str, Callable[[argparse.Namespace], str]] = {"member": _member}
