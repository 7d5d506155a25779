"""What is given back: whole and by line, sold again or scrapped, above a threshold by two people;
and what goes back by itself, because nothing took it or nobody came.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from app.replay.gift_boxes.plan import MONEY_ALONE_FEN, TWO_PEOPLE_FROM_FEN
from app.replay.gift_boxes.sale import ADMINISTRATOR, FINANCE, PAYMENTS, SHOP, Order
from app.replay.stage import Stage
from app.replay.troupe import Troupe

APPROVALS = "/v1/admin/approvals"
THRESHOLD = "/v1/admin/approval-thresholds/gift_boxes.refund"
REASON = "活动回放 / replay of the campaign"
GIVE_BACK = "giving an order back"
TOO_SLOW = "refunds do not arrive; does the service's worker run?"


@asynccontextmanager
async def by_two_people(troupe: Troupe) -> AsyncIterator[None]:
    """The threshold is this play's meanwhile. Raises `NotPlayable`."""
    stage = troupe.stage
    before = await troupe.inspect(FINANCE, THRESHOLD, act="reading a threshold")
    await _set_threshold(troupe, before.get("threshold_fen"), TWO_PEOPLE_FROM_FEN)
    yield
    await _set_threshold(troupe, TWO_PEOPLE_FROM_FEN, before.get("threshold_fen"))
    after = await stage.wire.send("GET", THRESHOLD, token=stage.staff[FINANCE])
    if after.body != before:
        stage.surprises.note("a threshold is not what it was before")


async def _set_threshold(troupe: Troupe, expected: int | None, wanted: int | None) -> None:
    """To loosen it, another one has to agree. Raises `NotPlayable`."""
    stage, body = troupe.stage, {"expected_fen": expected, "threshold_fen": wanted}
    answer = await stage.wire.send(
        "PUT", THRESHOLD, token=stage.staff[FINANCE], body=body | {"reason": REASON}
    )
    stage.must(answer, "200", "202", act="changing a threshold")
    if answer.status == 202:
        await _decide(troupe, ADMINISTRATOR, answer.body["approval_id"])


async def _decide(troupe: Troupe, role: str, approval_id: str) -> None:
    body = {"decision": "approve", "reason": REASON}
    await troupe.order(role, f"{APPROVALS}/{approval_id}/decision", body, act="approving")


async def give_back(troupe: Troupe, orders: Sequence[Order], *, stock: str) -> None:
    """Each whole."""
    for order in orders:
        body = {"stock": stock, "reason": REASON}
        path = f"{order.staffs_path}/refunds"
        await troupe.order(SHOP, path, body, expects="201", act=GIVE_BACK)
        await troupe.order(SHOP, path, body, expects="state_conflict", act=f"{GIVE_BACK} twice")
        troupe.stage.progress.step()


async def give_back_by_two(troupe: Troupe, orders: Sequence[Order]) -> None:
    """It is asked for once, and done when another has said so."""
    for order in orders:
        body = {"stock": "return", "reason": REASON}
        path = f"{order.staffs_path}/refunds"
        asked = await troupe.set_up(SHOP, path, body, act=f"{GIVE_BACK} by two")
        if "approval_id" not in asked:
            troupe.stage.surprises.note(f"{GIVE_BACK} by two: one was enough")
            continue
        act = f"{GIVE_BACK} that waits for another"
        await troupe.order(SHOP, path, body, expects="approval_pending", act=act)
        await _decide(troupe, FINANCE, str(asked["approval_id"]))
        troupe.stage.progress.step()


async def give_a_line_back(troupe: Troupe, orders: Sequence[Order]) -> None:
    """One box of several, and not more than were bought."""
    for order in orders:
        path, line = f"{order.staffs_path}/refunds", order.lines[0]["id"]
        body = {"stock": "return", "reason": REASON}
        for count, expects in ((2, "refund_too_large"), (1, "201")):
            lines = {"lines": [{"line_id": line, "quantity": count}]}
            act = "giving a line back"
            await troupe.order(SHOP, path, body | lines, expects=expects, act=act)
        troupe.stage.progress.step()


async def give_money_back(troupe: Troupe, orders: Sequence[Order]) -> None:
    """Of the payment alone; the box is kept."""
    for order in orders:
        body = {"amount_fen": MONEY_ALONE_FEN, "reason": REASON}
        path = f"{PAYMENTS}/{order.payment_id}/refunds"
        await troupe.order(FINANCE, path, body, expects="201", act="giving money back")
        troupe.stage.progress.step()


async def wait_for_money_back(stage: Stage, orders: Sequence[Order]) -> None:
    """Of each payment all refunds have arrived, and there is one. Raises `NotPlayable`."""
    for order in orders:
        path = f"{PAYMENTS}/{order.payment_id}"

        async def has_arrived(path: str = path) -> bool:
            answer = await stage.wire.send("GET", path, token=stage.staff[FINANCE])
            stage.must(answer, "200", act="looking at a payment")
            states = {refund["state"] for refund in answer.body["refunds"]}
            return states == {"succeeded"}

        await stage.wait_until(has_arrived, else_=TOO_SLOW)
