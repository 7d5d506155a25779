"""The restore drill: a backup taken in the midst of a rush, put back elsewhere, verified, served.

And what a restore refuses before it has touched anything.
"""

import argparse
import asyncio
import json
import os
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import anyio.to_thread
import httpx
import pytest
from sqlalchemy import text

from app.commands import backup, restore
from app.embedded.deployment import Deployment
from app.embedded.errors import DeploymentError
from app.embedded.identity_provider import IdentityProvider
from app.embedded.secrets import FILE as SECRETS
from app.embedded.secrets import secrets_of
from app.main import open_rooms
from app.platform.db import create_engine
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.shared.identity.callers import Member
from tests.conftest import empty
from tests.embedded.conftest import Launch, bare_environ
from tests.factories import Factory, auth
from tests.races.drop import environment, service, until_answered
from tests.refusals import NOTING
from tests.tills import Counter

pytestmark = pytest.mark.anyio

CALLERS = 16
BEFORE, AFTER = 40, 10
PICTURE = "pictures/01855a2c-1c00-7000-8000-000000000009"
KEYS = ("seal_keys", "digest_keys", "token_keys", "pass_keys")


@dataclass
class Rush:
    """Members who press, and what they got; a till that redeems every second voucher."""

    url: str
    batch_id: str
    tokens: Mapping[str, str]
    till: str
    vouchers: dict[str, str] = field(default_factory=dict)
    redeemed: set[str] = field(default_factory=set)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim(self, client: httpx.AsyncClient, member: str, key: str) -> httpx.Response:
        path = f"{self.url}/v1/breakfast/batches/{self.batch_id}/claims"
        headers = auth(self.tokens[member], key)
        return await until_answered(partial(client.post, path, headers=headers))

    async def redeem(self, client: httpx.AsyncClient, number: str, code: str) -> httpx.Response:
        path, body = f"{self.url}/v1/store/redemptions/{number}", {"code": code}
        return await until_answered(partial(client.put, path, json=body, headers=auth(self.till)))

    async def play(self, members: list[str]) -> None:
        """Each claims; all at once, as far as connections go."""
        pending = iter(members)

        async def caller(client: httpx.AsyncClient) -> None:
            for member in pending:
                claimed = await self.claim(client, member, "drill")
                assert claimed.status_code == 201, claimed.text
                self.vouchers[member] = claimed.json()["id"]
                if len(self.vouchers) % 2:
                    number = f"drill-{member}"
                    done = await self.redeem(client, number, claimed.json()["code"])
                    assert done.status_code == 201, done.text
                    self.redeemed.add(claimed.json()["id"])
                if len(self.vouchers) >= BEFORE:
                    self.enough.set()

        async with (
            httpx.AsyncClient(timeout=10, event_hooks=NOTING) as client,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(CALLERS):
                group.create_task(caller(client))


def typed(command: object, **arguments: object) -> int:
    run = command.run  # type: ignore[attr-defined]
    code: int = run(argparse.Namespace(**arguments))
    return code


async def back_up(target: Path) -> int:
    return await anyio.to_thread.run_sync(
        partial(typed, backup, data=target.parent / "none", target=target)
    )


async def put_back(file: Path, *, replace: bool = False, data: Path | None = None) -> int:
    folder = data or file.parent / "none"
    arguments = {"data": folder, "file": file, "keys": None, "replace": replace}
    return await anyio.to_thread.run_sync(partial(typed, restore, **arguments))


@pytest.fixture(autouse=True)
def typed_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that are typed here are about the tests' deployment."""
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FILES_URL", str(settings.files_url))


def old_secrets(settings: Settings, folder: Path) -> Path:
    """A copy of the `secrets.json` of the deployment that was backed up."""
    folder.mkdir()
    secrets_of(folder)
    path = folder / SECRETS
    keys = {name: getattr(settings, name).get_secret_value() for name in KEYS}
    path.write_text(json.dumps(json.loads(path.read_text()) | keys))
    return path


async def read(settings: Settings, statement: str) -> list[str]:
    engine = create_engine(settings)
    async with engine.connect() as connection:
        found = [str(each) for each in await connection.scalars(text(statement))]
    await engine.dispose()
    return found


VOUCHERS = "SELECT id FROM breakfast_voucher"
REDEEMED = "SELECT id FROM breakfast_voucher WHERE state = 'redeemed'"
LEASED = "SELECT kind FROM job WHERE state IN ('queued', 'leased')"


async def test_a_backup_of_a_rush_is_put_back_verified_and_served(
    settings: Settings,
    identity_provider: IdentityProvider,
    launch: Launch,
    data_dir: Path,
    tmp_path: Path,
) -> None:
    await empty(settings)
    file = tmp_path / "rush.zip"
    async with open_rooms(settings) as rooms:
        make = Factory(rooms, identity_provider)
        batch = await make.batch(total=1_000, per_person_per_day=1)
        members: list[Member] = await make.members(160)
        till = await Counter(make).till()
        tokens = {each.member_no: make.token(each) for each in members}
        async with service(settings, processes=1) as [url]:
            names = list(tokens)
            rush = Rush(url, str(batch.id), tokens, rooms.own_tokens.issue_till(till))
            playing = asyncio.create_task(rush.play(names[:-AFTER]))
            await rush.enough.wait()
            before, redeemed_before = set(rush.vouchers.values()), set(rush.redeemed)
            assert await back_up(file) == 0
            await playing
            await rush.play(names[-AFTER:])

    secrets = old_secrets(settings, tmp_path / "old")
    told = launch(
        "app.cli",
        *("restore", str(file), "--keys", str(secrets), "--data", str(data_dir)),
    )
    said, complaint = await anyio.to_thread.run_sync(told.process.communicate)
    assert told.process.returncode == 0, complaint
    assert "\nclean\n" in said

    given = {"MEMBER_JWKS_URL": identity_provider.jwks_url, "MEMBER_ISSUER": settings.member_issuer}
    deployment = Deployment(data_dir, {**bare_environ(), **given})
    elsewhere = Settings.of(await anyio.to_thread.run_sync(deployment.__enter__))
    try:
        back = set(await read(elsewhere, VOUCHERS))
        assert before <= back < set(rush.vouchers.values())
        assert redeemed_before <= set(await read(elsewhere, REDEEMED)) <= rush.redeemed
        assert await read(elsewhere, LEASED) == await read(settings, LEASED)
        async with service(elsewhere, processes=1, **keys_of(elsewhere)) as [url]:
            rush.url = url
            await assert_it_goes_on(rush, back)
    finally:
        await anyio.to_thread.run_sync(deployment.__exit__, None, None, None)


def keys_of(settings: Settings) -> dict[str, str]:
    return {name.upper(): getattr(settings, name).get_secret_value() for name in KEYS}


async def assert_it_goes_on(rush: Rush, back: set[str]) -> None:
    """Who had a voucher at that moment has it, and no second one; who had none may claim."""
    async with httpx.AsyncClient(timeout=10, event_hooks=NOTING) as client:
        owner = next(name for name, voucher in rush.vouchers.items() if voucher in back)
        repeat = await rush.claim(client, owner, "drill")
        assert (repeat.status_code, repeat.json()["id"]) == (201, rush.vouchers[owner])
        second = await rush.claim(client, owner, "another")
        assert (second.status_code, second.json()["code"]) == (409, "limit_reached")
        lost = next(name for name, voucher in rush.vouchers.items() if voucher not in back)
        again = await rush.claim(client, lost, "drill")
        assert again.status_code == 201
        assert again.json()["id"] not in back
        first = await rush.redeem(client, f"drill-{lost}", again.json()["code"])
        twice = await rush.redeem(client, f"twice-{lost}", again.json()["code"])
        assert (first.status_code, twice.json()["code"]) == (201, "already_redeemed")


@dataclass
class Picture:
    """A file that the deployment keeps."""

    path: Path

    def draw(self, content: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(content)

    def look(self) -> bytes:
        return self.path.read_bytes()


@pytest.fixture
async def picture(
    settings: Settings, identity_provider: IdentityProvider
) -> AsyncIterator[Picture]:
    """A small deployment that nobody serves just now, with a picture."""
    await empty(settings)
    async with open_rooms(settings) as rooms:
        make = Factory(rooms, identity_provider)
        await make.campaign()
        await make.members(3)
        await Counter(make).voucher()
    picture = Picture(Path(unquote(urlsplit(str(settings.files_url)).path)) / PICTURE)
    picture.draw(b"a picture")
    yield picture
    picture.path.unlink()


async def test_books_that_somebody_has_are_given_up_only_when_told(
    settings: Settings, picture: Picture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    assert await back_up(folder) == 0
    [file] = folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert "keys are not in it" in capsys.readouterr().err
    with pytest.raises(DeploymentError, match="has books already"):
        await put_back(file)
    with pytest.raises(DeploymentError, match="is there already"):
        await back_up(file)

    # Another moment's mirrors, on the same servers: they would be believed.
    redis = create_redis(settings)
    await redis.set("stock:stale", "1")
    picture.draw(b"another")
    async with open_rooms(settings):
        with pytest.raises(DeploymentError, match="a service runs on this database"):
            await put_back(file, replace=True)
    assert await put_back(file, replace=True) == 0
    assert await redis.dbsize() == 0
    await redis.aclose()
    assert picture.look() == b"a picture"
    assert len(await read(settings, VOUCHERS)) == 1
    assert "\nclean\n" in capsys.readouterr().out


async def test_a_file_that_is_not_whole_or_of_other_keys_touches_nothing(
    settings: Settings, picture: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.zip"
    assert await back_up(file) == 0
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(changed, "w") as copy:
        for entry in whole.infolist():
            content = whole.read(entry)
            is_voucher = entry.filename == "tables/breakfast_voucher.copy"
            copy.writestr(entry, content.replace(b"issued", b"void") if is_voucher else content)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(file.read_bytes()[:-100])
    for spoilt, words in ((changed, "is not what was written"), (broken, "broken off")):
        with pytest.raises(DeploymentError, match=words):
            await put_back(spoilt, replace=True)

    monkeypatch.setenv("SEAL_KEYS", os.environ["DIGEST_KEYS"])
    with pytest.raises(DeploymentError, match=r"other keys \(SEAL_KEYS 1\)"):
        await put_back(file, replace=True)
    assert len(await read(settings, VOUCHERS)) == 1

    monkeypatch.delenv("SEAL_KEYS")
    with pytest.raises(DeploymentError, match="is new and has no keys"):
        await put_back(file, data=tmp_path / "new")
    assert not (tmp_path / "new").exists()
