"""The seeded edition, with something in every state to act on and a token of every kind.

The document's path examples are the seed's ids; what they do not name (vouchers,
redemptions, tills, codes) is made here, afresh for each operation, so that no
operation depends on what another has used up.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.embedded.identity_provider import IdentityProvider
from app.embedded.seed import seed_edition
from app.main import create_app
from app.models.approvals import ApprovalThreshold
from app.models.campaign import Campaign, Pack
from app.models.outbox import Job
from app.models.platform import ReadOnlyRow
from app.models.states import (
    CampaignState,
    ExportFormat,
    JobState,
    PackKind,
    PackState,
    Role,
    SwitchState,
)
from app.packs.breakfast.budget import BUDGET as BUDGET_KIND
from app.packs.breakfast.budget import change_budget
from app.packs.breakfast.notices import VOUCHER_EXPIRING
from app.platform.errors import Words
from app.platform.pulse import PACKS, PERIOD_S, READ_ONLY, raise_topic
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.schemas.seed_ids import CAMPAIGN_ID
from app.shared import exports
from app.shared.approvals import Asked
from app.shared.campaigns import NewPack, create_campaign, move_campaign
from app.shared.exports.make import make as write_export
from app.shared.identity import onboarding_codes, staff
from app.shared.identity.callers import Member, StaffMember, Till
from app.shared.identity.onboarding_text import CodeTexts
from app.shared.identity.owners import Owner
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.staff_sessions import open_session
from app.shared.outbox import NewJob, put
from tests import paying
from tests.appointing import Appointing
from tests.conftest import empty
from tests.consulting import Consulting
from tests.coupletting import Couplets
from tests.factories import Factory, auth, tell
from tests.gifting import PRICE, Gifts
from tests.quizzing import Quizzing
from tests.refusals import NOTING
from tests.shared.files.album import Album
from tests.tills import Counter
from tests.wishing import Wishing

MEMBER, TILL, MERCHANT_SYSTEM, STRANGER = "member", "store", "merchant's system", "stranger"
BUDGET = 500
# Of one voucher: a batch's budget is raised by one person or by two, as it comes.
THRESHOLD_FEN = 1_000
Named = dict[str, list[Any]]


COUPLETS = frozenset(
    ("event_id", "variant_id", "site_id", "reservation_id", "offer_id", "pickup_id")
)


@dataclass(frozen=True)
class Party:
    """Who calls, and for whom things are there."""

    member: Member
    other: Member
    till: Till
    store: Owner
    merchant: Owner


@dataclass
class World:
    """`tokens` by kind of caller, staff by their role. `known`: by the name of a path
    parameter or of a field, values that name something real."""

    make: Factory
    client: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    known: dict[str, Iterator[Any]] = field(default_factory=dict)

    async def hire(self) -> None:
        """One account a role, before the service starts, which reads who there is."""
        for role in Role:
            self.tokens[role] = await self.make.staff(role)
        self.tokens[STRANGER] = self.make.provider.issue("T99999999")

    async def _open_packs(self) -> None:
        """A made-up request may have closed one, or ended the edition, or made another current.
        Whoever furnishes hears of it at once; the service, within a second."""
        async with self.make.rooms.sessions.begin() as session:
            await session.execute(
                update(Campaign).where(Campaign.id != CAMPAIGN_ID).values(is_current=False)
            )
            await session.execute(
                update(Campaign)
                .where(Campaign.id == CAMPAIGN_ID)
                .values(is_current=True, state=CampaignState.OPEN)
            )
            await session.execute(
                update(Pack).where(Pack.campaign_id == CAMPAIGN_ID).values(state=PackState.OPEN)
            )
            await raise_topic(session, PACKS)
        async with self.make.rooms.engine.connect() as connection:
            await self.make.rooms.closed.reload(connection)

    async def let_changes_in(self) -> None:
        """A made-up request may have stopped them; then the service is given time to hear."""
        async with self.make.rooms.sessions.begin() as session:
            state = await session.scalar(select(ReadOnlyRow.state))
            if state is SwitchState.OFF:
                return
            await session.execute(update(ReadOnlyRow).values(state=SwitchState.OFF))
            await raise_topic(session, READ_ONLY)
        await asyncio.sleep(3 * PERIOD_S)

    async def furnish(self, wanted: frozenset[str]) -> None:
        """New callers (nobody's budget of calls or guesses is spent), and of what can be named by
        those names new things to act on."""
        make, counter = self.make, Counter(self.make)
        await self._open_packs()
        merchant = await counter.merchant(f"连锁 {uuid4()}")
        store_id = await make.store(merchant_id=merchant)
        till, spare = await counter.till(store_id), await counter.till(store_id)
        system = await counter.merchant_system(merchant)
        member, other = await make.member(), await make.member()
        own_tokens = make.rooms.own_tokens
        self.tokens |= {
            MEMBER: make.token(member),
            TILL: own_tokens.issue_till(till),
            MERCHANT_SYSTEM: own_tokens.issue_till(system),
        }
        named: Named = {
            "store_id": [store_id],
            "merchant_id": [merchant],
            "device_id": [spare.device_id, system.device_id],
            "member_id": [other.id],
            "member_no": [member.member_no],
            "expected_fen": [THRESHOLD_FEN],
            "expected_total": [BUDGET],
            "version": [1, 2],
            "kind": [BUDGET_KIND.name, VOUCHER_EXPIRING],
        }
        party = Party(member, other, till, Owner(store_id=store_id), Owner(merchant_id=merchant))
        for names, make_them in THINGS.items():
            if not wanted.isdisjoint(names):
                named |= await make_them(self, party)
        self.known = {
            name: cycle([str(each) if isinstance(each, UUID) else each for each in values])
            for name, values in named.items()
        }

    async def vouchers(self, party: Party) -> Named:
        """Batches in four states; the member's vouchers of one of them: there, used and in
        dispute (this store's till was first, another's scan came later), given back."""
        make, counter, till, member = self.make, Counter(self.make), party.till, party.member
        running, draft = await make.batch(total=BUDGET), await make.batch(started=False)
        paused, test = await make.batch(), await make.batch(test=True, total=BUDGET)
        await make.move(paused.id, "pause")
        issued, used, undone = [
            await counter.voucher(batch=running, member=member) for _ in range(3)
        ]
        redeemed = await counter.redeem(till, "T1-0001", used.code)
        await counter.redeem(till, "T1-0002", undone.code)
        await counter.reverse(till, "T1-0002")
        await counter.upload(await counter.till(), "T2-0001", used.code)
        return {
            "batch_id": [running.id, draft.id, paused.id, test.id],
            "voucher_id": [issued.id, used.id, undone.id],
            "redemption_id": [redeemed.redemption.id],
            "redemption_no": ["T1-0001", "T1-0002"],
            "dispute_id": [await counter.newest_dispute()],
            "code": [issued.code, used.code, undone.code],
        }

    async def accounts(self, _: Party) -> Named:
        make = self.make
        account = await staff.create_staff(
            make.rooms.sessions,
            make.rooms.clock,
            make.once,
            actor=make.actor,
            name=f"desk-{uuid4()}",
            password=str(uuid4()),
            roles=[Role.DESK],
        )
        return {"staff_id": [account.id], "export_id": [await _export(make, account.id)]}

    async def sign_ins(self, _: Party) -> Named:
        roles = (Role.ADMINISTRATOR, Role.WISH_REVIEWER)
        return {"session_id": [await self._another_sign_in(role) for role in roles]}

    async def codes(self, party: Party) -> Named:
        rooms = self.make.rooms
        codes = [
            await onboarding_codes.create_onboarding_code(
                rooms.sessions,
                rooms.clock,
                CodeTexts(rooms.sealer, rooms.digester),
                self.make.once,
                actor=self.make.actor,
                owner=owner,
            )
            for owner in (party.store, party.merchant)
        ]
        return {
            "code_id": [code.id for code in codes],
            "onboarding_code": [codes[0].onboarding_code],
        }

    async def quizzes(self, party: Party) -> Named:
        """A quiz that is open and a draft; an attempt under way and one that was handed in, with
        its ticket; a draw that is open and a draft. Those that are drawn would take days."""
        quizzing, member = Quizzing(self.client, self.make), party.member
        opened, other = await quizzing.opened(1, attempts_per_person=100), await quizzing.opened(1)
        draft = (await quizzing.create(1)).json()["id"]
        planned = (await quizzing.create_draw()).json()["id"]
        draw_id = await quizzing.opened_draw()
        finished = await quizzing.finished(member, other)
        under_way = await quizzing.started(member, other)
        (asked,) = await quizzing.bank(opened)
        return {
            "quiz_id": [opened, draft],
            "question_id": [asked["id"]],
            "attempt_id": [under_way["id"], finished["id"]],
            "draw_id": [draw_id, planned],
            "right": [[option["id"] for option in asked["options"] if option["correct"]]],
            "answers": [{}],
            "excluded_member_nos": [[]],
            "entry": [{"min_score": 0}],
        }

    async def consultations(self, party: Party) -> Named:
        """One that an expert has taken and one that waits, with an alert."""
        consulting = Consulting(self.client, self.make)
        expert = await consulting.expert()
        await consulting.consent(party.member)
        return {
            "expert_id": [expert.id],
            "account": [expert.account],
            "alert_id": [await consulting.alert()],
            "consultation_id": [
                await consulting.taken(party.member, expert),
                await consulting.opened(party.member, topic="general"),
            ],
            "file_ids": [[]],
            "topic": ["general"],
        }

    async def appointments(self, party: Party) -> Named:
        """An expert with slots, of which the member has one, and two talks, one of them full."""
        appointing, member = Appointing(self.client, self.make), party.member
        expert = await appointing.planned()
        held, free = (await appointing.slots(expert))[:2]
        await appointing.consent(member)
        talk_id, full = await appointing.talk(), await appointing.talk(capacity=1)
        return {
            "expert_id": [expert.id],
            "slot_id": [free["id"], held["id"]],
            "appointment_id": [(await appointing.booked(member, held["id"]))["id"]],
            "talk_id": [talk_id, full],
            "registration_id": [await appointing.registered(member, full)],
            "topic": ["general"],
        }

    async def wishes(self, party: Party) -> Named:
        """Somebody's that is open, one that the member holds, and the member's own: to be
        reviewed, and done as the volunteer says."""
        make, wishing, member = self.make, Wishing(self.client, self.make), party.member
        reviewer = auth(self.tokens[Role.WISH_REVIEWER])
        wisher, volunteer = await make.member(), await make.member()
        theirs, held = await wishing.posted(wisher), await wishing.posted(wisher)
        pending, done = await wishing.posted(member), await wishing.posted(member)
        for wish_id in (theirs, held, done):
            await wishing.review(wish_id, headers=reviewer)
        claim_id = await wishing.claimed(member, held)
        await wishing.submitted(volunteer, done)
        offered = await wishing.dispatch(theirs, member, headers=reviewer)
        assert offered.status_code == 201, offered.text
        return {
            "wish_id": [theirs, held, pending, done],
            "claim_id": [claim_id],
            "dispatch_id": [offered.json()["id"]],
            "kind": ["elderly_care"],
            "needed_by": [wishing.text()["needed_by"]],
        }

    async def couplets(self, party: Party) -> Named:
        """An event of which the member has a pair, and one of which somebody keeps a pair for
        the member; a pair that was handed out."""
        couplets, member, other = Couplets(self.client, self.make), party.member, party.other
        event, full = await couplets.event(reserved=3, walk_in=5), await couplets.event()
        reservation_id = await couplets.reserved(member, event)
        theirs = await couplets.reserved(other, full)
        assert (await couplets.wait(member, full)).status_code == 201
        await couplets.cancel(other, theirs)
        handed = await couplets.walk_in(event)
        assert handed.status_code == 201, handed.text
        return {
            "event_id": [event.id, full.id],
            "variant_id": [event.choice()["variant_id"]],
            "site_id": [event.choice()["site_id"]],
            "reservation_id": [reservation_id],
            "offer_id": [await couplets.offer(member, full)],
            "pickup_id": [handed.json()["id"]],
            "expected_total": [5, 3],
            "name": ["王小明"],
            "phone_last4": ["1234"],
        }

    async def gifts(self, party: Party) -> Named:
        """A box on sale, and one that is sold out, kept for the member; orders of theirs that are
        held, paid and handed out."""
        gifts, member, other = Gifts(self.client, self.make), party.member, party.other
        box, full = await gifts.box(quantity=1_000, per_person=9), await gifts.box(quantity=1)
        held = await gifts.ordered(member, (box, 1))
        paid = await gifts.paid_as_told(member, (box, 1))
        fetched = await gifts.paid_as_told(member, (box, 1))
        assert await gifts.pack(fetched) == [None]
        handed = await gifts.hand_out(text=await gifts.pass_of(member, fetched))
        assert handed.status_code == 201, handed.text
        theirs = await gifts.ordered(other, (full, 1))
        assert (await gifts.wait(member, full)).status_code == 201
        await gifts.cancel(other, theirs)
        drawn = await gifts.fair_box()
        return {
            "box_id": [box["id"], full["id"], drawn["id"]],
            "site_id": [box["sites"][0]["id"]],
            "order_id": [held, paid],
            "order_ids": [[held, paid]],
            "pickup_id": [handed.json()["id"]],
            "line_id": [line["id"] for line in (await gifts.look(member, paid))["lines"]],
            "offer_id": [await gifts.offer(member, full)],
            "expected_total": [1_000, 1],
            "price_fen": [PRICE],
        }

    async def _another_sign_in(self, role: Role) -> UUID:
        """Of the account in that role, which calls by another one."""
        rooms = self.make.rooms
        account = rooms.own_tokens.verify_staff(self.tokens[role]).staff
        async with rooms.sessions.begin() as session:
            return await open_session(
                session, rooms.clock, staff_id=account.id, origin=Origin("127.0.0.1", "test")
            )


async def _money(world: World, _: Party) -> Named:
    return {
        "payment_id": [await paying.received(Gifts(world.client, world.make))],
        "difference_id": [await paying.difference(world.make)],
    }


async def _file(world: World, party: Party) -> Named:
    return {"file_id": [(await Album(world.make.rooms, party.member).keep()).id]}


async def _notice(world: World, party: Party) -> Named:
    return {"notice_id": [await tell(world.make, party.member)]}


async def _failed_job(world: World, _: Party) -> Named:
    """One that nobody handles, so it stays as staff find it."""
    async with world.make.rooms.sessions.begin() as session:
        job_id = await put(session, NewJob("test.nobody"))
        await session.execute(
            update(Job).where(Job.id == job_id).values(state=JobState.FAILED, ended_at=func.now())
        )
    return {"job_id": [job_id]}


async def _export(make: Factory, staff_id: UUID) -> UUID:
    """One that is ready, and not of any caller but the administrator."""
    rooms = make.rooms
    asked = await exports.request_export(
        rooms.sessions,
        rooms.clock,
        rooms.exports,
        make.once,
        staff=StaffMember(staff_id, "asker", frozenset({Role.FINANCE})),
        actor=make.actor,
        what="breakfast.redemptions",
        filters=exports.Filters(),
        form=ExportFormat.CSV,
    )
    await write_export(
        asked.id,
        {"export_id": str(asked.id)},
        sessions=rooms.sessions,
        clock=rooms.clock,
        exports=rooms.exports,
        store=rooms.store,
    )
    return asked.id


async def _pending_approval(world: World, _: Party) -> Named:
    """Asked for by a campaign manager, for others to decide."""
    make = world.make
    rooms, batch = make.rooms, await make.batch(total=BUDGET)
    asker = rooms.own_tokens.verify_staff(await make.staff(Role.CAMPAIGN_MANAGER)).staff
    async with rooms.sessions.begin() as session:
        await session.execute(
            insert(ApprovalThreshold)
            .values(id=uuid4(), kind=BUDGET_KIND.name, threshold_fen=THRESHOLD_FEN)
            .on_conflict_do_update(
                index_elements=[ApprovalThreshold.kind], set_={"threshold_fen": THRESHOLD_FEN}
            )
        )
    asked = await change_budget(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        make.once,
        actor=asker.acting(rooms.digester),
        batch_id=batch.id,
        expected_total=BUDGET,
        total=2 * BUDGET,
        reason="test",
    )
    assert isinstance(asked, Asked)
    return {"approval_id": [asked.approval_id]}


async def _editions(world: World, _: Party) -> Named:
    """A draft, and one that is open; with nothing in them, since a copy of all that made-up
    requests have left in the current one would take its time."""
    make, rooms, words = world.make, world.make.rooms, Words("另一届", "Another edition")
    now = rooms.clock.now()
    drafts = [
        await create_campaign(
            rooms.sessions,
            rooms.clock,
            rooms.editions,
            make.once,
            actor=make.actor,
            name=words,
            starts_at=now,
            ends_at=now + timedelta(days=30),
            packs=[NewPack(kind, words, words) for kind in PackKind],
        )
        for _ in range(2)
    ]
    ids = [each.campaign.id for each in drafts]
    await move_campaign(
        rooms.sessions,
        rooms.clock,
        make.once,
        actor=make.actor,
        campaign_id=ids[1],
        act="open",
        reason="test",
    )
    return {"campaign_id": ids}


Things = dict[tuple[str, ...], Callable[[World, Party], Awaitable[Named]]]
# What is made for an operation, by the names that it goes by in paths and bodies.
MADE_USUALLY: Things = {
    ("batch_id", "voucher_id", "redemption_id", "redemption_no", "dispute_id", "code"): (
        World.vouchers
    ),
    ("staff_id", "export_id"): World.accounts,
    ("session_id",): World.sign_ins,
    ("code_id", "onboarding_code"): World.codes,
    ("job_id",): _failed_job,
    ("file_id",): _file,
    ("approval_id",): _pending_approval,
    ("notice_id",): _notice,
}
# Where it is named alone: it takes a while.
MADE_ON_DEMAND: Things = {
    ("payment_id", "difference_id"): _money,
    ("wish_id", "claim_id", "dispatch_id", "needed_by"): World.wishes,
    tuple(COUPLETS): World.couplets,
    ("box_id", "order_id", "order_ids", "line_id"): World.gifts,
    ("campaign_id",): _editions,
    ("quiz_id", "question_id", "attempt_id", "draw_id"): World.quizzes,
    ("consultation_id", "alert_id", "account"): World.consultations,
    ("slot_id", "appointment_id", "talk_id", "registration_id", "expert_id"): (World.appointments),
}
THINGS = MADE_USUALLY | MADE_ON_DEMAND
USUAL = frozenset(name for names in MADE_USUALLY for name in names)
NAMES = frozenset(name for names in THINGS for name in names)


@asynccontextmanager
async def opened(settings: Settings, provider: IdentityProvider) -> AsyncIterator[World]:
    """The seeded deployment, its staff at their desks."""
    await empty(settings)
    await seed_edition(settings)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        rooms: Rooms = app.state.rooms
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", event_hooks=NOTING
        ) as client:
            world = World(Factory(rooms, provider), client)
            await world.hire()
            yield world
