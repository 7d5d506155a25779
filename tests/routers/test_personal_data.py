"""What a member may ask of us over HTTP: a copy, who looked, and to be erased."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app.models.identity import Member as MemberRow
from app.models.states import Role
from app.platform.crypto import KeyRing, Sealer
from app.routers.rooms import Rooms
from app.shared.identity import seals
from app.shared.identity.callers import Member
from app.shared.personal_data.jobs import forget
from tests.factories import YEAR, Factory, auth
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

DATA, ACCESSES, ERASURE = "/v1/me/data", "/v1/me/data-accesses", "/v1/me/erasure"
NAME, PHONE = "张三丰", "19912345678"
ENGLISH = {"Accept-Language": "en"}


async def of_kind(
    client: httpx.AsyncClient, headers: dict[str, str], kind: str
) -> list[dict[str, Any]]:
    answer = await client.get(DATA, headers=headers)
    assert answer.status_code == 200, answer.text
    (found,) = [each for each in answer.json()["kinds"] if each["kind"] == kind]
    assert found["complete"]
    items: list[dict[str, Any]] = found["items"]
    return items


async def a_season(make: Factory, counter: Counter) -> tuple[Member, str]:
    """A member with one voucher redeemed, one refused at the till, and one still to use."""
    member = await make.member(name=NAME, phone=PHONE)
    batch = await make.batch(limit_group="早餐")
    till = await counter.till()
    used, left = [await counter.voucher(batch=batch, member=member) for _ in range(2)]
    await counter.redeem(till, "T1-0001", used.code)
    await counter.upload(await counter.till(), "T2-0001", used.code)
    return member, left.code


async def test_a_member_gets_a_copy_of_everything_in_clear(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    member, code = await a_season(make, counter)
    headers = auth(make.token(member))
    await client.put("/v1/me/consents/notices", headers=headers, json={"given": True, "version": 1})
    answer = await client.get(DATA, headers=headers)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["as_of"].endswith("+08:00")
    (account,) = await of_kind(client, headers, "account")
    assert (account["name"], account["phone"]) == (NAME, PHONE)
    assert account["member_no"] == member.member_no
    assert await of_kind(client, headers, "identity_number") == [
        {"id_number": str(member.person_id)}
    ]
    vouchers = await of_kind(client, headers, "breakfast_vouchers")
    assert [each["state"] for each in vouchers] == ["issued", "redeemed"]
    assert vouchers[0]["code"] == code
    assert vouchers[0]["issued_at"].endswith("+08:00")
    (redemption,) = await of_kind(client, headers, "breakfast_redemptions")
    assert redemption["store"] == "测试便利店"
    assert len(await of_kind(client, headers, "breakfast_disputes")) == 1
    (move,) = await of_kind(client, headers, "breakfast_voucher_moves")
    assert (move["act"], move["to_state"]) == ("redeem", "redeemed")
    limits = await of_kind(client, headers, "limits")
    assert [(each["day"], each["used"]) for each in limits] == [
        (str(make.rooms.clock.today()), 2),
        (None, 2),
    ]
    (consent,) = await of_kind(client, headers, "consents")
    assert (consent["purpose"], consent["given"]) == ("notices", True)


async def test_what_another_process_sealed_with_a_key_that_is_new_here_is_not_now(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    """Whoever exchanges keys without announcing them gets no 500."""
    member = await make.member()
    newer = Sealer(KeyRing({9: bytes(32)}))
    async with rooms.sessions.begin() as session:
        sealed = seals.PHONE.seal(newer, "19900001234")
        await session.execute(update(MemberRow).values(phone_sealed=sealed))
    answer = await client.get(DATA, headers=auth(make.token(member)))
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")


async def test_a_copy_holds_nothing_of_anybody_else(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    await a_season(make, counter)
    other = auth(make.token(await make.member(name="李四")))
    for each in (await client.get(DATA, headers=other)).json()["kinds"]:
        assert len(each["items"]) == (each["kind"] in {"account", "identity_number", "categories"})
    assert NAME not in (await client.get(DATA, headers=other)).text


async def test_a_member_sees_in_which_role_who_looked_and_never_what_was_asked_for(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    member, code = await a_season(make, counter)
    privacy, campaign = await make.staff(Role.PRIVACY_OFFICER), await make.staff()
    await client.get("/v1/admin/members?phone_last4=5678", headers=auth(privacy))
    await client.get(f"/v1/admin/breakfast/vouchers?code={code}", headers=auth(campaign))
    await client.get("/v1/admin/breakfast/vouchers", headers=auth(campaign))
    headers = auth(make.token(member)) | ENGLISH
    answer = await client.get(ACCESSES, headers=headers)
    looks = answer.json()["items"]
    assert [(each["act"], each["roles"]) for each in looks] == [
        ("breakfast.find_vouchers", ["administrator"]),
        ("find", ["privacy_officer"]),
    ]
    assert "masked" in looks[1]["what"]
    assert set(looks[0]) == {"id", "at", "roles", "act", "what"}
    said = [each["act"] + each["what"] for each in looks]
    for secret in ("5678", code, "staff-"):
        assert secret not in "".join(said), "times have digits too"
    other = auth(make.token(await make.member()))
    assert (await client.get(ACCESSES, headers=other)).json()["items"] == []


async def test_looks_come_in_pages(client: httpx.AsyncClient, make: Factory) -> None:
    member, staff = await make.member(), auth(await make.staff(Role.PRIVACY_OFFICER))
    for _ in range(3):
        await client.get(f"/v1/admin/members?member_no={member.member_no}", headers=staff)
    headers, seen, cursor = auth(make.token(member)), list[str](), ""
    while True:
        page = (await client.get(f"{ACCESSES}?limit=2{cursor}", headers=headers)).json()
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(set(seen)) == len(seen) == 3


async def test_an_erasure_is_foreseen_and_then_done_as_foreseen_kind_by_kind(
    client: httpx.AsyncClient, make: Factory, counter: Counter, rooms: Rooms
) -> None:
    member, _ = await a_season(make, counter)
    headers = auth(make.token(member))
    foreseen = (await client.get(ERASURE, headers=headers)).json()
    assert foreseen["erased_at"] is None
    done = await client.post(ERASURE, headers=headers)
    assert done.status_code == 200, done.text
    assert done.json()["kinds"] == foreseen["kinds"]
    # What other packs and rooms have of a member is in the tests of each.
    others = (
        *("wish", "couplets", "gift_boxes", "waiting", "draw", "quiz", "payment", "refund"),
        *("consultation", "talks", "appointment"),
    )
    kinds = [each for each in done.json()["kinds"] if not each["kind"].startswith(others)]
    assert {each["kind"]: each["outcome"] for each in kinds} == {
        "districts": "detached",
        "identity_number": "erased",
        "account": "erased",
        "categories": "erased",
        "consents": "erased",
        "notice_sends": "erased",
        "notices": "erased",
        "pictures": "erased",
        "notice_settings": "erased",
        "data_accesses": "detached",
        "breakfast_vouchers": "detached",
        "breakfast_voucher_moves": "detached",
        "breakfast_redemptions": "detached",
        "breakfast_refused_redemptions": "detached",
        "breakfast_disputes": "detached",
        "limits": "refused",
    }
    for each in kinds:
        assert (each["reason"] is None) == (each["outcome"] == "erased")
        assert (each["until"] is not None) == (each["outcome"] == "refused")
    await assert_books_are_right(rooms)


async def test_after_an_erasure_the_token_is_nobodys_and_a_repeat_says_so(
    client: httpx.AsyncClient, make: Factory
) -> None:
    headers = auth(make.token(await make.member()))
    assert (await client.post(ERASURE, headers=headers)).status_code == 200
    for method, path in (("POST", ERASURE), ("GET", "/v1/me"), ("GET", DATA)):
        answer = await client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "member_not_registered")


async def test_an_erased_voucher_can_still_be_used_by_whoever_has_its_code(
    client: httpx.AsyncClient, make: Factory, counter: Counter
) -> None:
    member, code = await a_season(make, counter)
    await client.post(ERASURE, headers=auth(make.token(member)))
    till = await counter.till()
    handout = await counter.look_up(till, code)
    assert handout.holder_first_name == "*"
    await counter.redeem(till, "T3-0001", code)


async def test_the_privacy_officer_sees_erasures_and_not_whose_they_were(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    member = await make.member(name=NAME)
    await client.post(ERASURE, headers=auth(make.token(member)))
    officer = auth(await make.staff(Role.PRIVACY_OFFICER))
    answer = await client.get("/v1/admin/erasures", headers=officer)
    (erasure,) = answer.json()["items"]
    assert erasure["kinds"][0]["outcome"] == "erased"
    for trace in (NAME, member.member_no, str(member.id), str(member.person_id)):
        assert trace not in answer.text


async def test_when_the_campaign_is_over_the_last_digests_are_forgotten(
    client: httpx.AsyncClient, make: Factory, rooms: Rooms
) -> None:
    await make.campaign()
    erased = await client.post(ERASURE, headers=auth(make.token(await make.member())))
    assert erased.json()["forget_at"] > erased.json()["erased_at"]
    assert erased.json()["forgotten_at"] is None

    async def forgotten() -> object:
        async with rooms.sessions.begin() as session:
            assert not await forget(session, {}, clock=rooms.clock), "there is no more to do"
        officer = auth(await make.staff(Role.PRIVACY_OFFICER))
        (erasure,) = (await client.get("/v1/admin/erasures", headers=officer)).json()["items"]
        return erasure["forgotten_at"]

    assert await forgotten() is None
    await make.move_clock(YEAR + timedelta(days=1))
    assert await forgotten() is not None
