"""What handing over gift boxes refuses beside the acts themselves."""

import httpx
import pytest

from app.packs.gift_boxes import packing_file, supplier_sheet
from tests.factories import Factory, auth
from tests.gifting import ADMIN_ORDERS, STAFF, Gifts, told

pytestmark = pytest.mark.anyio

RULES = STAFF + "/rules/fulfilment"


async def test_files_of_more_rows_than_are_made_at_once_are_refused(
    client: httpx.AsyncClient, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing_file, "MOST_FILE_ROWS", 0)
    monkeypatch.setattr(supplier_sheet, "MOST_ROWS", 0)
    gifts = Gifts(client, make)
    await gifts.paid_as_told(await make.member(), (await gifts.box(), 1))
    headers = await gifts.as_staff()
    days = {"since": "2020-01-01", "until": "2099-12-31"}
    for path in ("/packing.csv", "/supplier-sheet.csv"):
        answer = await client.get(ADMIN_ORDERS + path, headers=headers, params=days)
        assert told(answer) == (422, "too_many_rows")


async def test_rules_are_a_campaigns_and_changed_by_who_has_read_them(
    client: httpx.AsyncClient, make: Factory
) -> None:
    headers = auth(await make.staff())
    change = {"version": 2, "close_after_days": 3, "reason": "快一点"}
    assert told(await client.get(RULES, headers=headers)) == (404, "not_found")
    assert told(await client.patch(RULES, headers=headers, json=change)) == (404, "not_found")
    await make.campaign()
    assert (await client.get(RULES, headers=headers)).json()["close_after_days"] == 15
    stale = await client.patch(RULES, headers=headers, json=change)
    assert told(stale) == (412, "version_stale")
