"""A link to the report's page: what it asks about, signed."""

import hashlib
from datetime import date, datetime
from typing import Self
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field

from app.models.states import District
from app.platform.ids import derived_id
from app.schemas.base import Instant, Output
from app.shared.files import Links
from app.shared.identity.callers import Districts

LINKED = "report"
_ONE = "|".join(District)
DISTRICTS_PATTERN = rf"^({_ONE})(,({_ONE})){{0,9}}$"


def linked_question(
    campaign_id: UUID | None, as_of: datetime, day: date | None, districts: Districts
) -> dict[str, str]:
    """As it stands in the link; what is not asked is not there."""
    asked = {
        "campaign_id": campaign_id,
        "as_of": as_of.isoformat(),
        "day": day,
        "districts": None if districts is None else ",".join(sorted(districts)),
    }
    return {name: str(value) for name, value in asked.items() if value is not None}


def question_id(question: dict[str, str]) -> UUID:
    """What the link's signature is of: another question is another thing."""
    return derived_id(hashlib.sha256(urlencode(sorted(question.items())).encode()).digest())


def read_districts(text: str | None) -> Districts:
    """Of a text that fits `DISTRICTS_PATTERN`."""
    return None if text is None else frozenset(map(District, text.split(",")))


class ReportLinkOut(Output):
    url: str = Field(
        description="报告网页，无需令牌，五分钟内有效 · the page, without a token, for five minutes"
    )
    as_of: Instant
    expires_at: Instant

    @classmethod
    def of(cls, path: str, question: dict[str, str], as_of: datetime, links: Links) -> Self:
        link = links.sign(LINKED, question_id(question))
        url = f"{path}?{urlencode(question)}&{link.query}"
        return cls(url=url, as_of=as_of, expires_at=link.expires_at)
