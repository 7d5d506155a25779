"""Pictures of boxes: several in their order, seen by links that end, in words as well."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.factories import Factory
from tests.gifting import Gifts, told
from tests.shared.files.samples import encoded

pytestmark = pytest.mark.anyio


async def sent(gifts: Gifts) -> str:
    answer = await gifts.client.post(
        "/v1/admin/files",
        headers=await gifts.as_staff(),
        files={"file": ("box.png", encoded("PNG"))},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def picture(file_id: str, alt: str, alt_en: str) -> dict[str, Any]:
    return {"file_id": file_id, "alt": alt, "alt_en": alt_en}


async def test_members_see_a_boxs_pictures_in_order_with_words_and_by_links_that_end(
    gifts: Gifts, make: Factory
) -> None:
    front, inside = await sent(gifts), await sent(gifts)
    shown = [picture(front, "正面", "front"), picture(inside, "内装", "inside")]
    box, member = await gifts.box(pictures=shown), await make.member()
    assert box["pictures"] == shown
    seen = (await gifts.see(member, box))["pictures"]
    assert [(each["alt"], each["alt_en"]) for each in seen] == [
        ("正面", "front"),
        ("内装", "inside"),
    ]
    looked = await gifts.client.get(seen[0]["url"])
    assert (looked.status_code, looked.headers["content-type"]) == (200, "image/png")
    changed = await gifts.change(box, pictures=list(reversed(shown)))
    assert changed.json()["pictures"] == shown[::-1]
    texts = await gifts.change(box, version=2, name="坚果大礼盒")
    assert texts.json()["pictures"] == shown[::-1], "what is not said stays"
    await gifts.later(timedelta(minutes=6))
    assert told(await gifts.client.get(seen[0]["url"])) == (410, "link_expired")
    gone = await gifts.change(box, version=3, pictures=[])
    assert gone.json()["pictures"] == []


async def test_a_picture_that_nobody_sent_is_refused_by_its_place(gifts: Gifts) -> None:
    known = picture(await sent(gifts), "正面", "front")
    unknown = picture(str(UUID(int=1)), "内装", "inside")
    refused = await gifts.create(pictures=[known, unknown])
    assert told(refused) == (422, "input_invalid")
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/pictures/1/file_id", "picture_unknown")
