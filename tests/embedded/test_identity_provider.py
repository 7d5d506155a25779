"""The local identity provider, as the application and a person at the keyboard see it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from app.embedded.deployment import Deployment
from app.embedded.identity_provider import AUDIENCE, ISSUER


def token_command(data_dir: Path, environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = ["-P", "-m", "app.cli", "token", "--data", str(data_dir), "member", "M00000001"]
    return subprocess.run(
        [sys.executable, *command], env=environ, capture_output=True, text=True, check=False
    )


def claims_of(token: str, jwks_url: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(httpx.get(jwks_url).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER
    )
    return claims


def test_a_token_issued_while_nothing_runs_verifies_later(
    data_dir: Path, environ: dict[str, str]
) -> None:
    issued = token_command(data_dir, environ)
    assert issued.returncode == 0
    assert issued.stdout.count("\n") == 1
    with Deployment(data_dir, environ) as settings:
        claims = claims_of(issued.stdout.strip(), settings["MEMBER_JWKS_URL"])
    assert claims["sub"] == "M00000001"
    assert claims["exp"] - claims["iat"] == 12 * 3600


@pytest.mark.usefixtures("used_before")
def test_its_discovery_document_leads_to_its_keys(data_dir: Path, environ: dict[str, str]) -> None:
    with Deployment(data_dir, environ) as settings:
        base = httpx.URL(settings["MEMBER_JWKS_URL"])
        document = httpx.get(base.join("/.well-known/openid-configuration")).json()
        assert document["issuer"] == settings["MEMBER_ISSUER"]
        assert document["jwks_uri"] == settings["MEMBER_JWKS_URL"]
        assert httpx.get(base.join("/anything")).status_code == 404


def test_production_hands_out_no_token(data_dir: Path, environ: dict[str, str]) -> None:
    refused = token_command(data_dir, {**environ, "ENVIRONMENT": "production"})
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
