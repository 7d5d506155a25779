"""What a router can hand to a service: the process's collaborators, wired in `app/main.py`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from app.packs.breakfast.catalogue import Catalogue
from app.packs.breakfast.counter import Counter
from app.packs.breakfast.passes import Passes
from app.packs.breakfast.scans import Scanner
from app.packs.breakfast.voucher_records import VoucherRecords
from app.packs.couplets.catalogue import Catalogue as CoupletsCatalogue
from app.packs.couplets.desk import Desk as CoupletsDesk
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.db import Sessions
from app.platform.settings import Settings
from app.shared.approvals import Desk
from app.shared.campaigns import ClosedPacks, CurrentCampaign, Views
from app.shared.draws import Draws
from app.shared.exports import Exports
from app.shared.files import Links, Pictures, Store
from app.shared.home import HomePage
from app.shared.identity.access import AccessList
from app.shared.identity.directory import Directory
from app.shared.identity.provider import MemberTokens
from app.shared.identity.seen import Seen
from app.shared.identity.staff_door import StaffDoor
from app.shared.identity.tokens import OwnTokens
from app.shared.ledger import Refusals
from app.shared.notices import Channels, Notices
from app.shared.payments import Payments
from app.shared.personal_data import DataKind
from app.shared.presence import Presence
from app.shared.stock import Holdings, Stock


@dataclass(frozen=True)
class Rooms:
    settings: Settings
    engine: AsyncEngine
    redis: Redis
    sessions: Sessions
    clock: Clock
    sealer: Sealer
    digester: Digester
    member_tokens: MemberTokens
    own_tokens: OwnTokens
    directory: Directory
    access: AccessList
    seen: Seen
    seen_staff: Seen
    refusals: Refusals
    staff_door: StaffDoor
    stock: Stock
    campaign: CurrentCampaign
    closed: ClosedPacks
    views: Views
    presence: Presence
    home: HomePage
    catalogue: Catalogue
    vouchers: VoucherRecords
    holdings: tuple[Holdings, ...]
    data_kinds: tuple[DataKind, ...]
    passes: Passes
    scanner: Scanner
    counter: Counter
    couplets: CoupletsCatalogue
    couplets_desk: CoupletsDesk
    notices: Notices
    channels: Channels
    store: Store
    links: Links
    pictures: Pictures
    exports: Exports
    approvals: Desk
    payments: Payments
    draws: Draws


async def rooms_of(request: Request) -> Rooms:
    rooms: Rooms = request.app.state.rooms
    return rooms


R = Annotated[Rooms, Depends(rooms_of)]
