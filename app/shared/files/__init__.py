"""Pictures of members and of the campaign, and the store of bytes that exports use as well. See
`docs/files.md`.

A picture is looked at (`Pictures`), kept (`keep_picture`), and within a day attached by the
room that shows it (`attach`), which also has it removed (`remove`). It is shown by links that
live five minutes (`Links`).
"""

from app.shared.files.campaigns import (
    attach_campaign_pictures,
    campaign_pictures,
    find_campaign_picture,
    keep_campaign_picture,
)
from app.shared.files.keep import attach, find_linked, find_own, keep_picture, open_picture, remove
from app.shared.files.links import Links, SignedLink
from app.shared.files.pictures import Picture, Pictures
from app.shared.files.queries import FileFacts
from app.shared.files.refusals import LinkExpired
from app.shared.files.store import (
    BytesMissing,
    Store,
    StoredBytes,
    StoreLost,
    folder_of,
    open_store,
)

__all__ = [
    "BytesMissing",
    "FileFacts",
    "LinkExpired",
    "Links",
    "Picture",
    "Pictures",
    "SignedLink",
    "Store",
    "StoreLost",
    "StoredBytes",
    "attach",
    "attach_campaign_pictures",
    "campaign_pictures",
    "find_campaign_picture",
    "find_linked",
    "find_own",
    "folder_of",
    "keep_campaign_picture",
    "keep_picture",
    "open_picture",
    "open_store",
    "remove",
]
