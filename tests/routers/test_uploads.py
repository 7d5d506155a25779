"""What a till scanned without a network, sent when it is back (cases D22, D23)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.models.breakfast import Dispute, Redemption, RefusedRedemption
from app.platform.clock import SHANGHAI
from app.shared.counter.codes import new_code
from tests.factories import Factory, auth
from tests.tills import Counter
from tests.verify import assert_books_are_right

pytestmark = pytest.mark.anyio

BATCH = "/v1/store/redemptions/batch"
MINUTE = timedelta(minutes=1)


def item(number: str, code: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {"redemption_no": number, "code": code, "redeemed_at": at.isoformat(), **more}


class Uploads:
    """One till's queue of offline scans."""

    def __init__(self, client: httpx.AsyncClient, make: Factory, token: str) -> None:
        self.client, self.make, self.token = client, make, token

    @property
    def now(self) -> datetime:
        return self.make.rooms.clock.now().astimezone(SHANGHAI)

    async def send(self, *items: Any, sent_at: datetime | None = None) -> list[dict[str, Any]]:
        answer = await self.client.post(
            BATCH,
            headers=auth(self.token),
            json={"sent_at": (sent_at or self.now).isoformat(), "items": list(items)},
        )
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results


@pytest.fixture
async def uploads(client: httpx.AsyncClient, make: Factory) -> Uploads:
    return Uploads(client, make, await make.till())


def told(results: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(each["outcome"], each["code"]) for each in results]


async def test_each_item_is_answered_alone_and_in_order(
    uploads: Uploads, counter: Counter, make: Factory
) -> None:
    member = await make.member()
    good, void = [await counter.voucher(member=member) for _ in range(2)]
    await counter.void(void.id)
    now = uploads.now
    results = await uploads.send(
        item("NUMBER-1", good.code, now - MINUTE, device_seq=1),
        item("NUMBER-2", "7K3M-9QXT-2BDF-H0VN-0", now - MINUTE),
        item("NUMBER-3", void.code, now - MINUTE),
        item("NUMBER-4", good.code, now),
        item("NUMBER-1", good.code, now - MINUTE, device_seq=1),
    )
    assert [each["redemption_no"] for each in results] == [
        "NUMBER-1",
        "NUMBER-2",
        "NUMBER-3",
        "NUMBER-4",
        "NUMBER-1",
    ]
    assert told(results) == [
        ("accepted", None),
        ("refused", "code_malformed"),
        ("refused", "voucher_void"),
        ("refused", "already_redeemed"),
        ("repeated", None),
    ]
    assert results[0]["redemption"]["voucher_id"] == str(good.id)
    assert results[4]["redemption"] == results[0]["redemption"]
    assert results[3]["first"]["store_name"] == "测试便利店"
    await assert_books_are_right(make.rooms)


async def test_D22_a_bad_item_is_refused_by_name_and_its_neighbours_are_taken(
    uploads: Uploads, counter: Counter, make: Factory
) -> None:
    """Eventra 11074, Uni-Event 248, Backoffice 16: null values, wrong times, one bad item."""
    voucher, now = await counter.voucher(), uploads.now
    results = await uploads.send(
        None,
        {"redemption_no": "NUMBER-1", "code": voucher.code, "redeemed_at": None},
        {"redemption_no": "NUMBER-2", "code": voucher.code, "redeemed_at": "2023-01-05T08:00:00"},
        {"redemption_no": "短", "code": voucher.code, "redeemed_at": now.isoformat()},
        item("NUMBER-4", voucher.code, now, device_seq=2**63),
        {"redemption_no": "NUMBER-5", "code": {"a": 1}, "redeemed_at": now.isoformat()},
        item("NUMBER-6", voucher.code, now),
    )
    assert told(results) == [("refused", "input_invalid")] * 6 + [("accepted", None)]
    pointers = [[error["pointer"] for error in each["errors"] or []] for each in results]
    assert pointers == [
        ["#/items/0"],
        ["#/items/1/redeemed_at"],
        ["#/items/2/redeemed_at"],
        ["#/items/3/redemption_no"],
        ["#/items/4/device_seq"],
        ["#/items/5/code"],
        [],
    ]
    assert results[0]["redemption_no"] is None
    assert results[3]["redemption_no"] == "短"


async def test_D22_device_time_is_kept_beside_the_time_that_counts_and_arrival(
    uploads: Uploads, counter: Counter, make: Factory
) -> None:
    voucher, now = await counter.voucher(), uploads.now
    await make.move_clock(timedelta(hours=3))
    # The device is an hour slow: it scanned at its 2 h ago and sends at its 1 h ago.
    arrived = uploads.now
    scanned, sent = arrived - timedelta(hours=2), arrived - timedelta(hours=1)
    [result] = await uploads.send(
        item("NUMBER-1", voucher.code, scanned, device_seq=7), sent_at=sent
    )
    assert result["outcome"] == "accepted"
    async with make.rooms.sessions() as session:
        row = (await session.scalars(select(Redemption))).one()
    assert row.device_at == scanned
    assert row.sent_at == sent
    assert row.device_seq == 7
    assert abs(row.redeemed_at - (arrived - timedelta(hours=1))) < MINUTE
    assert row.received_at >= arrived
    assert now < row.redeemed_at


async def test_D22_a_device_that_believes_in_1970_is_understood_and_its_time_kept(
    uploads: Uploads, counter: Counter, make: Factory
) -> None:
    """Uni-Event 248: wrong times. The clock stopped with its battery and began again at zero."""
    voucher, held = await counter.voucher(), await counter.voucher()
    await make.move_clock(timedelta(hours=3))
    reset = datetime(1970, 1, 1, 0, 5, tzinfo=SHANGHAI)
    # Scanned five minutes after the reset, sent an hour later by the same clock.
    [result] = await uploads.send(
        item("NUMBER-1", voucher.code, reset), sent_at=reset + timedelta(hours=1)
    )
    assert told([result]) == [("accepted", None)]
    # Put right in between: nothing tells when it was, so it counts from when it could have been.
    assert told(await uploads.send(item("NUMBER-2", held.code, reset))) == [("accepted", None)]
    async with make.rooms.sessions() as session:
        rows = {row.redemption_no: row for row in await session.scalars(select(Redemption))}
    assert {row.device_at for row in rows.values()} == {reset}
    hour_ago = uploads.now - timedelta(hours=1)
    assert abs(rows["NUMBER-1"].redeemed_at - hour_ago) < MINUTE
    assert rows["NUMBER-2"].redeemed_at == held.issued_at
    staff = auth(await make.staff())
    shown = await uploads.client.get("/v1/admin/redemptions", headers=staff)
    assert {each["device_at"] for each in shown.json()["items"]} == {reset.isoformat()}
    await assert_books_are_right(make.rooms)


async def test_a_clock_that_was_put_right_by_centuries_leaves_a_refusal_that_staff_can_read(
    uploads: Uploads, make: Factory
) -> None:
    scanned, sent = datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
    results = await uploads.send(item("NUMBER-1", new_code(), scanned), sent_at=sent)
    assert told(results) == [("refused", "code_unknown")]
    staff = auth(await make.staff())
    shown = await uploads.client.get("/v1/admin/refused-redemptions", headers=staff)
    assert shown.status_code == 200, shown.text
    assert [each["redeemed_at"] for each in shown.json()["items"]] == ["1970-01-01T08:00:00+08:00"]


async def test_the_same_upload_again_changes_nothing(
    uploads: Uploads, client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    mine, theirs = [await counter.voucher() for _ in range(2)]
    other = Uploads(client, make, await make.till())
    now = uploads.now
    assert told(await other.send(item("OTHER-1", theirs.code, now))) == [("accepted", None)]
    queue = [item("NUMBER-1", mine.code, now), item("NUMBER-2", theirs.code, now)]
    assert told(await uploads.send(*queue)) == [
        ("accepted", None),
        ("disputed", "already_redeemed"),
    ]
    assert told(await uploads.send(*queue)) == [
        ("repeated", None),
        ("disputed", "already_redeemed"),
    ]
    async with make.rooms.sessions() as session:
        assert len((await session.scalars(select(Redemption))).all()) == 2
        assert len((await session.scalars(select(Dispute))).all()) == 1
    await assert_books_are_right(make.rooms)


async def test_a_voucher_taken_by_two_tills_offline_is_a_dispute_with_both_scans_kept(
    uploads: Uploads, client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    voucher, now = await counter.voucher(), uploads.now
    first = Uploads(client, make, await make.till(await make.store(name="先到的店")))
    await first.send(item("FIRST-1", voucher.code, now - MINUTE))
    [second] = await uploads.send(item("NUMBER-1", voucher.code, now - 2 * MINUTE, device_seq=3))
    assert second["outcome"] == "disputed"
    assert second["first"]["store_name"] == "先到的店"
    async with make.rooms.sessions() as session:
        dispute = (await session.scalars(select(Dispute))).one()
    assert (dispute.voucher_id, dispute.redemption_no) == (voucher.id, "NUMBER-1")
    assert (dispute.device_seq, dispute.state) == (3, "open")
    await assert_books_are_right(make.rooms)


async def test_two_tills_of_one_store_that_were_both_offline_are_in_dispute_too(
    client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    store = await make.store()
    one, two = [Uploads(client, make, await make.till(store)) for _ in range(2)]
    voucher = await counter.voucher()
    assert told(await one.send(item("TILL-1-1", voucher.code, one.now))) == [("accepted", None)]
    assert told(await two.send(item("TILL-2-1", voucher.code, one.now)))[0][0] == "disputed"


async def test_a_pass_shown_offline_is_good_for_a_quarter_of_an_hour(
    uploads: Uploads, counter: Counter, make: Factory
) -> None:
    member = await make.member()
    voucher = await counter.voucher(member=member)
    text = (await counter.show_pass(member, voucher.id)).text
    signed = uploads.now
    await make.move_clock(timedelta(hours=5))
    late = await uploads.send(item("NUMBER-1", text, signed + 16 * MINUTE))
    assert told(late) == [("refused", "pass_expired")]
    timely = await uploads.send(item("NUMBER-1", text, signed + 14 * MINUTE))
    assert told(timely) == [("accepted", None)]


async def test_what_was_valid_when_it_was_scanned_is_accepted_after_it_expired(
    uploads: Uploads, counter: Counter, make: Factory
) -> None:
    voucher = await counter.voucher(valid_days=1)
    scanned = uploads.now
    await make.move_clock(timedelta(days=2))
    assert told(await uploads.send(item("NUMBER-1", voucher.code, scanned))) == [("accepted", None)]
    after = await counter.voucher(valid_days=1)
    await make.move_clock(timedelta(days=2))
    assert told(await uploads.send(item("NUMBER-2", after.code, uploads.now))) == [
        ("refused", "voucher_expired")
    ]


async def test_D23_a_voucher_that_was_redeemed_and_voided_is_void_to_everybody(
    uploads: Uploads, client: httpx.AsyncClient, counter: Counter, make: Factory
) -> None:
    """Eventra 12578: revoked and already redeemed was told as redeemed. Here it was redeemed,
    given back and voided, and has expired since."""
    member, first = await make.member(), await counter.till()
    voucher = await counter.voucher(member=member)
    await counter.redeem(first, "FIRST-0001", voucher.code)
    await counter.reverse(first, "FIRST-0001")
    await counter.void(voucher.id)
    await make.move_clock(timedelta(days=8))
    [result] = await uploads.send(item("NUMBER-1", voucher.code, uploads.now))
    assert (result["outcome"], result["code"]) == ("refused", "voucher_void")
    till, code = auth(uploads.token), {"code": voucher.code}
    for answer in (
        await client.put("/v1/store/redemptions/NUMBER-1", headers=till, json=code),
        await client.post("/v1/store/redemptions/lookup", headers=till, json=code),
        await client.get(
            f"/v1/breakfast/vouchers/{voucher.id}/pass", headers=auth(make.token(member))
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "voucher_void")
    await assert_books_are_right(make.rooms)


async def test_refused_redemptions_leave_a_row_that_counts_and_never_holds_what_was_typed(
    uploads: Uploads, counter: Counter, make: Factory
) -> None:
    voucher = await counter.voucher()
    await counter.void(voucher.id)
    for _ in range(3):
        await uploads.send(item("NUMBER-1", voucher.code, uploads.now, device_seq=9))
    async with make.rooms.sessions() as session:
        row = (await session.scalars(select(RefusedRedemption))).one()
    assert (row.redemption_no, row.code, row.voucher_id) == ("NUMBER-1", "voucher_void", voucher.id)
    assert (row.attempts_count, row.device_seq) == (3, 9)


async def test_five_hundred_scans_are_answered_at_once_and_more_are_refused(
    uploads: Uploads, counter: Counter, make: Factory
) -> None:
    batch, member = await make.batch(total=500), await make.member()
    vouchers = [await counter.voucher(batch=batch, member=member) for _ in range(500)]
    queue = [item(f"NUMBER-{place}", each.code, uploads.now) for place, each in enumerate(vouchers)]
    async with counter.statements() as sent:
        assert told(await uploads.send(*queue)) == [("accepted", None)] * 500
    assert len(sent) == 3
    answer = await uploads.client.post(
        BATCH,
        headers=auth(uploads.token),
        json={"sent_at": uploads.now.isoformat(), "items": [*queue, queue[0]]},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/items"
    await assert_books_are_right(make.rooms)


async def test_twenty_wrong_codes_spend_the_budget_and_then_a_right_one_hears_the_same(
    uploads: Uploads, counter: Counter
) -> None:
    voucher, now = await counter.voucher(), uploads.now
    wrong = [item(f"NUMBER-{place}", new_code(), now) for place in range(25)]
    results = await uploads.send(*wrong)
    assert told(results) == [("refused", "code_unknown")] * 20 + [("refused", "quota_exceeded")] * 5
    answer = await uploads.client.post(
        BATCH,
        headers=auth(uploads.token),
        json={"sent_at": now.isoformat(), "items": [item("NUMBER-99", voucher.code, now)]},
    )
    assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
    assert int(answer.headers["retry-after"]) > 0
