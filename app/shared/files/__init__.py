"""Bytes, kept in a folder or an S3 bucket, and links to them that live five minutes.

See `docs/files.md`.
"""

from app.shared.files.links import Links, SignedLink
from app.shared.files.refusals import LinkExpired
from app.shared.files.store import BytesMissing, Store, StoredBytes, StoreLost, open_store

__all__ = [
    "BytesMissing",
    "LinkExpired",
    "Links",
    "SignedLink",
    "Store",
    "StoreLost",
    "StoredBytes",
    "open_store",
]
