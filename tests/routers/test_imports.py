"""Handing in a file over HTTP."""

import asyncio
import io

import httpx
import pytest
from openpyxl import Workbook
from sqlalchemy import text

from app.models.states import Role
from app.platform.db import POOL_TIMEOUT_S
from app.routers.rooms import Rooms
from app.shared.imports import xlsx_rows
from tests.factories import Factory, auth

pytestmark = pytest.mark.anyio

MEMBERS = """member_no,name,id_number,phone,district,categories
P1,王小明,11010519491231002X,12000000001,west_coast,outdoor
P2,李雷,3.7E+17,12000000002,shinan,
"""
STORES = """store_no,name,merchant,district,address,lat,lng,opens,closes
S1,门店,晨光里,shinan,香港中路1号,36.07,120.38,06:00,24:00
"""
IMPORTS = [
    "/v1/admin/members/import",
    "/v1/admin/stores/import",
    "/v1/admin/orders/shipments/import",
]
# What imports of members take in turns (`app/shared/imports/members.py`).
MEMBERS_LOCK = 0x6D65_6D62_6572
REFUSED = {
    "nothing in it": (b"", "file_empty"),
    "a broken workbook": (b"PK\x03\x04 no zip at all", "file_unreadable"),
    "neither UTF-8 nor GB18030": ("member_no,姓名\n".encode("utf-16"), "encoding_unknown"),
    "columns of something else": (b"colour,size\nred,5\n", "header_wrong"),
}


def upload(text: str) -> dict[str, tuple[str, bytes]]:
    return {"file": ("file.csv", text.encode())}


async def test_staff_hand_in_members_and_read_what_became_of_each_row(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    headers = auth(await make.staff(Role.CAMPAIGN_MANAGER)) | {"Accept-Language": "en"}

    answer = await client.post("/v1/admin/members/import", headers=headers, files=upload(MEMBERS))

    assert answer.status_code == 200, answer.text
    report = answer.json()
    [refusal] = report.pop("refusals")
    assert report == {"read": 2, "added": 1, "changed": 0, "unchanged": 0, "refused": 1}
    assert (refusal["line"], refusal["code"], refusal["column"]) == (
        3,
        "number_spoilt_by_excel",
        "id_number",
    )
    assert "Excel" in refusal["detail"]
    assert await rooms.directory.find("P1") is not None


async def test_many_files_at_once_leave_the_others_their_connections(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    member, manager = await make.member(), auth(await make.staff(Role.CAMPAIGN_MANAGER))
    path = "/v1/admin/members/import"
    async with rooms.sessions.begin() as session:
        # Another import's chunk, which takes long.
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MEMBERS_LOCK})
        files = [
            asyncio.create_task(client.post(path, headers=manager, files=upload(MEMBERS)))
            for _ in range(8)
        ]
        # As many as may be, and the others for longer than a connection is waited for.
        await asyncio.sleep(POOL_TIMEOUT_S + 0.5)
        mine = await client.get("/v1/me", headers=auth(make.token(member)))
    answers = await asyncio.gather(*files)

    assert mine.status_code == 200, mine.text
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sum(answer.json()["added"] for answer in answers) == 1


async def test_staff_hand_in_stores(client: httpx.AsyncClient, make: Factory) -> None:
    headers = auth(await make.staff(Role.STORE_MANAGER))

    answer = await client.post("/v1/admin/stores/import", headers=headers, files=upload(STORES))

    assert answer.json()["added"] == 1, answer.text


@pytest.mark.parametrize("path", IMPORTS)
@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_file_that_cannot_be_taken_is_refused_as_a_whole(
    client: httpx.AsyncClient, make: Factory, path: str, content: bytes, code: str
) -> None:
    headers = auth(await make.staff())
    answer = await client.post(path, headers=headers, files={"file": ("file", content)})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("path", IMPORTS)
async def test_a_workbook_that_would_not_fit_in_memory_is_refused(
    client: httpx.AsyncClient, make: Factory, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(xlsx_rows, "MOST_HELD_BYTES", 1_000)
    file = io.BytesIO()
    Workbook().save(file)
    headers = auth(await make.staff())
    answer = await client.post(path, headers=headers, files={"file": ("file", file.getvalue())})
    assert (answer.status_code, answer.json()["code"]) == (422, "workbook_too_large")


async def test_a_file_with_wrong_columns_is_one_clear_refusal(
    client: httpx.AsyncClient, make: Factory
) -> None:
    headers = auth(await make.staff()) | {"Accept-Language": "en"}

    answer = await client.post("/v1/admin/stores/import", headers=headers, files=upload(MEMBERS))

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "header_wrong")
    assert "store_no, name, merchant" in problem["detail"]
    assert {
        "pointer": "#/header/closes",
        "detail": "this column is missing",
        "code": "column_missing",
    } in problem["errors"]


async def test_a_call_without_a_file_says_what_is_missing(
    client: httpx.AsyncClient, make: Factory
) -> None:
    answer = await client.post("/v1/admin/members/import", headers=auth(await make.staff()))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/file")


@pytest.mark.parametrize(
    ("path", "role"),
    [("members", Role.STORE_MANAGER), ("stores", Role.CAMPAIGN_MANAGER), ("members", Role.AUDITOR)],
)
async def test_a_file_is_taken_from_those_whose_matter_it_is(
    client: httpx.AsyncClient, make: Factory, path: str, role: Role
) -> None:
    answer = await client.post(
        f"/v1/admin/{path}/import", headers=auth(await make.staff(role)), files=upload(MEMBERS)
    )

    assert answer.status_code == 403
