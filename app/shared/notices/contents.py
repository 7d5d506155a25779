"""What a notice says, as its column keeps it: sealed, in both languages, as it was written."""

import json
from dataclasses import asdict

from app.platform.crypto import Sealer
from app.platform.errors import Words
from app.shared.notices.wording import Content

SEALED_CONTENT = "notice.content"
"""Context that it is sealed under: table.column."""


def seal(sealer: Sealer, content: Content) -> bytes:
    return sealer.seal(json.dumps(asdict(content), ensure_ascii=False), SEALED_CONTENT)


def unseal(sealer: Sealer, sealed: bytes) -> Content:
    kept = json.loads(sealer.open(sealed, SEALED_CONTENT))
    return Content(Words(*kept["title"]), Words(*kept["body"]), kept["link"])
