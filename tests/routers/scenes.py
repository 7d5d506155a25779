"""What a keyed act of staff needs before it can be done: an object in the right state, or an
account with a password, a secret, a second factor."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import func, update

from app.models.outbox import Job
from app.models.states import Category, JobState, PackKind, Role
from app.schemas.seed_ids import FIRST_MEMBER_NO
from app.shared.identity import staff, totp
from app.shared.outbox import NewJob, put
from tests import paying
from tests.appointing import Appointing
from tests.calls import Call, callers
from tests.consulting import Consulting
from tests.coupletting import NUMBER, Couplets
from tests.factories import Factory, auth
from tests.gifting import Gifts
from tests.quizzing import Quizzing
from tests.tills import Counter
from tests.wishing import Wishing

# A name, and a number, that somebody else has.
TAKEN = "TAKEN-1"
PASSWORD = "correct horse battery"
FACTOR = "/v1/admin/me/second-factor"
THRESHOLD = "/v1/admin/approval-thresholds/breakfast.budget"

Told = tuple[int, str | None]


@dataclass
class Stage:
    """Everybody who calls; makes what an act needs, and sends. A scene answers the parameters
    of the path; one of somebody's own account makes that person the caller, and what is to be
    shown goes into `body`."""

    client: httpx.AsyncClient
    make: Factory
    counter: Counter
    tokens: dict[str, dict[str, str]]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def wishing(self) -> Wishing:
        return Wishing(self.client, self.make)

    async def told(self, call: Call, headers: dict[str, str]) -> Told:
        answer = await call.send(self.client, headers)
        return answer.status_code, answer.json().get("code") if answer.is_error else None

    async def nothing(self) -> dict[str, Any]:
        return {}

    async def pack(self) -> dict[str, Any]:
        return {"kind": PackKind.WISHES}

    async def read_only(self) -> dict[str, Any]:
        await self.make.read_only("on")
        return {}

    async def closed_pack(self) -> dict[str, Any]:
        await self.make.switch(PackKind.WISHES, "close")
        return {"kind": PackKind.WISHES}

    async def edition(self) -> dict[str, Any]:
        return {"campaign_id": await self.make.campaign()}

    async def draft_edition(self) -> dict[str, Any]:
        return {"campaign_id": await self.make.next_campaign()}

    async def open_edition(self) -> dict[str, Any]:
        return {"campaign_id": await self.make.next_campaign(is_open=True)}

    async def batch(self) -> dict[str, Any]:
        return {"batch_id": (await self.make.batch(started=False)).id}

    async def running(self) -> dict[str, Any]:
        return {"batch_id": (await self.make.batch()).id}

    async def paused(self) -> dict[str, Any]:
        batch = await self.make.batch()
        await self.make.move(batch.id, "pause")
        return {"batch_id": batch.id}

    async def store(self) -> dict[str, Any]:
        return {"store_id": await self.make.store(store_no=TAKEN)}

    async def suspended(self) -> dict[str, Any]:
        store_id = await self.make.store()
        await self.counter.suspend(await self.counter.till(store_id))
        return {"store_id": store_id}

    async def merchant(self) -> dict[str, Any]:
        return {"merchant_id": await self.counter.merchant(TAKEN)}

    async def merchant_of_finance(self) -> dict[str, Any]:
        """And finance calls, who alone may ask where a merchant is paid to."""
        made = await self.merchant()
        self.tokens["staff"] = auth(await self.make.staff(Role.FINANCE))
        return made

    async def voucher(self) -> dict[str, Any]:
        return {"voucher_id": (await self.counter.voucher()).id}

    async def redemption(self) -> dict[str, Any]:
        voucher, till = await self.counter.voucher(), await self.counter.till()
        redeemed = await self.counter.redeem(till, "NUMBER-1", voucher.code)
        return {"redemption_id": redeemed.redemption.id}

    async def dispute(self) -> dict[str, Any]:
        voucher = await self.counter.voucher()
        for number in ("NUMBER-1", "NUMBER-2"):
            await self.counter.upload(await self.counter.till(), number, voucher.code)
        return {"dispute_id": await self.counter.newest_dispute()}

    async def job(self) -> dict[str, Any]:
        """One that was given up."""
        async with self.make.rooms.sessions.begin() as session:
            job_id = await put(session, NewJob("test.a", {}))
            failed = {"state": JobState.FAILED, "ended_at": func.now()}
            await session.execute(update(Job).where(Job.id == job_id).values(failed))
        return {"job_id": job_id}

    async def payment(self) -> dict[str, Any]:
        return {"payment_id": await paying.received(Gifts(self.client, self.make))}

    async def difference(self) -> dict[str, Any]:
        return {"difference_id": await paying.difference(self.make)}

    @property
    def quizzing(self) -> Quizzing:
        return Quizzing(self.client, self.make)

    @property
    def consulting(self) -> Consulting:
        return Consulting(self.client, self.make)

    async def waiting_consultation(self) -> dict[str, Any]:
        """Called by an expert who may take it."""
        expert = await self.consulting.expert()
        self.tokens["staff"] = expert.headers
        return {"consultation_id": await self.consulting.opened(await self.consulting.asker())}

    async def consultation(self, **more: Any) -> dict[str, Any]:
        """Called by the expert who has it."""
        expert = await self.consulting.expert()
        self.tokens["staff"] = expert.headers
        member = await self.consulting.asker()
        return {"consultation_id": await self.consulting.taken(member, expert, **more)}

    async def anonymous_consultation(self) -> dict[str, Any]:
        return await self.consultation(topic="psychological", anonymous=True)

    async def alert(self) -> dict[str, Any]:
        return {"alert_id": await self.consulting.alert()}

    async def quiz(self) -> dict[str, Any]:
        return {"quiz_id": (await self.quizzing.create()).json()["id"]}

    async def open_quiz(self) -> dict[str, Any]:
        return {"quiz_id": await self.quizzing.opened()}

    async def question(self) -> dict[str, Any]:
        """With what another key would be."""
        quizzing = self.quizzing
        quiz_id = await quizzing.opened(1)
        (asked,) = await quizzing.bank(quiz_id)
        self.body = {"right": [option["id"] for option in asked["options"]][:1]}
        return {"quiz_id": quiz_id, "question_id": asked["id"]}

    async def campaign(self) -> dict[str, Any]:
        await self.make.campaign()
        return {}

    async def draw(self) -> dict[str, Any]:
        return {"draw_id": (await self.quizzing.create_draw()).json()["id"]}

    async def freezable_draw(self) -> dict[str, Any]:
        return {"draw_id": await self.quizzing.freezable()}

    async def frozen_draw(self) -> dict[str, Any]:
        draw_id = await self.quizzing.frozen()
        self.body = {"sources": self.quizzing.sources()}
        return {"draw_id": draw_id}

    async def committed_draw(self) -> dict[str, Any]:
        self.body = {"public_numbers": [[1, 2, 3, 4, 5, 6], [7]]}
        return {"draw_id": await self.quizzing.committed()}

    async def drawn_draw(self) -> dict[str, Any]:
        draw_id, ticket_no = await self.quizzing.drawn(1)
        self.body = {"ticket_no": ticket_no}
        return {"draw_id": draw_id}

    async def wisher(self) -> dict[str, Any]:
        """Somebody to post for."""
        await self.make.member(member_no=FIRST_MEMBER_NO)
        return {}

    async def wish(self) -> dict[str, Any]:
        return {"wish_id": await self.wishing.posted()}

    async def open_wish(self) -> dict[str, Any]:
        volunteer = await self.make.member()
        self.body = {"member_no": volunteer.member_no}
        return {"wish_id": await self.wishing.opened()}

    async def silent_wish(self) -> dict[str, Any]:
        """Handed in, and its wisher has said nothing for a week."""
        wish_id = await self.wishing.opened()
        await self.wishing.submitted(await self.make.member(), wish_id)
        await self.make.move_clock(timedelta(days=8))
        return {"wish_id": wish_id}

    async def couplets_event(self) -> dict[str, Any]:
        """With one pair at the door."""
        event = await Couplets(self.client, self.make).event()
        self.body = event.choice()
        return {"event_id": event.id}

    async def couplets_order(self) -> dict[str, Any]:
        """Of a fair opening in which somebody asked, and whose number is out."""
        couplets = Couplets(self.client, self.make)
        event = await couplets.fair_event()
        await couplets.reserve(await self.make.member(), event)
        await couplets.close_window(event)
        self.body = {"public_numbers": [NUMBER]}
        return {"event_id": event.id}

    async def couplets_variant(self) -> dict[str, Any]:
        event = await Couplets(self.client, self.make).event()
        return {"event_id": event.id, "variant_id": event.choice()["variant_id"]}

    async def couplets_reservation(self) -> dict[str, Any]:
        """Of somebody who is called as the document's example is."""
        couplets = Couplets(self.client, self.make)
        event = await couplets.event()
        await couplets.reserved(await self.make.member(), event)
        return {"event_id": event.id}

    @property
    def appointing(self) -> Appointing:
        return Appointing(self.client, self.make)

    async def talk(self) -> dict[str, Any]:
        return {"talk_id": await self.appointing.talk(capacity=120)}

    async def talk_under_way(self) -> dict[str, Any]:
        """With somebody who has a place."""
        known = await self.appointing.talk_under_way()
        self.body = {"registration_id": known["registration_id"]}
        return known

    async def attended(self) -> dict[str, Any]:
        known = await self.talk_under_way()
        await self.appointing.attend(known["talk_id"], registration_id=known["registration_id"])
        self.body = {}
        return {"registration_id": known["registration_id"]}

    async def appointment(self) -> dict[str, Any]:
        return {"appointment_id": await self.appointing.appointment()}

    async def appointment_at_hand(self) -> dict[str, Any]:
        return {"appointment_id": await self.appointing.appointment("near")}

    async def appointment_checked_in(self) -> dict[str, Any]:
        return {"appointment_id": await self.appointing.appointment("checked_in")}

    async def couplets_pickup(self) -> dict[str, Any]:
        couplets = Couplets(self.client, self.make)
        handed = await couplets.walk_in(await couplets.event())
        return {"pickup_id": handed.json()["id"]}

    async def free_box_order(self) -> dict[str, Any]:
        """Of a fair opening in which somebody asked, and whose number is out."""
        gifts = Gifts(self.client, self.make)
        box = await gifts.fair_box()
        await gifts.claim_free(await self.make.member(categories=[Category.HARDSHIP]), box)
        await gifts.close_window(box)
        self.body = {"public_numbers": [NUMBER]}
        return {"box_id": box["id"]}

    async def gift_box(self) -> dict[str, Any]:
        return {"box_id": (await Gifts(self.client, self.make).box())["id"]}

    async def paid_order(self) -> dict[str, Any]:
        gifts = Gifts(self.client, self.make)
        order_id = await gifts.paid_as_told(await self.make.member(), (await gifts.box(), 1))
        return {"order_id": order_id}

    async def orders_to_pack(self) -> dict[str, Any]:
        order_id = (await self.paid_order())["order_id"]
        self.body = {"order_ids": [order_id]}
        return {}

    async def packed_order(self) -> dict[str, Any]:
        known = await self.paid_order()
        assert await Gifts(self.client, self.make).pack(known["order_id"]) == [None]
        return known

    async def box_pickup(self) -> dict[str, Any]:
        await self.packed_order()
        gifts = Gifts(self.client, self.make)
        handed = await gifts.hand_out(name="王小明", phone_last4="1234")
        return {"pickup_id": handed.json()["id"]}

    async def test_batch(self) -> dict[str, Any]:
        await self.make.store(store_no=TAKEN)
        self.body = {"store_no": TAKEN}
        return {"batch_id": (await self.make.batch(test=True, total=100)).id}

    async def threshold(self) -> dict[str, Any]:
        """None yet."""
        return {"kind": "breakfast.budget"}

    async def own_approval(self) -> dict[str, Any]:
        """Asked for by the one who calls."""
        return await self._ask(self.tokens["staff"])

    async def somebodys_approval(self) -> dict[str, Any]:
        return await self._ask(auth(await self.make.staff(Role.CAMPAIGN_MANAGER)))

    async def _ask(self, asker: dict[str, str]) -> dict[str, Any]:
        """A larger batch, where nobody may enlarge one alone."""
        first = {"expected_fen": None, "threshold_fen": 0, "reason": "测试"}
        made = await self.client.put(THRESHOLD, headers=self.tokens["staff"], json=first)
        assert made.status_code == 200, made.text
        batch = await self.make.batch(total=10)
        body = {"expected_total": 10, "total": 11, "reason": "追加"}
        asked = await self.client.post(
            f"/v1/admin/breakfast/batches/{batch.id}/budget", headers=asker, json=body
        )
        assert asked.status_code == 202, asked.text
        return {"approval_id": asked.json()["approval_id"]}

    async def account(self) -> dict[str, Any]:
        rooms = self.make.rooms
        account = await staff.create_staff(
            rooms.sessions,
            rooms.clock,
            self.make.once,
            actor=self.make.actor,
            name=TAKEN,
            password=PASSWORD,
            roles=[Role.DESK],
        )
        return {"staff_id": account.id}

    async def own_account(self) -> dict[str, Any]:
        """Signed in, and the one who calls from now on."""
        made = await self.account()
        form = {"grant_type": "password", "username": TAKEN, "password": PASSWORD}
        answer = await self.client.post("/v1/oauth/token", data=form)
        self.tokens["staff"] = auth(answer.json()["access_token"])
        self.body = {"password": PASSWORD}
        return made

    async def own_secret(self) -> dict[str, Any]:
        """Begun and not confirmed."""
        made = await self.own_account()
        begun = await self.client.post(FACTOR, headers=self.tokens["staff"])
        self._secret = totp.read_secret(begun.json()["secret"])
        self.body |= {"totp": self._code(0)}
        return made

    async def own_factor(self) -> dict[str, Any]:
        made = await self.own_secret()
        confirmed = await self.client.post(
            f"{FACTOR}/confirmation", headers=self.tokens["staff"], json=self.body
        )
        assert confirmed.status_code == 200, confirmed.text
        # A code is good once; the next one is taken early.
        self.body |= {"totp": self._code(1)}
        return made

    async def somebodys_factor(self) -> dict[str, Any]:
        """And the administrator calls."""
        administrator = self.tokens["staff"]
        made = await self.own_factor()
        self.tokens["staff"], self.body = administrator, {}
        return made

    def _code(self, drift: int) -> str:
        return totp.code_of(self._secret, int(time.time()) // totp.STEP_S + drift)


async def set_stage(client: httpx.AsyncClient, make: Factory, counter: Counter) -> Stage:
    await make.campaign()
    return Stage(client, make, counter, await callers(make))
