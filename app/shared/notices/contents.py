"""What a notice says, as its column keeps it: sealed, in both languages, as it was written."""

import json
from dataclasses import asdict

from app.platform.crypto import Sealer
from app.platform.errors import Words
from app.shared.notices.seals import CONTENT
from app.shared.notices.wording import Content


def seal(sealer: Sealer, content: Content) -> bytes:
    return CONTENT.seal(sealer, json.dumps(asdict(content), ensure_ascii=False))


def unseal(sealer: Sealer, sealed: bytes) -> Content:
    kept = json.loads(CONTENT.open(sealer, sealed))
    return Content(Words(*kept["title"]), Words(*kept["body"]), kept["link"])
