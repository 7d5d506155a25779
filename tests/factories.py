"""What tests need to exist: people, stores, tills, staff, batches, and their tokens."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update

from app.embedded.edition import WISH_KINDS
from app.embedded.identity_provider import IdentityProvider
from app.models import campaign, identity, wishes
from app.models.platform import ClockRow, Pulse
from app.models.states import Category, District, PackKind, PoolState, Role
from app.packs.breakfast import batches, plan
from app.packs.breakfast.notices import VOUCHER_EXPIRING
from app.packs.breakfast.queries import BatchFacts
from app.platform.errors import Words
from app.platform.ids import new_id
from app.platform.pulse import ACCESS, raise_topic
from app.routers.rooms import Rooms
from app.shared import read_only
from app.shared.campaigns import copy_campaign, move_campaign, switch_pack
from app.shared.idempotency import Once
from app.shared.identity import seals
from app.shared.identity.callers import Actor, Entitlement, Member, StaffMember, Till
from app.shared.identity.staff_guesses import Origin
from app.shared.identity.staff_sessions import open_session
from app.shared.notices import NewNotice

OUTDOOR = (Category.OUTDOOR,)
YEAR = timedelta(days=365)


async def tell(make: "Factory", member: Member, *, key: str = "test:1", **more: Any) -> UUID:
    """A notice in the member's inbox, of a kind that a deployment has."""
    rooms = make.rooms
    kind = rooms.notices.kinds[VOUCHER_EXPIRING]
    notice = NewNotice(kind.name, member.id, kind.examples(), key, **more)
    async with rooms.sessions.begin() as session:
        notice_id = await rooms.notices.notify(session, notice)
    assert notice_id is not None
    return notice_id


def auth(token: str, key: str | None = None) -> dict[str, str]:
    """Headers of a call, with an idempotency key if the call needs one."""
    headers = {"Authorization": f"Bearer {token}"}
    return headers | ({"Idempotency-Key": f'"{key}"'} if key else {})


@dataclass
class Factory:
    rooms: Rooms
    provider: IdentityProvider
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def once(self) -> Once:
        """A request without an idempotency key."""
        return Once(None, self.rooms.digester, self.rooms.sealer)

    @property
    def actor(self) -> Actor:
        """Who acts where nobody in particular does."""
        return Actor.system("test", self.rooms.digester)

    def token(self, member: Member) -> str:
        """What the app would show for this member."""
        return self.provider.issue(member.member_no)

    async def member(
        self,
        *,
        categories: Iterable[Category] = OUTDOOR,
        valid_until: date | None = None,
        person_id: UUID | None = None,
        district: District = District.SHINAN,
        name: str = "王小明",
        phone: str = "19900001234",
        member_no: str | None = None,
    ) -> Member:
        """A registered member; `person_id` makes it another account of the same human."""
        member = self._new_member(tuple(categories), valid_until, person_id, district)
        member = replace(member, member_no=member_no or member.member_no)
        await self._save([member], name=name, phone=phone, known_person=person_id is not None)
        return member

    async def members(self, number: int) -> list[Member]:
        """Outdoor workers, many at once."""
        members = [self._new_member(OUTDOOR, None, None, District.SHINAN) for _ in range(number)]
        await self._save(members, name="王小明", phone="19900001234", known_person=False)
        return members

    def _new_member(
        self,
        categories: tuple[Category, ...],
        valid_until: date | None,
        person_id: UUID | None,
        district: District,
    ) -> Member:
        return Member(
            id=new_id(),
            person_id=person_id or new_id(),
            member_no=f"T{next(self._numbers):08d}",
            district=district,
            entitlements=tuple(Entitlement(each, valid_until) for each in categories),
        )

    async def _save(
        self, members: list[Member], *, name: str, phone: str, known_person: bool
    ) -> None:
        rooms = self.rooms
        async with rooms.sessions.begin() as session:
            if not known_person:
                await session.execute(
                    insert(identity.Person),
                    [
                        {
                            "id": member.person_id,
                            "id_number_digest": seals.PERSON.digest(
                                rooms.digester, str(member.person_id)
                            ),
                            "id_number_sealed": seals.ID_NUMBER.seal(
                                rooms.sealer, str(member.person_id)
                            ),
                        }
                        for member in members
                    ],
                )
            await session.execute(
                insert(identity.Member),
                [
                    {
                        "id": member.id,
                        "member_no": member.member_no,
                        "person_id": member.person_id,
                        "name_sealed": seals.NAME.seal(rooms.sealer, name),
                        "phone_sealed": seals.PHONE.seal(rooms.sealer, phone),
                        "phone_last4_digest": seals.PHONE_LAST4.digest(rooms.digester, phone),
                        "district": member.district,
                    }
                    for member in members
                ],
            )
            held = [
                {
                    "member_id": member.id,
                    "category": each.category,
                    "source": "test",
                    "valid_until": each.valid_until,
                }
                for member in members
                for each in member.entitlements
            ]
            if held:
                await session.execute(insert(identity.MemberCategory), held)

    async def store(
        self,
        *,
        store_no: str | None = None,
        district: District = District.SHINAN,
        opens: int = 0,
        closes: int = 1440,
        merchant_id: UUID | None = None,
        name: str = "测试便利店",
    ) -> UUID:
        """A store of that district; hours in minutes of the Shanghai day."""
        store_id, number = new_id(), next(self._numbers)
        async with self.rooms.sessions.begin() as session:
            if merchant_id is None:
                merchant_id = new_id()
                session.add(identity.Merchant(id=merchant_id, name=f"商户{number}"))
                await session.flush()
            session.add(
                identity.Store(
                    id=store_id,
                    store_no=store_no or f"S{number:04d}",
                    name=name,
                    merchant_id=merchant_id,
                    district=district,
                    address="测试路 1 号",
                    lat=36.07,
                    lng=120.38,
                    opens=opens,
                    closes=closes,
                )
            )
        return store_id

    async def till(self, store_id: UUID | None = None) -> str:
        """The access token of a device of that store."""
        store_id = store_id or await self.store()
        device_id = new_id()
        async with self.rooms.sessions.begin() as session:
            session.add(
                identity.StoreDevice(id=device_id, store_id=store_id, secret_digest=b"none")
            )
        return self.rooms.own_tokens.issue_till(Till(device_id, store_id, None))

    async def staff(
        self, *roles: Role, districts: Iterable[District] | None = None, name: str | None = None
    ) -> str:
        """The access token of a new account in those roles (administrator by default)."""
        staff_id, rooms = new_id(), self.rooms
        held = frozenset(roles or (Role.ADMINISTRATOR,))
        limited_to = None if districts is None else frozenset(districts)
        async with rooms.sessions.begin() as session:
            account = identity.Staff(
                id=staff_id,
                name=name or f"staff-{staff_id}",
                password_hash="none",
                districts=limited_to and sorted(limited_to),
            )
            session.add(account)
            await session.flush()
            session.add_all(identity.StaffRole(staff_id=staff_id, role=role) for role in held)
            origin = Origin("127.0.0.1", "test")
            session_id = await open_session(session, rooms.clock, staff_id=staff_id, origin=origin)
            await raise_topic(session, ACCESS)
            as_of = await session.scalar(select(Pulse.version).where(Pulse.topic == ACCESS))
        async with rooms.engine.connect() as connection:
            await rooms.access.reload(connection)
        member = StaffMember(staff_id, account.name, held, limited_to, session_id=session_id)
        # Believed too where an older list, whose reading was under way, took this one's place.
        return rooms.own_tokens.issue_staff(member, as_of=as_of)

    async def campaign(self) -> UUID:
        """The current campaign with its five packs open, made on first use."""
        async with self.rooms.sessions.begin() as session:
            found = await session.scalar(
                select(campaign.Campaign.id).where(campaign.Campaign.is_current)
            )
            if found is not None:
                return found
            now, campaign_id = self.rooms.clock.now(), new_id()
            session.add(
                campaign.Campaign(
                    id=campaign_id,
                    name="测试活动",
                    name_en="Test",
                    starts_at=now - YEAR,
                    ends_at=now + YEAR,
                    is_current=True,
                )
            )
            await session.flush()
            for kind in PackKind:
                session.add(
                    campaign.Pack(
                        id=new_id(),
                        campaign_id=campaign_id,
                        kind=kind,
                        title=kind,
                        title_en=kind,
                        summary="",
                        summary_en="",
                    )
                )
            for sort, kind in enumerate(WISH_KINDS):
                session.add(
                    wishes.WishKind(
                        id=new_id(),
                        campaign_id=campaign_id,
                        code=kind.code,
                        title=kind.title.zh,
                        title_en=kind.title.en,
                        start_within_h=kind.start_within_h,
                        sort=sort,
                    )
                )
        return campaign_id

    async def next_campaign(self, *, is_open: bool = False) -> UUID:
        """A copy of the current campaign, a year later: a draft, unless it was opened."""
        rooms, once, actor = self.rooms, self.once, self.actor
        planned = await copy_campaign(
            rooms.sessions,
            rooms.clock,
            rooms.editions,
            once,
            actor=actor,
            campaign_id=await self.campaign(),
            name=Words("明年的活动", "Next year's"),
            shift_days=365,
        )
        copy_id = planned.campaign.id
        if is_open:
            await move_campaign(
                rooms.sessions,
                rooms.clock,
                once,
                actor=actor,
                campaign_id=copy_id,
                act="open",
                reason="test",
            )
        return copy_id

    async def batch(self, *, started: bool = True, **wishes: Any) -> BatchFacts:
        """A batch that is open now, for outdoor workers, without limits unless asked otherwise."""
        await self.campaign()
        rooms, now = self.rooms, self.rooms.clock.now()
        planned = await plan.create_batch(
            rooms.sessions,
            rooms.clock,
            self.once,
            actor=self.actor,
            **{
                "name": "测试批次",
                "total": 10,
                "opens_at": now - timedelta(hours=1),
                "closes_at": now + YEAR,
                "valid_days": 7,
                "face_value_fen": 1000,
                "eligible_categories": [Category.OUTDOOR],
                **wishes,
            },
        )
        if started:
            return await self.move(planned.batch.id, "start", whole_series=True)
        return planned.batch

    async def move(self, batch_id: UUID, act: str, *, whole_series: bool = False) -> BatchFacts:
        rooms = self.rooms
        return await batches.move_batch(
            rooms.sessions,
            rooms.clock,
            rooms.stock,
            self.once,
            actor=self.actor,
            batch_id=batch_id,
            act=act,
            reason="test",
            whole_series=whole_series,
        )

    async def read_only(self, act: str) -> None:
        """Turn the deployment's switch on or off; processes hear of it within a second."""
        rooms = self.rooms
        await read_only.switch(
            rooms.sessions, rooms.clock, self.once, actor=self.actor, act=act, reason="测试"
        )

    async def switch(self, kind: PackKind, act: str) -> None:
        """Open or close a pack."""
        rooms = self.rooms
        await switch_pack(
            rooms.sessions,
            rooms.clock,
            self.once,
            actor=self.actor,
            kind=kind,
            act=act,
            reason="test",
        )

    async def move_clock(self, by: timedelta) -> None:
        """Move campaign time for the database and this process at once."""
        async with self.rooms.sessions.begin() as session:
            await session.execute(update(ClockRow).values(time_offset=ClockRow.time_offset + by))
        self.rooms.clock.offset += by

    async def pool_state(self, batch_id: UUID) -> PoolState:
        """The state in the books."""
        async with self.rooms.sessions() as session:
            state = await session.scalar(
                text("SELECT state FROM stock_pool WHERE owner_id = :id"), {"id": batch_id}
            )
        return PoolState(str(state))
