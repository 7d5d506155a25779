"""Whatever staff or a till change leaves a row of the ledger, in the words of its route."""

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from app.main import app as unstarted
from app.models.approvals import ApprovalThreshold
from app.models.ledger import LedgerEntry
from app.models.outbox import Job
from app.models.states import ActorKind, Category, JobState, PackKind, Role
from app.models.wishes import WishKind
from app.packs.breakfast.budget import BUDGET, change_budget
from app.packs.breakfast.notices import VOUCHER_EXPIRING
from app.platform.ids import new_id
from app.routers.guard import GuardedRoute
from app.schemas.campaigns import CAMPAIGN_EXAMPLE, COPY_EXAMPLE
from app.schemas.draws_desk import DRAW_EXAMPLE
from app.schemas.health_desk import QUIZ_EXAMPLE
from app.schemas.wishes import WISH_EXAMPLE
from app.shared.approvals import Asked
from app.shared.identity.callers import Till
from app.shared.outbox import NewJob, put
from tests import paying
from tests.appointing import STAFF_APPOINTMENTS, STAFF_TALKS, Appointing
from tests.consulting import ALERTS, DESK, EXPERT, EXPERTS, RETENTION, RUNS, Consulting
from tests.coupletting import NUMBER, Couplets
from tests.factories import Factory, auth
from tests.gifting import Gifts
from tests.quizzing import DRAWS, QUIZZES, Quizzing, question
from tests.routers.test_documents import guarded_routes
from tests.shared.files.samples import encoded
from tests.shared.identity.office import PASSWORD, Office, code_now, next_code
from tests.tills import Counter
from tests.wishing import Wishing

pytestmark = pytest.mark.anyio

COUPLETS = "/v1/admin/couplets/events"
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
# A route that changes nothing and shows nobody's data, whatever its method. With its reason.
KEEPS_NOTHING: dict[str, str] = {
    "POST /v1/store/test-passes": "signs for a test code, whose holder is nobody",
    "POST /v1/admin/notice-templates/{kind}/preview": "shows words, to nobody in particular",
}

# Acts on what has a name and no id: the changed fields carry it.
HAS_NO_ID = {
    "notice_template.change",
    "retention.period.change",
    "read_only.on",
    "read_only.off",
}

REASON = {"reason": "测试"}
PLAN = {"version": 0, "place": "健康咨询室", "slot_min": 30, "hours": []}
WORDS = {
    "version": 0,
    "title_zh": "快用早餐券",
    "body_zh": "{last_day}到期。",
    "title_en": "Use your voucher",
    "body_en": "Good until {last_day}.",
}
STORE = {
    "store_no": "QD7001",
    "name": "晨光店",
    "merchant": "晨光便利",
    "district": "shinan",
    "address": "香港中路 1 号",
    "lat": 36.07,
    "lng": 120.38,
    "opens": "06:00",
    "closes": "22:00",
}
BATCH = {
    "name": "早餐券",
    "total": 10,
    "opens_at": "2023-01-05T00:00:00+08:00",
    "closes_at": "2099-01-05T00:00:00+08:00",
    "valid_days": 7,
    "face_value_fen": 1000,
    "eligible_categories": ["outdoor"],
}
MEMBERS = (
    "member_no,name,id_number,phone,district,categories\n"
    "M1,王小明,11010519491231002X,19900001234,shinan,outdoor\n"
)
STORES = (
    "store_no,name,merchant,district,address,lat,lng,opens,closes\n"
    "QD7002,晨光店,晨光便利,shinan,香港中路 1 号,36.07,120.38,06:00,22:00\n"
)
BANK = "code,kind,text,option_a,option_b,key\nB1,single,洗手多久？,5 秒,20 秒,B\n"
VERSION_2 = {**question(0), "version": 1, "text": "换一种问法"}
del VERSION_2["code"]


@dataclass
class Scene:
    make: Factory
    counter: Counter
    wishing: Wishing

    async def account(self) -> dict[str, Any]:
        token = await self.make.staff(Role.DESK)
        badge = self.make.rooms.own_tokens.verify_staff(token)
        return {"staff_id": badge.staff.id}

    async def own(self) -> dict[str, Any]:
        """An account that acts on itself, with the password that it shows."""
        office, tokens = Office(self.make), self.make.rooms.own_tokens
        account = await office.account()
        member = await office.sign_in()
        # As one who has just signed in, before this process has heard of it.
        token = tokens.issue_staff(member, as_of=2**31)
        return {"staff_id": account.id, "token": token, "member": member}

    @property
    def couplets(self) -> Couplets:
        return Couplets(self.wishing.client, self.make)

    async def campaign(self) -> dict[str, Any]:
        await self.make.campaign()
        return {"plan": self.couplets.plan()}

    async def event(self) -> dict[str, Any]:
        event = await self.couplets.event()
        return {"event_id": event.id, **event.choice()}

    async def pending_order(self) -> dict[str, Any]:
        """Of a fair opening in which somebody asked, and whose number is out."""
        event = await self.couplets.fair_event()
        await self.couplets.reserve(await self.make.member(), event)
        await self.couplets.close_window(event)
        return {"event_id": event.id}

    async def reserved_pair(self) -> dict[str, Any]:
        couplets = self.couplets
        event = await couplets.event()
        await couplets.reserved(await self.make.member(), event)
        now = self.make.rooms.clock.now().isoformat()
        return {"event_id": event.id, "now": now}

    async def handed_out(self) -> dict[str, Any]:
        couplets = self.couplets
        handed = await couplets.walk_in(await couplets.event())
        return {"pickup_id": handed.json()["id"]}

    @property
    def gifts(self) -> Gifts:
        return Gifts(self.wishing.client, self.make)

    async def sale(self) -> dict[str, Any]:
        await self.make.campaign()
        return {"plan": self.gifts.plan()}

    async def gift_box(self) -> dict[str, Any]:
        return {"box_id": (await self.gifts.box())["id"]}

    async def pending_free_boxes(self) -> dict[str, Any]:
        """Of a fair opening in which somebody asked, and whose number is out."""
        box = await self.gifts.fair_box()
        await self.gifts.claim_free(await self.make.member(categories=[Category.HARDSHIP]), box)
        await self.gifts.close_window(box)
        return {"box_id": box["id"]}

    async def paid_order(self) -> dict[str, Any]:
        gifts, member = self.gifts, await self.make.member()
        return {"order_id": await gifts.paid_as_told(member, (await gifts.box(), 1))}

    async def packed_order(self) -> dict[str, Any]:
        known = await self.paid_order()
        assert await self.gifts.pack(known["order_id"]) == [None]
        return known

    async def fetched_order(self) -> dict[str, Any]:
        await self.packed_order()
        handed = await self.gifts.hand_out(name="王小明", phone_last4="1234")
        return {"pickup_id": handed.json()["id"]}

    async def supplied_box(self) -> dict[str, Any]:
        return {**await self.gift_box(), **await self.supplier()}

    async def supplier(self) -> dict[str, Any]:
        _, staff_id, merchant_id = await self.gifts.supplier("海滨食品", bound=False)
        return {"staff_id": staff_id, "merchant_id": merchant_id}

    async def signed_in(self) -> dict[str, Any]:
        own = await self.own()
        return own | {"session_id": own["member"].session_id}

    async def enrolling(self) -> dict[str, Any]:
        own = await self.own()
        secret = await Office(self.make).begin(own["member"])
        return own | {"totp": code_now(secret)}

    async def enrolled(self) -> dict[str, Any]:
        own = await self.own()
        secret = await Office(self.make).enrolled(own["member"])
        return own | {"totp": next_code(secret)}

    async def somebody_enrolled(self) -> dict[str, Any]:
        return {"staff_id": (await self.enrolled())["staff_id"]}

    async def template(self) -> dict[str, Any]:
        return {"kind": VOUCHER_EXPIRING}

    async def store(self) -> dict[str, Any]:
        return {"store_id": await self.make.store()}

    async def suspended(self) -> dict[str, Any]:
        till = await self.counter.till()
        await self.counter.suspend(till)
        return {"store_id": till.store_id}

    async def merchant(self) -> dict[str, Any]:
        return {"merchant_id": await self.counter.merchant("连锁便利")}

    async def merchant_of_finance(self) -> dict[str, Any]:
        """And finance calls, who alone may say where money goes."""
        return await self.merchant() | {"token": await self.make.staff(Role.FINANCE)}

    async def device(self) -> dict[str, Any]:
        till = await self.counter.till()
        return {"store_id": till.store_id, "device_id": till.device_id}

    async def system(self) -> dict[str, Any]:
        merchant = await self.merchant()
        system = await self.counter.merchant_system(merchant["merchant_id"])
        return merchant | {"device_id": system.device_id}

    async def member(self) -> dict[str, Any]:
        return {"member_id": (await self.make.member()).id}

    async def draft(self) -> dict[str, Any]:
        return {"batch_id": (await self.make.batch(started=False)).id}

    async def running(self) -> dict[str, Any]:
        return {"batch_id": (await self.make.batch()).id}

    async def paused(self) -> dict[str, Any]:
        batch = await self.running()
        await self.make.move(batch["batch_id"], "pause")
        return batch

    async def voucher(self) -> dict[str, Any]:
        voucher = await self.counter.voucher()
        return {"voucher_id": voucher.id, "code": voucher.code}

    async def redemption(self) -> dict[str, Any]:
        voucher, till = await self.voucher(), await self.counter.till()
        redeemed = await self.counter.redeem(till, "NUMBER-1", voucher["code"])
        return {"redemption_id": redeemed.redemption.id, "till": till}

    async def dispute(self) -> dict[str, Any]:
        voucher = await self.voucher()
        await self.counter.redeem(await self.counter.till(), "FIRST-1", voucher["code"])
        await self.counter.upload(await self.counter.till(), "SECOND-1", voucher["code"])
        return {"dispute_id": await self.counter.newest_dispute()}

    async def certified(self) -> dict[str, Any]:
        await self.make.store(store_no="QD7003")
        return {"batch_id": (await self.make.batch(test=True, total=100)).id}

    async def approval(self) -> dict[str, Any]:
        """Asked for by an administrator, whose token it has for taking it back."""
        rooms, token = self.make.rooms, await self.make.staff()
        caller = rooms.own_tokens.verify_staff(token).staff
        batch, actor = await self.make.batch(total=10), caller.acting(rooms.digester)
        async with rooms.sessions.begin() as session:
            session.add(ApprovalThreshold(id=new_id(), kind=BUDGET.name, threshold_fen=0))
        asked = await change_budget(
            rooms.sessions,
            rooms.clock,
            rooms.stock,
            self.make.once,
            actor=actor,
            batch_id=batch.id,
            expected_total=10,
            total=20,
            reason="测试",
        )
        assert isinstance(asked, Asked)
        return {"approval_id": asked.approval_id, "token": token}

    async def approval_of_somebody_else(self) -> dict[str, Any]:
        return {"approval_id": (await self.approval())["approval_id"]}

    async def kind(self) -> dict[str, Any]:
        return {"kind": BUDGET.name}

    async def failed_job(self) -> dict[str, Any]:
        async with self.make.rooms.sessions.begin() as session:
            job_id = await put(session, NewJob("test.a", {}))
            failed = {"state": JobState.FAILED, "ended_at": func.now()}
            await session.execute(update(Job).where(Job.id == job_id).values(**failed))
        return {"job_id": job_id}

    async def pack(self) -> dict[str, Any]:
        await self.make.campaign()
        return {"kind": PackKind.WISHES}

    async def edition(self) -> dict[str, Any]:
        return {"campaign_id": await self.make.campaign(), "kind": PackKind.WISHES}

    async def draft_edition(self) -> dict[str, Any]:
        return {"campaign_id": await self.make.next_campaign()}

    async def open_edition(self) -> dict[str, Any]:
        return {"campaign_id": await self.make.next_campaign(is_open=True)}

    async def wish_kind(self) -> dict[str, Any]:
        await self.make.campaign()
        async with self.make.rooms.sessions() as session:
            return {"kind_id": await session.scalar(select(WishKind.id).limit(1))}

    async def read_only(self) -> dict[str, Any]:
        await self.make.read_only("on")
        return {}

    async def closed_pack(self) -> dict[str, Any]:
        pack = await self.pack()
        await self.make.switch(pack["kind"], "close")
        return pack

    async def payment(self) -> dict[str, Any]:
        return {"payment_id": await paying.received(self.gifts)}

    async def difference(self) -> dict[str, Any]:
        return {"difference_id": await paying.difference(self.make)}

    async def wisher(self) -> dict[str, Any]:
        """Somebody to post for."""
        await self.nothing()
        return {"member_no": (await self.make.member()).member_no}

    async def wish(self) -> dict[str, Any]:
        return {"wish_id": await self.wishing.posted()}

    async def open_wish(self) -> dict[str, Any]:
        volunteer = await self.make.member()
        return {"wish_id": await self.wishing.opened(), "member_no": volunteer.member_no}

    async def silent_wish(self) -> dict[str, Any]:
        wish_id = await self.wishing.opened()
        await self.wishing.submitted(await self.make.member(), wish_id)
        await self.make.move_clock(timedelta(days=8))
        return {"wish_id": wish_id}

    @property
    def quizzing(self) -> Quizzing:
        return Quizzing(self.wishing.client, self.make)

    async def quiz(self) -> dict[str, Any]:
        return {"quiz_id": (await self.quizzing.create()).json()["id"]}

    async def open_quiz(self) -> dict[str, Any]:
        return {"quiz_id": await self.quizzing.opened()}

    @property
    def consulting(self) -> Consulting:
        return Consulting(self.wishing.client, self.make)

    @property
    def appointing(self) -> Appointing:
        return Appointing(self.wishing.client, self.make)

    async def talk_plan(self) -> dict[str, Any]:
        await self.make.campaign()
        return {"plan": self.appointing.talk_plan()}

    async def talk(self) -> dict[str, Any]:
        return {"talk_id": await self.appointing.talk()}

    async def talk_under_way(self) -> dict[str, Any]:
        return await self.appointing.talk_under_way()

    async def attended(self) -> dict[str, Any]:
        known = await self.talk_under_way()
        await self.appointing.attend(known["talk_id"], registration_id=known["registration_id"])
        return known

    async def appointment(self) -> dict[str, Any]:
        return {"appointment_id": await self.appointing.appointment()}

    async def appointment_at_hand(self) -> dict[str, Any]:
        return {"appointment_id": await self.appointing.appointment("near")}

    async def appointment_checked_in(self) -> dict[str, Any]:
        return {"appointment_id": await self.appointing.appointment("checked_in")}

    async def expert(self) -> dict[str, Any]:
        return {"expert_id": (await self.consulting.expert()).id}

    async def waiting_consultation(self) -> dict[str, Any]:
        """With the token of an expert who may take it."""
        consulting = self.consulting
        expert = await consulting.expert()
        thread_id = await consulting.opened(await consulting.asker())
        return {"consultation_id": thread_id, "token": expert.token}

    async def consultation(self) -> dict[str, Any]:
        """With the token of the expert who has it."""
        consulting = self.consulting
        expert = await consulting.expert()
        thread_id = await consulting.taken(await consulting.asker(), expert)
        return {"consultation_id": thread_id, "token": expert.token}

    async def anonymous_consultation(self) -> dict[str, Any]:
        consulting = self.consulting
        expert = await consulting.expert()
        more = {"topic": "psychological", "anonymous": True}
        thread_id = await consulting.taken(await consulting.asker(), expert, **more)
        return {"consultation_id": thread_id, "token": expert.token}

    async def alert(self) -> dict[str, Any]:
        return {"alert_id": await self.consulting.alert()}

    async def kept_kind(self) -> dict[str, Any]:
        return {"kind": "health.consultation_messages"}

    async def question(self) -> dict[str, Any]:
        quizzing = self.quizzing
        quiz_id = await quizzing.opened(1)
        (asked,) = await quizzing.bank(quiz_id)
        right = [each["id"] for each in asked["options"] if not each["correct"]][:1]
        return {"quiz_id": quiz_id, "question_id": asked["id"], "right": right}

    async def draw(self) -> dict[str, Any]:
        created = (await self.quizzing.create_draw()).json()
        return {"draw_id": created["id"], "plan": self.quizzing.draw_body()}

    async def freezable_draw(self) -> dict[str, Any]:
        return {"draw_id": await self.quizzing.freezable()}

    async def frozen_draw(self) -> dict[str, Any]:
        draw_id = await self.quizzing.frozen()
        return {"draw_id": draw_id, "sources": self.quizzing.sources()}

    async def committed_draw(self) -> dict[str, Any]:
        return {"draw_id": await self.quizzing.committed()}

    async def drawn_draw(self) -> dict[str, Any]:
        draw_id, ticket_no = await self.quizzing.drawn(1)
        return {"draw_id": draw_id, "ticket_no": ticket_no}

    async def nothing(self) -> dict[str, Any]:
        await self.make.campaign()
        return {}


class Ask(NamedTuple):
    """What there must be first, and what is sent: JSON (made of what there is) or a file."""

    prepare: Callable[[Scene], Awaitable[dict[str, Any]]] = Scene.nothing
    body: Callable[[dict[str, Any]], object] | object = None
    file: str | bytes | None = None


def written_down(it: dict[str, Any]) -> dict[str, Any]:
    item = {"pickup_no": "DESK-0001", "name": "王小明", "phone_last4": "1234"}
    return {"sent_at": it["now"], "items": [{**item, "collected_at": it["now"]}]}


def offline(known: dict[str, Any]) -> object:
    scan = {
        "redemption_no": "NUMBER-1",
        "code": known["code"],
        "redeemed_at": "2023-01-05T08:00:00+08:00",
        "device_seq": 1,
    }
    return {"sent_at": "2023-01-05T08:00:00+08:00", "items": [scan]}


def on_behalf(known: dict[str, Any]) -> object:
    spoken = {"proxy_name": "李社工", "proxy_relation": "社工", "consented": True}
    return {**WISH_EXAMPLE, "on_behalf_of": {"member_no": known["member_no"], **spoken}}


def proof(known: dict[str, Any]) -> object:
    return {"password": PASSWORD, "totp": known["totp"]}


BATCHES, STORE_PATH = "/v1/admin/breakfast/batches", "/v1/admin/stores"
ASKS: dict[str, Ask] = {
    f"POST {BATCHES}": Ask(body=BATCH),
    f"PATCH {BATCHES}/{{batch_id}}": Ask(Scene.draft, {"version": 1, "name": "新名"}),
    f"POST {BATCHES}/{{batch_id}}/start": Ask(Scene.draft, REASON),
    f"POST {BATCHES}/{{batch_id}}/pause": Ask(Scene.running, REASON),
    f"POST {BATCHES}/{{batch_id}}/resume": Ask(Scene.paused, REASON),
    f"POST {BATCHES}/{{batch_id}}/end": Ask(Scene.running, REASON),
    f"POST {BATCHES}/{{batch_id}}/budget": Ask(
        Scene.running, {"expected_total": 10, "total": 20, **REASON}
    ),
    "POST /v1/admin/breakfast/vouchers/{voucher_id}/void": Ask(Scene.voucher, REASON),
    f"POST {BATCHES}/{{batch_id}}/test-codes": Ask(Scene.certified, {"store_no": "QD7003"}),
    "POST /v1/admin/approvals/{approval_id}/decision": Ask(
        Scene.approval_of_somebody_else, {"decision": "approve", **REASON}
    ),
    "POST /v1/admin/approvals/{approval_id}/withdrawal": Ask(Scene.approval, REASON),
    "PUT /v1/admin/approval-thresholds/{kind}": Ask(
        Scene.kind, {"expected_fen": None, "threshold_fen": 1000, **REASON}
    ),
    "POST /v1/admin/jobs/{job_id}/retry": Ask(Scene.failed_job),
    "POST /v1/admin/payments/{payment_id}/refunds": Ask(
        Scene.payment, {"amount_fen": 100, **REASON}
    ),
    "POST /v1/admin/payment-reconciliations": Ask(body={"day": "2023-01-06"}),
    "POST /v1/admin/payment-differences/{difference_id}/take": Ask(Scene.difference),
    "POST /v1/admin/payment-differences/{difference_id}/resolution": Ask(
        Scene.difference, {"resolution": "已核对"}
    ),
    "POST /v1/admin/members/import": Ask(file=MEMBERS),
    "POST /v1/admin/stores/import": Ask(file=STORES),
    "PUT /v1/admin/members/{member_id}/categories": Ask(Scene.member, {"categories": []}),
    "POST /v1/admin/redemptions/{redemption_id}/reversal": Ask(Scene.redemption, REASON),
    "POST /v1/admin/redemption-disputes/{dispute_id}/decision": Ask(
        Scene.dispute, {"decision": "both_paid", **REASON}
    ),
    "POST /v1/admin/staff": Ask(body={"name": "新同事", "roles": ["desk"]}),
    "POST /v1/admin/staff/{staff_id}/roles": Ask(Scene.account, {"roles": ["finance"]}),
    "POST /v1/admin/staff/{staff_id}/password": Ask(Scene.account, {}),
    "POST /v1/admin/staff/{staff_id}/disable": Ask(Scene.account),
    "POST /v1/admin/staff/{staff_id}/districts": Ask(Scene.account, {"districts": ["jimo"]}),
    "POST /v1/admin/staff/{staff_id}/second-factor/removal": Ask(Scene.somebody_enrolled, REASON),
    "DELETE /v1/admin/staff/{staff_id}/sessions": Ask(Scene.account),
    "POST /v1/admin/me/password": Ask(
        Scene.own, {"password": PASSWORD, "new_password": "another " + PASSWORD}
    ),
    "POST /v1/admin/me/second-factor": Ask(Scene.own),
    "POST /v1/admin/me/second-factor/confirmation": Ask(Scene.enrolling, proof),
    "POST /v1/admin/me/second-factor/removal": Ask(Scene.enrolled, proof),
    "DELETE /v1/admin/me/sessions/{session_id}": Ask(Scene.signed_in),
    "PUT /v1/admin/notice-templates/{kind}": Ask(Scene.template, WORDS),
    f"POST {STORE_PATH}": Ask(body=STORE),
    f"POST {STORE_PATH}/{{store_id}}/suspend": Ask(Scene.store, REASON),
    f"POST {STORE_PATH}/{{store_id}}/restore": Ask(Scene.suspended, REASON),
    f"POST {STORE_PATH}/{{store_id}}/onboarding-codes": Ask(Scene.store),
    f"DELETE {STORE_PATH}/{{store_id}}/devices/{{device_id}}": Ask(Scene.device),
    f"DELETE {STORE_PATH}/devices/{{device_id}}": Ask(Scene.device),
    "POST /v1/admin/merchants": Ask(body={"name": "晨光便利"}),
    "PATCH /v1/admin/merchants/{merchant_id}": Ask(
        Scene.merchant, {"version": 1, "legal_name": "晨光便利有限公司"}
    ),
    "PATCH /v1/admin/merchants/{merchant_id}/bank-account": Ask(
        Scene.merchant_of_finance,
        {"version": 1, "bank": "青岛银行", "account": "37001986106050012345", **REASON},
    ),
    "POST /v1/admin/exports": Ask(body={"what": "breakfast.redemptions", "format": "csv"}),
    "POST /v1/admin/merchants/{merchant_id}/onboarding-codes": Ask(Scene.merchant),
    "DELETE /v1/admin/merchants/{merchant_id}/devices/{device_id}": Ask(Scene.system),
    "POST /v1/admin/wishes/kinds": Ask(
        body={"code": "reading", "title": "陪读", "title_en": "Reading"}
    ),
    "PATCH /v1/admin/wishes/kinds/{kind_id}": Ask(Scene.wish_kind, {"version": 1, "is_on": False}),
    "PATCH /v1/admin/wishes/limits": Ask(body={"version": 1, "open_claims": 4, **REASON}),
    "POST /v1/admin/campaigns": Ask(Scene.nothing, CAMPAIGN_EXAMPLE),
    "PATCH /v1/admin/campaigns/{campaign_id}": Ask(Scene.edition, {"version": 1, "name": "更名"}),
    "PATCH /v1/admin/campaigns/{campaign_id}/packs/{kind}": Ask(
        Scene.edition, {"version": 1, "title": "更名"}
    ),
    "POST /v1/admin/campaigns/{campaign_id}/copies": Ask(Scene.edition, COPY_EXAMPLE),
    "POST /v1/admin/campaigns/{campaign_id}/open": Ask(Scene.draft_edition, REASON),
    "POST /v1/admin/campaigns/{campaign_id}/end": Ask(Scene.edition, REASON),
    "POST /v1/admin/campaigns/{campaign_id}/current": Ask(Scene.open_edition, REASON),
    "POST /v1/admin/packs/{kind}/close": Ask(Scene.pack, REASON),
    "POST /v1/admin/packs/{kind}/open": Ask(Scene.closed_pack, REASON),
    "POST /v1/admin/read-only/on": Ask(body=REASON),
    "POST /v1/admin/read-only/off": Ask(Scene.read_only, REASON),
    "POST /v1/admin/wishes": Ask(Scene.wisher, on_behalf),
    "POST /v1/admin/wishes/{wish_id}/review": Ask(Scene.wish, {"decision": "approve", **REASON}),
    "POST /v1/admin/wishes/{wish_id}/dispatches": Ask(
        Scene.open_wish, lambda it: {"member_no": it["member_no"]}
    ),
    "POST /v1/admin/wishes/{wish_id}/confirmation": Ask(
        Scene.silent_wish, {"done": False, **REASON}
    ),
    "PUT /v1/admin/wish-volunteers/{member_id}": Ask(
        Scene.member, {"is_adult": True, "is_trained": True, "is_healthy": True, **REASON}
    ),
    f"POST {COUPLETS}": Ask(Scene.campaign, lambda it: it["plan"]),
    f"PATCH {COUPLETS}/{{event_id}}": Ask(Scene.event, {"version": 1, "title": "另一场"}),
    f"POST {COUPLETS}/{{event_id}}/variants/{{variant_id}}/stock": Ask(
        Scene.event, {"pool": "walk_in", "expected_total": 1, "total": 2, **REASON}
    ),
    f"POST {COUPLETS}/{{event_id}}/order": Ask(
        Scene.pending_order, {"public_numbers": [NUMBER], **REASON}
    ),
    "POST /v1/admin/files": Ask(file=encoded("PNG")),
    f"POST {COUPLETS}/{{event_id}}/pickups": Ask(
        Scene.reserved_pair, {"name": "王小明", "phone_last4": "1234"}
    ),
    f"POST {COUPLETS}/{{event_id}}/walk-ins": Ask(
        Scene.event, lambda it: {"variant_id": it["variant_id"], "site_id": it["site_id"]}
    ),
    f"POST {COUPLETS}/{{event_id}}/pickups/batch": Ask(Scene.reserved_pair, written_down),
    "POST /v1/admin/couplets/pickups/{pickup_id}/reversal": Ask(Scene.handed_out, REASON),
    "POST /v1/admin/gift-boxes": Ask(Scene.sale, lambda it: it["plan"]),
    "PATCH /v1/admin/gift-boxes/rules": Ask(Scene.sale, {"version": 1, "hold_min": 20, **REASON}),
    "PATCH /v1/admin/gift-boxes/{box_id}": Ask(Scene.gift_box, {"version": 1, "name": "新名"}),
    "POST /v1/admin/gift-boxes/{box_id}/stock": Ask(
        Scene.gift_box, {"expected_total": 3, "total": 4, **REASON}
    ),
    "POST /v1/admin/orders/{order_id}/refunds": Ask(
        Scene.paid_order, {"stock": "return", **REASON}
    ),
    "PATCH /v1/admin/gift-boxes/rules/fulfilment": Ask(
        Scene.sale, {"version": 1, "close_after_days": 10, **REASON}
    ),
    "POST /v1/admin/gift-boxes/{box_id}/order": Ask(
        Scene.pending_free_boxes, {"public_numbers": [NUMBER], **REASON}
    ),
    "PUT /v1/admin/gift-boxes/{box_id}/free-windows": Ask(
        Scene.gift_box, {"windows": [], **REASON}
    ),
    "PUT /v1/admin/gift-boxes/{box_id}/supplier": Ask(
        Scene.supplied_box, lambda it: {"merchant_id": it["merchant_id"]}
    ),
    "PUT /v1/admin/suppliers/{staff_id}": Ask(
        Scene.supplier, lambda it: {"merchant_id": it["merchant_id"]}
    ),
    "POST /v1/admin/orders/packed": Ask(
        Scene.paid_order, lambda it: {"order_ids": [it["order_id"]]}
    ),
    "POST /v1/admin/orders/{order_id}/unpacking": Ask(Scene.packed_order, REASON),
    "POST /v1/admin/orders/shipments/import": Ask(
        Scene.paid_order, file="order_no,carrier,number\nA-1,顺丰速运,SF1\n"
    ),
    "POST /v1/admin/orders/pickups": Ask(
        Scene.packed_order, {"name": "王小明", "phone_last4": "1234"}
    ),
    "POST /v1/admin/orders/pickups/{pickup_id}/reversal": Ask(Scene.fetched_order, REASON),
    f"POST {QUIZZES}": Ask(Scene.nothing, QUIZ_EXAMPLE),
    f"PATCH {QUIZZES}/{{quiz_id}}": Ask(Scene.quiz, {"version": 1, "title": "新名"}),
    f"POST {QUIZZES}/{{quiz_id}}/open": Ask(Scene.quiz, REASON),
    f"POST {QUIZZES}/{{quiz_id}}/close": Ask(Scene.open_quiz, REASON),
    f"POST {QUIZZES}/{{quiz_id}}/questions": Ask(Scene.quiz, question(99)),
    f"POST {QUIZZES}/{{quiz_id}}/questions/import": Ask(Scene.quiz, file=BANK),
    f"PATCH {QUIZZES}/{{quiz_id}}/questions/{{question_id}}": Ask(Scene.question, VERSION_2),
    f"POST {QUIZZES}/{{quiz_id}}/questions/{{question_id}}/key": Ask(
        Scene.question, lambda it: {"right": it["right"], **REASON}
    ),
    f"POST {DRAWS}": Ask(Scene.nothing, DRAW_EXAMPLE),
    f"PATCH {DRAWS}/{{draw_id}}": Ask(Scene.draw, lambda it: {**it["plan"], "version": 1}),
    f"POST {DRAWS}/{{draw_id}}/open": Ask(Scene.draw, REASON),
    f"POST {DRAWS}/{{draw_id}}/freeze": Ask(Scene.freezable_draw, REASON),
    f"POST {DRAWS}/{{draw_id}}/commit": Ask(
        Scene.frozen_draw, lambda it: {"sources": it["sources"], **REASON}
    ),
    f"POST {DRAWS}/{{draw_id}}/reveal": Ask(
        Scene.committed_draw, {"public_numbers": [[1, 2, 3, 4, 5, 6], [7]], **REASON}
    ),
    f"POST {DRAWS}/{{draw_id}}/disqualifications": Ask(
        Scene.drawn_draw, lambda it: {"ticket_no": it["ticket_no"], **REASON}
    ),
    f"POST {STAFF_TALKS}": Ask(Scene.talk_plan, lambda it: it["plan"]),
    f"PATCH {STAFF_TALKS}/{{talk_id}}": Ask(Scene.talk, {"version": 1, "title": "另一场"}),
    f"POST {STAFF_TALKS}/{{talk_id}}/capacity": Ask(
        Scene.talk, {"expected_total": 2, "total": 3, **REASON}
    ),
    f"POST {STAFF_TALKS}/{{talk_id}}/attendances": Ask(
        Scene.talk_under_way, lambda it: {"registration_id": it["registration_id"]}
    ),
    "POST /v1/admin/health/registrations/{registration_id}/reversal": Ask(Scene.attended, REASON),
    f"PUT {EXPERTS}/{{expert_id}}/plan": Ask(Scene.expert, PLAN),
    f"POST {STAFF_APPOINTMENTS}/{{appointment_id}}/check-in": Ask(Scene.appointment_at_hand),
    f"POST {STAFF_APPOINTMENTS}/{{appointment_id}}/fulfilment": Ask(Scene.appointment_checked_in),
    f"POST {STAFF_APPOINTMENTS}/{{appointment_id}}/cancellation": Ask(Scene.appointment, REASON),
    f"POST {STAFF_APPOINTMENTS}/{{appointment_id}}/correction": Ask(Scene.appointment, REASON),
    f"POST {EXPERTS}": Ask(Scene.nothing, EXPERT),
    f"PATCH {EXPERTS}/{{expert_id}}": Ask(Scene.expert, {"version": 1, "title": "主任医师"}),
    f"PUT {EXPERTS}/{{expert_id}}/reviewer": Ask(Scene.expert, {"is_reviewer": True, **REASON}),
    f"POST {DESK}/{{consultation_id}}/take": Ask(Scene.waiting_consultation),
    f"POST {DESK}/{{consultation_id}}/messages": Ask(Scene.consultation, {"text": "多喝水"}),
    f"POST {DESK}/{{consultation_id}}/hand-over": Ask(Scene.consultation, {"note": "请接手"}),
    f"POST {DESK}/{{consultation_id}}/close": Ask(Scene.consultation),
    f"POST {DESK}/{{consultation_id}}/identity": Ask(Scene.anonymous_consultation, REASON),
    f"POST {ALERTS}/{{alert_id}}/acknowledgement": Ask(Scene.alert, REASON),
    f"PUT {RETENTION}/kinds/{{kind}}": Ask(
        Scene.kept_kind, {"version": 0, "keep_days": 30, **REASON}
    ),
    f"POST {RUNS}": Ask(Scene.nothing, {"dry_run": False}),
    "POST /v1/store/devices/me/secret": Ask(),
    "POST /v1/store/redemptions/lookup": Ask(Scene.voucher, lambda it: {"code": it["code"]}),
    "PUT /v1/store/redemptions/{redemption_no}": Ask(
        Scene.voucher, lambda it: {"code": it["code"]}
    ),
    "POST /v1/store/redemptions/{redemption_no}/reversal": Ask(Scene.redemption, REASON),
    "POST /v1/store/redemptions/batch": Ask(Scene.voucher, offline),
}


def changing_routes() -> dict[str, GuardedRoute]:
    return {
        f"{method} {route.path}": route
        for route in guarded_routes(unstarted)
        if route.access.audience in {"staff", "store"}
        for method in route.methods & CHANGING
    }


ROUTES = changing_routes()
each_act = pytest.mark.parametrize("name", sorted(ASKS))
_requests = count(1)


async def perform(
    client: httpx.AsyncClient, make: Factory, counter: Counter, name: str
) -> tuple[httpx.Response, str]:
    """The answer to the act, sent by the administrator or by a till, and its request's id."""
    ask, (method, path) = ASKS[name], name.split()
    known = await ask.prepare(Scene(make, counter, Wishing(client, make)))
    if ROUTES[name].access.audience == "store":
        till: Till = known.get("till") or await counter.till()
        token = make.rooms.own_tokens.issue_till(till)
    else:
        token = known.get("token") or await make.staff()
    request_id = f"request-{next(_requests):04d}"
    headers = auth(token) | {"X-Request-Id": request_id}
    address = path.format(**{"redemption_no": "NUMBER-1", **known})
    if ask.file is not None:
        content = ask.file.encode() if isinstance(ask.file, str) else ask.file
        upload = {"file": ("rows.csv", io.BytesIO(content), "text/csv")}
        return await client.post(address, headers=headers, files=upload), request_id
    body = ask.body(known) if callable(ask.body) else ask.body
    return await client.request(method, address, headers=headers, json=body), request_id


async def rows(make: Factory, request_id: str) -> list[LedgerEntry]:
    async with make.rooms.sessions() as session:
        found = await session.scalars(
            select(LedgerEntry).where(LedgerEntry.request_id == request_id).order_by(LedgerEntry.id)
        )
        return list(found)


def test_every_changing_route_of_staff_and_tills_is_tried_or_excused() -> None:
    assert set(ASKS) | set(KEEPS_NOTHING) == set(ROUTES)
    assert not set(ASKS) & set(KEEPS_NOTHING)


def test_every_changing_route_says_what_the_ledger_calls_it() -> None:
    unnamed = {name for name, route in ROUTES.items() if route.access.verb is None}
    assert unnamed == set(KEEPS_NOTHING)


@each_act
async def test_an_act_leaves_a_row_in_the_words_of_its_route(
    client: httpx.AsyncClient, make: Factory, counter: Counter, name: str
) -> None:
    answer, request_id = await perform(client, make, counter, name)
    assert answer.status_code in {200, 201, 202}, answer.text
    access = ROUTES[name].access
    kept = [row for row in await rows(make, request_id) if row.verb == access.verb]
    assert kept, "no row of this request has the route's verb"
    for row in kept:
        assert row.actor_kind == ActorKind(access.audience)
        assert isinstance(row.actor_id, UUID)
        assert (row.object_id is None) == (row.verb in HAS_NO_ID)
        assert row.origin
        assert row.refusal is None
        if access.audience == "staff":
            assert row.actor_roles in {"administrator", "expert", "finance"}
    if isinstance(ASKS[name].body, dict) and "reason" in ASKS[name].body:
        assert {row.reason for row in kept} == {"测试"}
