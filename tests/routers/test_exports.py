"""Lists as files over HTTP: short ones at once, long ones asked for, followed, fetched, gone."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from openpyxl import load_workbook

from app.models.states import Role
from app.platform.ids import new_id
from app.routers.rooms import Rooms
from app.shared.counter.codes import new_code
from app.shared.counter.refusals import CodeUnknown
from app.shared.exports import direct
from app.shared.exports.ask import KEPT
from app.shared.files.links import LINK_LIFE
from tests.factories import Factory, auth
from tests.shared.exports.desk import work_off
from tests.tills import Counter

pytestmark = pytest.mark.anyio

EXPORTS = "/v1/admin/exports"
REDEMPTIONS, REFUSED = "/v1/admin/redemptions", "/v1/admin/refused-redemptions"
FIGURES = "/v1/admin/breakfast/figures"
ASKED = {"what": "breakfast.redemptions", "format": "csv"}


class Desk:
    """A member of staff in front of the service."""

    def __init__(self, client: httpx.AsyncClient, rooms: Rooms, token: str) -> None:
        self.client, self.rooms, self.headers = client, rooms, auth(token)

    async def ask(self, **body: Any) -> httpx.Response:
        return await self.client.post(EXPORTS, json=ASKED | body, headers=self.headers)

    async def asked(self, **body: Any) -> str:
        answer = await self.ask(**body)
        assert answer.status_code == 202, answer.text
        return str(answer.headers["Location"])

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(path, headers=self.headers, params=query)

    async def rows(self, path: str, **query: Any) -> list[dict[str, str]]:
        answer = await self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return table(answer)

    async def work_off(self) -> None:
        await work_off(self.rooms)


def table(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of a CSV by the Chinese names of their columns."""
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return [{name.split(" ")[0]: value for name, value in row.items()} for row in rows]


@pytest.fixture
async def desk(client: httpx.AsyncClient, rooms: Rooms, make: Factory) -> Desk:
    return Desk(client, rooms, await make.staff(Role.FINANCE))


async def redeemed(counter: Counter, *numbers: str, store_no: str = "STORE-1") -> None:
    till = await counter.till(store_no=store_no)
    for number in numbers:
        await counter.redeem(till, number, (await counter.voucher()).code)


async def test_a_long_list_is_asked_for_followed_and_fetched(desk: Desk, counter: Counter) -> None:
    await redeemed(counter, "NUMBER-1", "NUMBER-2")
    answer = await desk.ask()
    assert answer.status_code == 202
    place = answer.headers["Location"]
    assert place == f"{EXPORTS}/{answer.json()['id']}"
    waiting = (await desk.get(place)).json()
    assert (waiting["state"], waiting["rows_total"], waiting["url"]) == ("queued", None, None)
    early = await desk.get(f"{place}/file")
    assert (early.status_code, early.json()["code"]) == (409, "state_conflict")
    await desk.work_off()
    done = (await desk.get(place)).json()
    assert (done["state"], done["rows_done"], done["rows_total"]) == ("done", 2, 2)
    file = await desk.get(f"{place}/file")
    assert [row["核销编号"] for row in table(file)] == ["NUMBER-1", "NUMBER-2"]
    assert file.headers["content-disposition"].startswith(
        'attachment; filename="breakfast-redemptions-2'
    )
    assert int(file.headers["content-length"]) == len(file.content) == done["size_bytes"]
    by_link = await desk.client.get(done["url"])
    assert (by_link.status_code, by_link.content) == (200, file.content)


async def test_a_link_lives_five_minutes_and_cannot_be_made_up(desk: Desk, make: Factory) -> None:
    place = await desk.asked()
    other = await desk.asked()
    await desk.work_off()
    url = (await desk.get(place)).json()["url"]
    for made_up in (
        url.replace(place, other),
        url.replace("expires=", "expires=1"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        f"{place}/download?expires=9&signature=ü",
    ):
        assert (await desk.client.get(made_up)).status_code == 404
    await make.move_clock(LINK_LIFE - timedelta(seconds=30))
    assert (await desk.client.get(url)).status_code == 200
    await make.move_clock(timedelta(seconds=30))
    late = await desk.client.get(url)
    assert (late.status_code, late.json()["code"]) == (410, "link_expired")
    fresh = (await desk.get(place)).json()["url"]
    assert (await desk.client.get(fresh)).status_code == 200


async def test_a_link_to_what_is_not_done_or_is_gone_says_so(desk: Desk, make: Factory) -> None:
    place = await desk.asked()
    export_id = UUID(place.removeprefix(f"{EXPORTS}/"))

    async def fetch() -> tuple[int, str]:
        query = desk.rooms.links.sign("exports", export_id).query
        answer = await desk.client.get(f"{place}/download?{query}")
        return answer.status_code, answer.json()["code"]

    assert await fetch() == (409, "state_conflict")
    await make.move_clock(KEPT)
    assert await fetch() == (410, "export_gone")


async def test_after_seven_days_it_is_gone_and_still_on_the_list(desk: Desk, make: Factory) -> None:
    place = await desk.asked()
    await desk.work_off()
    await make.move_clock(KEPT)
    # Before the sweep and after it.
    for _ in range(2):
        for path in (place, f"{place}/file"):
            gone = await desk.get(path)
            assert (gone.status_code, gone.json()["code"]) == (410, "export_gone")
        [listed] = (await desk.get(EXPORTS)).json()["items"]
        assert (listed["state"], listed["url"]) == ("gone", None)
        await desk.work_off()


async def test_somebody_elses_export_is_not_found_but_by_the_administrator(
    desk: Desk, client: httpx.AsyncClient, rooms: Rooms, make: Factory
) -> None:
    place = await desk.asked()
    await desk.work_off()
    other = Desk(client, rooms, await make.staff(Role.FINANCE))
    for path in (place, f"{place}/file", f"{EXPORTS}/{new_id()}"):
        assert (await other.get(path)).status_code == 404
    assert (await other.get(EXPORTS)).json()["items"] == []
    administrator = Desk(client, rooms, await make.staff())
    assert (await administrator.get(f"{place}/file")).status_code == 200
    assert len((await administrator.get(EXPORTS)).json()["items"]) == 1


async def test_a_list_is_for_the_roles_that_may_read_it(
    desk: Desk, client: httpx.AsyncClient, rooms: Rooms, make: Factory
) -> None:
    members = await desk.ask(what="identity.members")
    assert (members.status_code, members.json()["code"]) == (403, "forbidden")
    privacy = Desk(client, rooms, await make.staff(Role.PRIVACY_OFFICER))
    assert (await privacy.ask(what="identity.members")).status_code == 202
    assert (await privacy.ask()).status_code == 403
    auditor = Desk(client, rooms, await make.staff(Role.AUDITOR))
    assert (await auditor.ask()).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"what": "breakfast.everything"}, "#/what"),
        ({"filters": {"code": "code_unknown"}}, "#/filters/code"),
        ({"what": "breakfast.vouchers"}, "#/filters/batch_id"),
        ({"filters": {"since": "yesterday"}}, "#/filters/since"),
        ({"filters": {"colour": "red"}}, "#/filters/colour"),
        ({"format": "pdf"}, "#/format"),
    ],
)
async def test_what_cannot_be_exported_is_refused_by_its_place(
    desk: Desk, body: dict[str, Any], pointer: str
) -> None:
    answer = await desk.ask(**body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_the_same_press_again_is_the_same_export(desk: Desk) -> None:
    desk.headers |= {"Idempotency-Key": '"press-1"'}
    first, again = await desk.ask(), await desk.ask()
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len((await desk.get(EXPORTS)).json()["items"]) == 1


async def test_a_third_export_waits_until_one_is_done(desk: Desk) -> None:
    for _ in range(2):
        await desk.asked()
    third = await desk.ask()
    assert (third.status_code, third.json()["code"]) == (409, "exports_unfinished")
    await desk.work_off()
    await desk.asked()


async def test_redemptions_come_at_once_as_csv_and_as_a_workbook(
    desk: Desk, counter: Counter, make: Factory
) -> None:
    await redeemed(counter, "-1-1-LEFT", "2023-11", store_no="STORE-1")
    await redeemed(counter, "NUMBER-3", store_no="STORE-2")
    rows = await desk.rows(f"{REDEMPTIONS}.csv", store_no="STORE-1")
    assert [row["核销编号"] for row in rows] == ["'-1-1-LEFT", "2023-11\t"]
    assert {row["面值（元）"] for row in rows} == {"10.00"}
    today = str(make.rooms.clock.today())
    assert len(await desk.rows(f"{REDEMPTIONS}.csv", since=today, until=today)) == 3
    assert await desk.rows(f"{REDEMPTIONS}.csv", until="2000-01-01") == []
    workbook = await desk.get(f"{REDEMPTIONS}.xlsx", store_no="STORE-2")
    sheet = load_workbook(io.BytesIO(workbook.content)).worksheets[0]
    assert (sheet["A2"].value, sheet["E2"].value) == ("NUMBER-3", 10)
    assert workbook.headers["content-disposition"] == 'attachment; filename="redemptions.xlsx"'
    assert workbook.headers["x-content-type-options"] == "nosniff"


async def test_refusals_come_at_once_and_show_nothing_that_was_typed(
    desk: Desk, counter: Counter
) -> None:
    till, guess = await counter.till(store_no="STORE-1"), new_code()
    with pytest.raises(CodeUnknown):
        await counter.redeem(till, "NUMBER-1", guess)
    [row] = await desk.rows(f"{REFUSED}.csv", code="code_unknown")
    assert (row["核销编号"], row["原因"], row["次数"]) == ("NUMBER-1", "code_unknown", "1")
    assert guess not in str(row)
    assert await desk.rows(f"{REFUSED}.csv", code="sold_out") == []


async def test_a_batchs_vouchers_come_without_their_codes_and_expire_by_time(
    desk: Desk, counter: Counter, make: Factory
) -> None:
    batch = await make.batch()
    vouchers = [await counter.voucher(batch=batch) for _ in range(2)]
    await counter.voucher()
    place = f"/v1/admin/breakfast/batches/{batch.id}/vouchers.csv"
    await counter.redeem(await counter.till(), "NUMBER-1", vouchers[0].code)
    answer = await desk.get(place)
    assert {row["券"]: row["状态"] for row in table(answer)} == {
        str(vouchers[0].id): "redeemed",
        str(vouchers[1].id): "issued",
    }
    assert not any(voucher.code in answer.text for voucher in vouchers)
    await make.move_clock(timedelta(days=8))
    states = [row["状态"] for row in await desk.rows(place)]
    assert sorted(states) == ["expired", "redeemed"]
    unknown = await desk.get(f"/v1/admin/breakfast/batches/{UUID(int=1)}/vouchers.csv")
    assert unknown.status_code == 404


async def test_figures_come_as_files(desk: Desk, counter: Counter) -> None:
    await redeemed(counter, "NUMBER-1", store_no="STORE-1")
    [total] = await desk.rows(f"{FIGURES}.csv")
    assert (total["发放"], total["核销"], total["核销金额（元）"]) == ("1", "1", "10.00")
    [day] = await desk.rows(f"{FIGURES}/days.csv")
    assert (day["日期"], day["核销"]) == (str(desk.rooms.clock.today()), "1")
    assert await desk.rows(f"{FIGURES}/days.csv", until="2000-01-01") == []
    districts = await desk.rows(f"{FIGURES}/districts.csv")
    assert len(districts) == 10
    [store] = await desk.rows(f"{FIGURES}/stores.csv")
    assert (store["门店编号"], store["核销"]) == ("STORE-1", "1")
    for path in ("", "/days", "/districts", "/stores"):
        workbook = await desk.get(f"{FIGURES}{path}.xlsx")
        assert load_workbook(io.BytesIO(workbook.content)).worksheets[0].freeze_panes == "A2"


@pytest.mark.parametrize("path", ["", "/days", "/districts", "/stores"])
async def test_without_a_campaign_there_are_no_figures_to_write_down(desk: Desk, path: str) -> None:
    answer = await desk.get(f"{FIGURES}{path}.csv")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_what_is_too_long_to_come_at_once_is_referred_to_the_workers(
    desk: Desk, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "MOST_ROWS", 1)
    batch, till = await counter.make.batch(), await counter.till()
    for number in ("NUMBER-1", "NUMBER-2"):
        await counter.redeem(till, number, (await counter.voucher(batch=batch)).code)
        with pytest.raises(CodeUnknown):
            await counter.redeem(till, f"{number}-NOT", new_code())
    vouchers = f"/v1/admin/breakfast/batches/{batch.id}/vouchers"
    for path in (REDEMPTIONS, REFUSED, vouchers):
        answer = await desk.get(f"{path}.csv")
        assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")
        assert answer.json()["most"] == 1


async def test_there_are_two_formats(desk: Desk) -> None:
    assert (await desk.get(f"{REDEMPTIONS}.pdf")).status_code == 422
