"""The seeded edition, with something in every state to act on and a token of every kind.

The document's path examples are the seed's ids; what they do not name (vouchers,
redemptions, tills, codes) is made here, afresh for each operation, so that no
operation depends on what another has used up.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert

from app.embedded.identity_provider import IdentityProvider
from app.embedded.seed import seed_edition
from app.main import create_app
from app.models.approvals import ApprovalThreshold
from app.models.campaign import Pack
from app.models.outbox import Job
from app.models.states import ExportFormat, JobState, PackState, Role
from app.packs.breakfast.budget import BUDGET as BUDGET_KIND
from app.packs.breakfast.budget import change_budget
from app.packs.breakfast.notices import VOUCHER_EXPIRING
from app.platform.pulse import PACKS, raise_topic
from app.platform.settings import Settings
from app.routers.rooms import Rooms
from app.shared import exports
from app.shared.approvals import Asked
from app.shared.exports.make import make as write_export
from app.shared.identity import onboarding_codes, staff
from app.shared.identity.callers import Member, StaffMember
from app.shared.identity.onboarding_text import CodeTexts
from app.shared.identity.owners import Owner
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.staff_sessions import open_session
from app.shared.outbox import NewJob, put
from tests import paying
from tests.conftest import empty
from tests.coupletting import Couplets
from tests.factories import Factory, auth, tell
from tests.quizzing import Quizzing
from tests.refusals import NOTING
from tests.shared.files.album import Album
from tests.tills import Counter
from tests.wishing import Wishing

MEMBER, TILL, MERCHANT_SYSTEM, STRANGER = "member", "store", "merchant's system", "stranger"
BUDGET = 500
# Of one voucher: a batch's budget is raised by one person or by two, as it comes.
THRESHOLD_FEN = 1_000


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
        """A made-up request may have closed one."""
        async with self.make.rooms.sessions.begin() as session:
            await session.execute(update(Pack).values(state=PackState.OPEN))
            await raise_topic(session, PACKS)

    async def furnish(self, path: str) -> None:
        """New callers (nobody's budget of calls or guesses is spent), new things to act on; wishes
        where the path is about them, because they take a while to be made."""
        make, counter = self.make, Counter(self.make)
        await self._open_packs()
        merchant = await counter.merchant(f"连锁 {uuid4()}")
        store_id = await make.store(merchant_id=merchant)
        till, spare = await counter.till(store_id), await counter.till(store_id)
        member, other = await make.member(), await make.member()
        running, draft = await make.batch(total=BUDGET), await make.batch(started=False)
        paused, test = await make.batch(), await make.batch(test=True, total=BUDGET)
        await make.move(paused.id, "pause")
        issued, used, undone = [
            await counter.voucher(batch=running, member=member) for _ in range(3)
        ]
        redeemed = await counter.redeem(till, "T1-0001", used.code)
        await counter.redeem(till, "T1-0002", undone.code)
        await counter.reverse(till, "T1-0002")
        account = await staff.create_staff(
            make.rooms.sessions,
            make.rooms.clock,
            make.once,
            actor=make.actor,
            name=f"desk-{uuid4()}",
            password=str(uuid4()),
            roles=[Role.DESK],
        )
        invited, linked = [
            await onboarding_codes.create_onboarding_code(
                make.rooms.sessions,
                make.rooms.clock,
                CodeTexts(make.rooms.sealer, make.rooms.digester),
                make.once,
                actor=make.actor,
                owner=owner,
            )
            for owner in (Owner(store_id=store_id), Owner(merchant_id=merchant))
        ]
        system = await counter.merchant_system(merchant)
        failed = await _failed_job(make)
        notice_id = await tell(make, member)
        waiting = await _pending_approval(make, (await make.batch(total=BUDGET)).id)
        # In dispute: this store's till was first, another's scan came later.
        await counter.upload(await counter.till(), "T2-0001", used.code)
        own_tokens = make.rooms.own_tokens
        spare_sessions = [
            await self._another_sign_in(role) for role in (Role.ADMINISTRATOR, Role.WISH_REVIEWER)
        ]
        self.tokens |= {
            MEMBER: make.token(member),
            TILL: own_tokens.issue_till(till),
            MERCHANT_SYSTEM: own_tokens.issue_till(system),
        }
        named: dict[str, list[Any]] = {
            "batch_id": [running.id, draft.id, paused.id, test.id],
            "voucher_id": [issued.id, used.id, undone.id],
            "redemption_id": [redeemed.redemption.id],
            "redemption_no": ["T1-0001", "T1-0002"],
            "store_id": [store_id],
            "merchant_id": [merchant],
            "device_id": [spare.device_id, system.device_id],
            "code_id": [invited.id, linked.id],
            "job_id": [failed],
            "payment_id": [await paying.received(make)],
            "difference_id": [await paying.difference(make)],
            "export_id": [await _export(make, account.id)],
            "file_id": [(await Album(make.rooms, member).keep()).id],
            "approval_id": [waiting],
            "expected_fen": [THRESHOLD_FEN],
            "dispute_id": [await counter.newest_dispute()],
            "member_id": [other.id],
            "staff_id": [account.id],
            "session_id": spare_sessions,
            "code": [issued.code, used.code, undone.code],
            "onboarding_code": [invited.onboarding_code],
            "member_no": [member.member_no],
            "expected_total": [BUDGET],
            "version": [1, 2],
            "kind": [BUDGET_KIND.name, VOUCHER_EXPIRING],
            "notice_id": [notice_id],
        }
        if "wish" in path:
            named |= await self._wishes(member)
        if "couplets" in path:
            named |= await self._couplets(member, other)
        if "health" in path or "draws" in path:
            named |= await self._health(member)
        self.known = {
            name: cycle([str(each) if isinstance(each, UUID) else each for each in values])
            for name, values in named.items()
        }

    async def _health(self, member: Member) -> dict[str, list[Any]]:
        """A quiz that is open and a draft; an attempt under way and one that was handed in, with
        its ticket; a draw that is open and a draft. Those that are drawn would take days."""
        quizzing = Quizzing(self.client, self.make)
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

    async def _wishes(self, member: Member) -> dict[str, list[Any]]:
        """Somebody's that is open, one that the member holds, and the member's own: to be
        reviewed, and done as the volunteer says."""
        make, wishing = self.make, Wishing(self.client, self.make)
        reviewer = auth(self.tokens[Role.WISH_REVIEWER])
        wisher, volunteer = await make.member(), await make.member()
        theirs, held = await wishing.posted(wisher), await wishing.posted(wisher)
        pending, done = await wishing.posted(member), await wishing.posted(member)
        for wish_id in (theirs, held, done):
            await wishing.review(wish_id, headers=reviewer)
        claim_id = await wishing.claimed(member, held)
        await wishing.submitted(volunteer, done)
        offered = await wishing.dispatch(theirs, member, headers=reviewer)
        return {
            "wish_id": [theirs, held, pending, done],
            "claim_id": [claim_id],
            "dispatch_id": [offered.json()["id"]],
            "kind": ["elderly_care"],
            "needed_by": [wishing.text()["needed_by"]],
        }

    async def _couplets(self, member: Member, other: Member) -> dict[str, list[Any]]:
        """An event of which the member has a pair, and one of which somebody keeps a pair for
        the member; a pair that was handed out."""
        couplets = Couplets(self.client, self.make)
        event, full = await couplets.event(reserved=3, walk_in=5), await couplets.event()
        reservation_id = await couplets.reserved(member, event)
        theirs = await couplets.reserved(other, full)
        assert (await couplets.wait(member, full)).status_code == 201
        await couplets.cancel(other, theirs)
        handed = await couplets.walk_in(event)
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

    async def _another_sign_in(self, role: Role) -> UUID:
        """Of the account in that role, which calls by another one."""
        rooms = self.make.rooms
        account = rooms.own_tokens.verify_staff(self.tokens[role]).staff
        async with rooms.sessions.begin() as session:
            return await open_session(
                session, rooms.clock, staff_id=account.id, origin=Origin("127.0.0.1", "test")
            )


async def _failed_job(make: Factory) -> UUID | None:
    """One that nobody handles, so it stays as staff find it."""
    async with make.rooms.sessions.begin() as session:
        job_id = await put(session, NewJob("test.nobody"))
        await session.execute(
            update(Job).where(Job.id == job_id).values(state=JobState.FAILED, ended_at=func.now())
        )
    return job_id


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


async def _pending_approval(make: Factory, batch_id: UUID) -> UUID:
    """Asked for by a campaign manager, for others to decide."""
    rooms = make.rooms
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
        batch_id=batch_id,
        expected_total=BUDGET,
        total=2 * BUDGET,
        reason="test",
    )
    assert isinstance(asked, Asked)
    return asked.approval_id


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
