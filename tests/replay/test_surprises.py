"""What goes otherwise than the replay planned is noticed, each in words of its own.

One deployment serves a whole row of scenes, for to seed one takes longer than to play them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from app.platform.clock import shanghai_day
from app.replay.breakfast.count import Count, read_figures
from app.replay.breakfast.days import Course, Day, Visit
from app.replay.breakfast.disputes import DISPUTES, Disputes
from app.replay.breakfast.drops import find_drops
from app.replay.breakfast.morning import Morning
from app.replay.breakfast.offline import OfflineTills
from app.replay.breakfast.opening import Opening, Won
from app.replay.breakfast.people import Person
from app.replay.breakfast.plan import Manner, Presser
from app.replay.breakfast.scans import Scans
from app.replay.breakfast.stores import Till, choose_stores, connect_tills, move_store
from app.replay.stage import NotPlayable, Stage, Surprises
from app.replay.watch import Watch
from app.schemas.breakfast import StaffBatchOut

pytestmark = pytest.mark.anyio

WORKERS = [Person(f"M{number:08}") for number in range(1, 9)]


@dataclass
class Scene:
    """Two workers with vouchers of an open drop, and two tills, at breakfast."""

    stage: Stage
    drops: Sequence[StaffBatchOut]
    won: Sequence[Won]
    tills: list[Till]
    watch: Watch
    minutes_wrong: int = 20

    def __post_init__(self) -> None:
        self.tokens = {each.account: self.stage.member_token(each.account) for each in self.won}
        self.scans = Scans(self.stage, self.tills, self.tokens, self.won[0].account)
        self.offline = OfflineTills(
            self.stage, self.tills, self.scans, self.watch, lambda _: self.minutes_wrong
        )

    @property
    def surprises(self) -> dict[str, int]:
        return dict(self.stage.surprises.seen)

    async def breakfast(self, *visits: Visit, offline: Sequence[int] = ()) -> None:
        day = Day(0, visits, frozenset(offline), None)
        won = dict(enumerate(self.won))
        await Morning(self.stage, self.scans, self.offline, day, won).play()


async def press(stage: Stage, drop: StaffBatchOut, *pressers: Presser) -> list[Won]:
    accounts = [account for presser in pressers for account in presser.person.accounts]
    tokens = {account: stage.member_token(account) for account in accounts}
    return list((await Opening(stage, drop, tokens).play(pressers, set())).values())


def visit(voucher: int, course: Course = Course.REDEEMED, *, by_pass: bool = False) -> Visit:
    return Visit(voucher, course, 0, 0, 1, by_pass)


async def test_too_few_stores_are_told_and_a_press_that_is_granted_too_much_is_noticed(
    small: Stage,
) -> None:
    assert len({store.district for store in await choose_stores(small, 10)}) == 10
    with pytest.raises(NotPlayable, match="1001 stores are needed, and 1000 serve breakfast"):
        await choose_stores(small, 1_001)
    [drop, *_] = await find_drops(small, 3)
    await small.move_clock(drop.opens_at)
    pressers = [
        Presser(WORKERS[0], Manner.NOT_ENTITLED),
        # Two persons, whatever the play believes.
        Presser(Person(WORKERS[1].account, WORKERS[2].account), Manner.IN_TWO_ACCOUNTS),
        Presser(Person("M00001301"), Manner.ONCE),
    ]
    await press(small, drop, *pressers)
    assert dict(small.surprises.seen) == {
        "a press of somebody who is not entitled: 201 instead of not_eligible": 1,
        "two presses of one person at once: two vouchers": 1,
        "a press: not_eligible instead of 201 or sold_out": 1,
    }


async def test_what_goes_otherwise_at_the_tills(small: Stage, subtests: pytest.Subtests) -> None:
    drops = await find_drops(small, len(WORKERS))
    watch = Watch(small)
    await watch.move_clock(drops[0].opens_at)
    won = await press(small, drops[0], *(Presser(each, Manner.ONCE) for each in WORKERS))
    tills = await connect_tills(small, await choose_stores(small, 2))
    await watch.move_clock(drops[0].opens_at + timedelta(hours=8))
    for act in SCENES:
        stage, hands = replace(small, surprises=Surprises()), [won.pop(), won.pop()]
        with subtests.test(act.__name__):
            await act(Scene(stage, drops, hands, tills, watch))


async def an_offline_scan_that_another_till_was_before(scene: Scene) -> None:
    await scene.breakfast(visit(0), visit(1), offline=[0])
    elsewhere = await scene.scans.put(1, "elsewhere-1", scene.won[0].code)
    assert elsewhere.status == 201
    assert await scene.offline.upload() == {}
    assert scene.surprises == {"a voucher taken offline: disputed": 1}


async def an_offline_scan_at_another_time_than_its_own(scene: Scene) -> None:
    await scene.breakfast(visit(0), visit(1, by_pass=True), offline=[0])
    await scene.watch.move_clock(scene.watch.now() + timedelta(hours=2))
    # The till's clock was put right in the meantime, so its twenty minutes stay in.
    scene.minutes_wrong = 0
    await scene.offline.upload()
    assert scene.surprises == {
        "an offline scan: judged at another time than its own": 1,
        "an offline scan: refused pass_expired": 1,
        "a voucher taken offline: refused": 1,
    }


async def a_dispute_that_somebody_else_decides_and_one_that_is_none(scene: Scene) -> None:
    await scene.breakfast(visit(0, Course.SECOND_STANDS), offline=[1])
    contested = await scene.offline.upload()
    assert contested == {scene.won[0].voucher_id: Course.SECOND_STANDS}
    token = scene.stage.staff["store_manager"]
    found = await scene.stage.read_all(DISPUTES, token, state="open")
    [dispute] = [each for each in found if each["voucher_id"] in contested]
    decision = {"decision": "first_stands", "reason": "另一位同事"}
    await scene.stage.wire.send(
        "POST", f"{DISPUTES}/{dispute['id']}/decision", token=token, body=decision
    )
    disputes = Disputes(scene.stage, scene.tills, scene.scans)

    await disputes.decide(contested)
    await disputes.decide({scene.won[1].voucher_id: Course.BOTH_PAID})

    assert scene.surprises == {"a voucher that two tills took is in no dispute": 2}
    assert await disputes.decided() == {"first_stands": 1}


async def a_closed_store_and_a_count_that_does_not_fit(scene: Scene) -> None:
    before = await read_figures(scene.stage)
    await move_store(scene.stage, scene.tills[0].store, "suspend", reason="盘点")
    await scene.breakfast(visit(1))
    count = Count(scene.stage, scene.drops)
    people = [Person(account) for account in scene.tokens]
    held = await count.vouchers(people, scene.tokens, scene.won[:1])

    assert await count.issued(seen=9) == 8
    assert await count.stores(scene.tills, scene.scans, shanghai_day(scene.watch.now())) == 0
    assert sum(mine.total() for mine in held.values()) == 2
    assert await count.refused(scene.scans, "store_suspended") == 1
    assert await count.page_views(before, redeemed=1) == 0
    assert set(scene.surprises) == {
        "redeeming a voucher: store_suspended instead of 201",
        "9 vouchers were answered, and 8 issued",
        "a voucher that was answered is not in its list",
        "the figures say 0 redeemed, and it is 1",
    }


# The last one leaves a store closed.
SCENES = [
    an_offline_scan_that_another_till_was_before,
    an_offline_scan_at_another_time_than_its_own,
    a_dispute_that_somebody_else_decides_and_one_that_is_none,
    a_closed_store_and_a_count_that_does_not_fit,
]
