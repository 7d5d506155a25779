"""A bucket of S3, or of whatever speaks its protocol (MinIO, Ceph, the clouds)."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from app.platform.settings import Settings
from app.shared.files.stored import PART_BYTES, BytesMissing, StoredBytes, StoreLost

CONNECT_S, REQUEST_S = 2, 30
# Puts and deletes of one key may be repeated, so the client may try again by itself.
TRIES, TRYING_S = 2, 10


class Bucket:
    """Keys below `prefix`. What is put appears whole: S3 shows no half of an object."""

    def __init__(self, name: str, prefix: str, settings: Settings) -> None:
        endpoint = settings.files_s3_endpoint
        keys = (settings.files_s3_access_key, settings.files_s3_secret_key)
        access_key, secret_key = (key.get_secret_value() if key else "" for key in keys)
        self._store = S3Store(
            name,
            prefix=prefix or None,
            config={
                "region": settings.files_s3_region,
                "virtual_hosted_style_request": False,
                # One key at a time is ours; not every S3 knows the other way.
                "disable_bulk_delete": True,
                **({"endpoint": endpoint} if endpoint else {}),
                # Without keys it looks for those of the machine that it runs on.
                **({"access_key_id": access_key} if access_key else {}),
                **({"secret_access_key": secret_key} if secret_key else {}),
            },
            client_options={
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
                "connect_timeout": timedelta(seconds=CONNECT_S),
                "timeout": timedelta(seconds=REQUEST_S),
            },
            retry_config={"max_retries": TRIES, "retry_timeout": timedelta(seconds=TRYING_S)},
        )

    async def put(self, key: str, content: BinaryIO) -> None:
        with _told_apart(key):
            await obstore.put_async(self._store, key, content)

    async def open(self, key: str) -> StoredBytes:
        with _told_apart(key):
            found = await obstore.get_async(self._store, key)
        return StoredBytes(found.meta["size"], _parts(found.stream(min_chunk_size=PART_BYTES)))

    async def delete(self, key: str) -> None:
        try:
            with _told_apart(key):
                await obstore.delete_async(self._store, key)
        except BytesMissing:
            return


async def _parts(stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    async for part in stream:
        # The client's own kind of bytes, which the web server would not send.
        yield bytes(part)


@contextmanager
def _told_apart(key: str) -> Iterator[None]:
    """The client's errors as ours; its words, which may hold an address, go no further."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise BytesMissing(key) from error
    except (BaseError, OSError) as error:
        raise StoreLost(type(error).__name__) from error
