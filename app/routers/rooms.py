"""What a router can hand to a service: the process's collaborators, wired in `app/main.py`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Scope

from app.packs.breakfast.browse import Wallet
from app.packs.breakfast.catalogue import Catalogue, Shelf
from app.packs.breakfast.counter import Counter
from app.packs.breakfast.passes import Passes
from app.packs.breakfast.scans import Scanner
from app.packs.breakfast.voucher_records import VoucherRecords
from app.packs.couplets.catalogue import Catalogue as CoupletsCatalogue
from app.packs.couplets.desk import Desk as CoupletsDesk
from app.packs.gift_boxes.catalogue import Catalogue as GiftBoxesCatalogue
from app.packs.gift_boxes.free_windows import FreeBoxes
from app.packs.gift_boxes.pickup import PickupDesk
from app.platform.clock import Clock
from app.platform.crypto import Digester, Sealer
from app.platform.db import Sessions
from app.platform.settings import Settings
from app.shared.approvals import Desk
from app.shared.campaigns import ClosedPacks, CurrentCampaign, EditionPart, Views
from app.shared.consents import Withdrawals
from app.shared.counter import Passes as HolderPasses
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
from app.shared.read_only import ReadOnly
from app.shared.report import Reports
from app.shared.retention import RetentionKinds
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
    editions: Sequence[EditionPart]
    closed: ClosedPacks
    read_only: ReadOnly
    importing: asyncio.Semaphore
    views: Views
    presence: Presence
    home: HomePage
    catalogue: Catalogue
    shelf: Shelf
    wallet: Wallet
    vouchers: VoucherRecords
    holdings: tuple[Holdings, ...]
    data_kinds: tuple[DataKind, ...]
    withdrawals: Withdrawals
    retention: RetentionKinds
    passes: Passes
    scanner: Scanner
    counter: Counter
    couplets: CoupletsCatalogue
    couplets_desk: CoupletsDesk
    talk_passes: HolderPasses
    gift_boxes: GiftBoxesCatalogue
    free_boxes: FreeBoxes
    gift_boxes_desk: PickupDesk
    notices: Notices
    channels: Channels
    store: Store
    links: Links
    pictures: Pictures
    exports: Exports
    reports: Reports
    approvals: Desk
    payments: Payments
    draws: Draws


def rooms_in(scope: Scope) -> Rooms:
    """By key: the framework's way by name costs seven times as much, and a press asks often."""
    rooms: Rooms = scope["app"].state["rooms"]
    return rooms


async def rooms_of(request: Request) -> Rooms:
    return rooms_in(request.scope)


R = Annotated[Rooms, Depends(rooms_of)]
