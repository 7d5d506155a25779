"""A folder and a bucket keep bytes alike: whole, under their key, until they are deleted."""

import io
import os
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.platform.settings import Settings
from app.shared.files import BytesMissing, Store, StoreLost, open_store
from tests.shared.files.buckets import serving, signature
from tests.shared.files.conftest import settings_of_bucket

pytestmark = pytest.mark.anyio

KEY = "exports/01987b6c-0000-7000-8000-000000000000.csv"
# More than a bucket takes in one part.
LARGE = os.urandom(11 * 1024 * 1024)


async def read(store: Store, key: str = KEY) -> bytes:
    stored = await store.open(key)
    content = b"".join([part async for part in stored.parts])
    assert len(content) == stored.size
    return content


@pytest.mark.parametrize("content", [b"", b"one", LARGE], ids=["empty", "small", "large"])
async def test_what_was_put_is_what_is_read(store: Store, content: bytes) -> None:
    await store.put(KEY, io.BytesIO(content))
    assert await read(store) == content


async def test_content_is_taken_from_where_it_stands(store: Store) -> None:
    content = io.BytesIO(b"read already, and then this")
    content.seek(14)
    await store.put(KEY, content)
    assert await read(store) == b"and then this"


async def test_the_later_content_of_a_key_takes_the_place_of_the_earlier(store: Store) -> None:
    for content in (b"a longer first", b"second"):
        await store.put(KEY, io.BytesIO(content))
    assert await read(store) == b"second"


async def test_what_was_never_put_or_was_deleted_is_missing(store: Store) -> None:
    with pytest.raises(BytesMissing):
        await store.open(KEY)
    await store.put(KEY, io.BytesIO(b"one"))
    await store.delete(KEY)
    with pytest.raises(BytesMissing):
        await store.open(KEY)


async def test_deleting_again_is_well(store: Store) -> None:
    await store.put(KEY, io.BytesIO(b"one"))
    for _ in range(2):
        await store.delete(KEY)
    with pytest.raises(BytesMissing):
        await store.open(KEY)


class BreaksOff(io.RawIOBase):
    """Content whose reading fails in the middle."""

    def __init__(self) -> None:
        self._left = [b"the first part", None]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        part = self._left.pop(0)
        if part is None:
            raise OSError("the disk is gone")
        buffer[: len(part)] = part
        return len(part)


async def test_a_put_that_breaks_off_changes_nothing_in_a_folder(
    settings: Settings, tmp_path: Path
) -> None:
    store = open_store(settings.model_copy(update={"files_url": tmp_path.as_uri()}))
    await store.put(KEY, io.BytesIO(b"what was there"))
    with pytest.raises(OSError, match="disk"):
        await store.put(KEY, BreaksOff())  # type: ignore[arg-type]
    assert await read(store) == b"what was there"
    assert len(list((tmp_path / "exports").iterdir())) == 1


async def test_what_a_killed_process_left_goes_with_its_key(
    settings: Settings, tmp_path: Path
) -> None:
    store = open_store(settings.model_copy(update={"files_url": tmp_path.as_uri()}))
    folder = (tmp_path / KEY).parent
    folder.mkdir()
    (folder / f".{Path(KEY).name}.x7q2").write_bytes(b"half of it")
    (folder / ".another.csv.x7q2").write_bytes(b"somebody else's")
    await store.delete(KEY)
    assert [path.name for path in folder.iterdir()] == [".another.csv.x7q2"]


async def test_files_in_a_folder_are_for_this_user_alone(
    settings: Settings, tmp_path: Path
) -> None:
    store = open_store(settings.model_copy(update={"files_url": tmp_path.as_uri()}))
    await store.put(KEY, io.BytesIO(b"one"))
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0


async def test_a_store_that_cannot_be_reached_or_is_not_set_is_not_there_now(
    settings: Settings,
) -> None:
    nowhere = open_store(settings.model_copy(update={"files_url": None}))
    gone = settings.model_copy(
        update={"files_url": "s3://gifts", "files_s3_endpoint": "http://127.0.0.1:9"}
    )
    for store in (nowhere, open_store(gone)):
        with pytest.raises(StoreLost):
            await store.open(KEY)
        with pytest.raises(StoreLost):
            await store.put(KEY, io.BytesIO(b"one"))


@pytest.mark.parametrize("url", ["http://host/bucket", "/folder", "file://host/folder", "s3://"])
def test_a_url_that_names_no_store_stops_the_start(settings: Settings, url: str) -> None:
    with pytest.raises(ValueError, match="files_url"):
        Settings.model_validate(settings.model_dump() | {"files_url": url})


async def test_a_bucket_takes_nothing_from_whoever_has_not_the_key(
    settings: Settings, tmp_path: Path
) -> None:
    with serving(tmp_path) as address:
        good = settings_of_bucket(settings, address)
        wrong = good.model_copy(update={"files_s3_secret_key": SecretStr("another")})
        with pytest.raises(StoreLost):
            await open_store(wrong).put(KEY, io.BytesIO(b"one"))
        await open_store(good).put(KEY, io.BytesIO(b"one"))
        with pytest.raises(StoreLost):
            await open_store(wrong).open(KEY)
    assert (tmp_path / "gifts" / "winter" / KEY).read_bytes() == b"one"


def test_the_signature_that_the_bucket_expects_is_amazons_own_example() -> None:
    # "get-vanilla" of the Signature Version 4 test suite that Amazon has published.
    assert (
        signature(
            "GET",
            "/",
            [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
            at="20150830T123600Z",
            scope="20150830/us-east-1/service/aws4_request",
            payload=sha256(b"").hexdigest(),
            secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        )
        == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )
