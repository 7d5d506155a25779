"""A deployment's own secrets, made once a data folder and kept in its `secrets.json` (0600)."""

import os
import secrets
from base64 import b64encode
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.embedded.data_folder import open_data_folder, read_json, write_json
from app.embedded.errors import DeploymentError

FILE = "secrets.json"
KEY_BYTES = 32


@dataclass(frozen=True)
class Secrets:
    """Key lists are `version:base64`, as `app.platform.settings` reads them."""

    deployment_id: str
    seal_keys: str
    digest_keys: str
    token_keys: str
    pass_keys: str
    postgres_password: str
    valkey_password: str
    identity_provider_key: str

    def settings(self) -> dict[str, str]:
        """Those that the application itself reads."""
        return {
            "SEAL_KEYS": self.seal_keys,
            "DIGEST_KEYS": self.digest_keys,
            "TOKEN_KEYS": self.token_keys,
            "PASS_KEYS": self.pass_keys,
        }


def secrets_of(data_dir: Path) -> Secrets:
    """Read them, or make them on the folder's first use. Two at once get the same ones.

    Raises `DeploymentError` when they are damaged, or gone while the data they open is there.
    """
    path = data_dir / FILE
    if not path.exists():
        if (data_dir / "postgres").exists():
            raise DeploymentError(
                f"{path} is gone, and the data in {data_dir} cannot be read without it: "
                "put it back, or remove the folder to begin anew"
            )
        write_json(path, asdict(_new_secrets()), replace=False)
    return _read(path)


def adopt_keys(data_dir: Path, copy: Path) -> None:
    """Give a folder without data the keys of another one's secrets: what was sealed there can be
    read here. Servers and passwords stay the folder's own. Raises `DeploymentError`."""
    theirs = _read(copy)
    data_dir = open_data_folder(data_dir)
    if (data_dir / "postgres").exists():
        if secrets_of(data_dir).settings() == theirs.settings():
            return
        raise DeploymentError(f"{data_dir} has data under keys of its own: name a new folder")
    ours = secrets_of(data_dir)
    keys = {name.lower(): keys for name, keys in theirs.settings().items()}
    write_json(data_dir / FILE, asdict(replace(ours, **keys)))


def _read(path: Path) -> Secrets:
    found = read_json(path)
    names = {field.name for field in fields(Secrets)}
    if found is None or set(found) != names:
        raise DeploymentError(f"{path} is damaged, or is none: put back a copy")
    return Secrets(**found)


def _new_secrets() -> Secrets:
    return Secrets(
        deployment_id=uuid4().hex,
        seal_keys=_new_key_list(),
        digest_keys=_new_key_list(),
        token_keys=_new_key_list(),
        pass_keys=_new_key_list(),
        postgres_password=secrets.token_urlsafe(KEY_BYTES),
        valkey_password=secrets.token_urlsafe(KEY_BYTES),
        identity_provider_key=_new_identity_provider_key(),
    )


def _new_key_list() -> str:
    return f"1:{b64encode(os.urandom(KEY_BYTES)).decode()}"


def _new_identity_provider_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
