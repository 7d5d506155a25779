"""A number in a query is what is written there, or it is refused."""

import httpx
import pytest

from tests.factories import Factory, auth

AUDIT = "/v1/admin/audit"
STORES = "/v1/breakfast/stores"


@pytest.mark.parametrize("limit", ["4\u00a0", " 4", "1_0", "４", "4.0", "4\n", "0x4", ""])
async def test_an_integer_is_ascii_digits(
    client: httpx.AsyncClient, make: Factory, limit: str
) -> None:
    answer = await client.get(AUDIT, params={"limit": limit}, headers=auth(await make.staff()))
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/query/limit"


@pytest.mark.parametrize("lat", ["36\u2003", "3_6", "３６", "36,0", "nan", "1e400"])
async def test_a_number_is_written_plainly(
    client: httpx.AsyncClient, make: Factory, lat: str
) -> None:
    answer = await client.get(
        STORES,
        params={"lat": lat, "lng": "120.3"},
        headers=auth(make.token(await make.member())),
    )
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/query/lat"]


async def test_a_sign_a_point_and_an_exponent_are_plain(
    client: httpx.AsyncClient, make: Factory
) -> None:
    for lat in ("+36", "36.", ".5", "3.6e1"):
        answer = await client.get(
            STORES,
            params={"lat": lat, "lng": "120.3"},
            headers=auth(make.token(await make.member())),
        )
        assert answer.status_code == 200, answer.text
