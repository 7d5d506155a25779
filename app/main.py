"""Where the service is wired: rooms, routers, handlers. Nothing else is global.

`create_app` needs no environment; the lifespan reads it. So the OpenAPI
document can be written on a machine that runs nothing.
"""

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, TypeVar

import httpx
from fastapi import APIRouter, FastAPI

from app.packs.breakfast.browse import Wallet
from app.packs.breakfast.catalogue import Catalogue, Shelf
from app.packs.breakfast.counter import Counter
from app.packs.breakfast.passes import Passes
from app.packs.breakfast.scans import Scanner
from app.packs.breakfast.voucher_records import VoucherRecords
from app.packs.couplets.catalogue import Catalogue as CoupletsCatalogue
from app.packs.couplets.desk import PASS_KIND as COUPLETS_PASS
from app.packs.couplets.desk import Desk as CoupletsDesk
from app.packs.gift_boxes.catalogue import Catalogue as GiftBoxesCatalogue
from app.packs.gift_boxes.free_windows import FreeBoxes
from app.packs.gift_boxes.passes import PASS_KIND as GIFT_BOXES_PASS
from app.packs.gift_boxes.pickup import PickupDesk
from app.packs.health.registrations import PASS_KIND as TALK_PASS
from app.platform.clock import Clock
from app.platform.collector import spare_what_is_loaded
from app.platform.crypto import KeyRing, digester_of, sealer_of
from app.platform.db import create_engine, create_sessions
from app.platform.open_files import allow_many_connections
from app.platform.pulse import ACCESS, CLOCK, MEMBERS, PACKS, READ_ONLY, PulseWatcher, follow_clock
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.platform.stopping import server_is_stopping
from app.platform.telemetry import configure_logging
from app.platform.tls import trusted
from app.registrations import (
    all_approval_kinds,
    all_data_kinds,
    all_edition_parts,
    all_entrant_sources,
    all_home_parts,
    all_listings,
    all_notices,
    all_payables,
    all_reports,
    all_retention_kinds,
    all_watched,
    all_withdrawals,
)
from app.routers import admin, member, problems, public, store
from app.routers.body_limit import BodyLimit
from app.routers.documents import install_documents
from app.routers.front import Front
from app.routers.guarded_route import GuardedRoute
from app.routers.observe import PROBES, Observe
from app.routers.openapi import operation_id
from app.routers.places import Load, Places
from app.routers.rooms import Rooms
from app.routers.wire import LOAD
from app.shared.approvals import Desk
from app.shared.campaigns import ClosedPacks, CurrentCampaign, Views
from app.shared.counter import Passes as HolderPasses
from app.shared.counter import SignedTexts
from app.shared.draws import Draws
from app.shared.exports import Exports
from app.shared.files import Links, Pictures, open_store
from app.shared.home import HomePage
from app.shared.identity.access import AccessList
from app.shared.identity.directory import Directory
from app.shared.identity.provider import MemberTokens
from app.shared.identity.seen import STAFF_SESSIONS, Seen
from app.shared.identity.staff_door import StaffDoor
from app.shared.identity.staff_guesses import StaffGuesses
from app.shared.identity.strict_roles import read_strict_roles
from app.shared.identity.tokens import OwnTokens
from app.shared.ledger import Refusals
from app.shared.limits import DESK_CODES, VOUCHER_CODES, GuessBudget, Rates
from app.shared.notices import Notices, open_channels
from app.shared.payments import Payables, Payments, open_provider
from app.shared.presence import Presence
from app.shared.read_only import ReadOnly
from app.shared.report import Reports
from app.shared.stock import Stock
from app.verification import all_holdings
from app.version import VERSION

FOLDERS = (member, store, admin, public)
# Flushes never wait behind ordinary requests for a connection.
STOCK_POOL_SIZE = 4
# Snapshots that long lists are read on: one a lane of a worker.
READING_POOL_SIZE = 4


class Drained(Protocol):
    async def drain(self) -> None:
        """Finish what is in flight."""


D = TypeVar("D", bound=Drained)


def _drained(closing: AsyncExitStack, part: D) -> D:
    """The part, which finishes what it has begun before what it stands on is closed."""
    closing.push_async_callback(part.drain)
    return part


@asynccontextmanager
async def open_rooms(settings: Settings) -> AsyncIterator[Rooms]:
    """Connect everything a process needs, and let go of it in the end, last first."""
    async with AsyncExitStack() as closing:
        engine = create_engine(settings)
        closing.push_async_callback(engine.dispose)
        stock_engine = create_engine(settings, pool_size=STOCK_POOL_SIZE)
        closing.push_async_callback(stock_engine.dispose)
        reading_engine = create_engine(
            settings, pool_size=READING_POOL_SIZE, command_timeout_s=None
        )
        closing.push_async_callback(reading_engine.dispose)
        redis = create_redis(settings)
        closing.push_async_callback(redis.aclose)
        member_tokens = MemberTokens(
            settings, await closing.enter_async_context(httpx.AsyncClient(verify=trusted()))
        )
        closing.push_async_callback(member_tokens.close)
        strict_roles = read_strict_roles(
            settings.second_factor_roles, is_production=settings.is_production
        )
        clock, access, sessions = Clock(), AccessList(strict_roles), create_sessions(engine)
        pulse = PulseWatcher(engine)
        pulse.subscribe(CLOCK, follow_clock(clock))
        pulse.subscribe(ACCESS, access.reload)
        directory = Directory(sessions, lambda: pulse.is_current)
        pulse.subscribe(MEMBERS, directory.forget)
        closed, read_only = ClosedPacks(), ReadOnly()
        pulse.subscribe(PACKS, closed.reload)
        pulse.subscribe(READ_ONLY, read_only.reload)
        closing.push_async_callback(pulse.stop)
        await pulse.start()
        stock = _drained(closing, Stock(stock_engine, redis, clock))
        views = _drained(closing, Views(sessions, clock))
        presence = _drained(
            closing, Presence(redis, sessions, clock, all_watched(), is_stopping=server_is_stopping)
        )
        seen = _drained(closing, Seen(sessions, clock))
        seen_staff = _drained(closing, Seen(sessions, clock, STAFF_SESSIONS))
        refusals = _drained(closing, Refusals(sessions, clock))
        sealer, digester = sealer_of(settings), digester_of(settings)
        vouchers = VoucherRecords(sealer, digester)
        pass_ring = KeyRing.parse(settings.pass_keys.get_secret_value())
        own_tokens = OwnTokens(KeyRing.parse(settings.token_keys.get_secret_value()))
        guesses = StaffGuesses.on(redis, digester)
        passes = Passes(pass_ring, settings.pass_key_signing)
        signed_texts = SignedTexts(pass_ring, settings.pass_key_signing)
        counter = _drained(closing, Counter(sessions, GuessBudget(redis, digester, VOUCHER_CODES)))
        couplets = _drained(closing, CoupletsCatalogue(sessions, closed))
        desk_guesses = GuessBudget(redis, digester, DESK_CODES)
        couplets_desk = CoupletsDesk(
            sessions,
            stock,
            clock,
            sealer,
            digester,
            HolderPasses(signed_texts, COUPLETS_PASS),
            desk_guesses,
        )
        gift_boxes_desk = PickupDesk(
            sessions,
            clock,
            sealer,
            digester,
            HolderPasses(signed_texts, GIFT_BOXES_PASS),
            desk_guesses,
        )
        channels = await closing.enter_async_context(open_channels(settings))
        provider = await closing.enter_async_context(open_provider(settings))
        pictures = Pictures()
        closing.push_async_callback(pictures.close)
        rooms = Rooms(
            settings=settings,
            engine=engine,
            redis=redis,
            sessions=sessions,
            clock=clock,
            sealer=sealer,
            digester=digester,
            member_tokens=member_tokens,
            own_tokens=own_tokens,
            directory=directory,
            access=access,
            seen=seen,
            seen_staff=seen_staff,
            refusals=refusals,
            staff_door=StaffDoor(own_tokens, sealer, guesses, strict_roles),
            stock=stock,
            campaign=CurrentCampaign(sessions),
            closed=closed,
            read_only=read_only,
            # An import holds two connections for minutes; the others who call need some as well.
            importing=asyncio.Semaphore(max(1, settings.database_pool_size // 3)),
            editions=all_edition_parts(),
            views=views,
            presence=presence,
            home=HomePage(sessions, clock, all_home_parts()),
            catalogue=Catalogue(sessions, closed),
            shelf=Shelf(sessions, clock, closed),
            vouchers=vouchers,
            wallet=Wallet(sessions, vouchers),
            holdings=tuple(all_holdings()),
            data_kinds=all_data_kinds(),
            withdrawals=all_withdrawals(),
            retention=all_retention_kinds(),
            passes=passes,
            scanner=Scanner(passes, digester),
            counter=counter,
            couplets=couplets,
            couplets_desk=couplets_desk,
            talk_passes=HolderPasses(signed_texts, TALK_PASS),
            gift_boxes=_drained(closing, GiftBoxesCatalogue(sessions, closed)),
            free_boxes=_drained(closing, FreeBoxes(sessions, closed)),
            gift_boxes_desk=gift_boxes_desk,
            notices=Notices(all_notices(), sealer, clock),
            channels=channels,
            store=open_store(settings),
            links=Links(digester, clock),
            pictures=pictures,
            exports=Exports(all_listings(sealer), create_sessions(reading_engine)),
            reports=Reports(create_sessions(reading_engine), clock, all_reports()),
            approvals=Desk(all_approval_kinds()),
            payments=Payments(provider, Payables(all_payables()), clock, sealer, digester),
            draws=Draws(all_entrant_sources()),
        )
        rooms.approvals.furnish(rooms)
        rooms.payments.payables.furnish(rooms)
        yield rooms


def create_app(settings: Settings | None = None) -> FastAPI:
    """The ASGI application. Settings come from the environment unless they are given."""

    routers = _routers()
    routes = [route for router in routers for route in router.routes]
    guarded = [route for route in routes if isinstance(route, GuardedRoute)]
    load = Load(always=PROBES | {each.path for each in guarded if each.knows_by_itself})

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Load]]:
        now = settings or Settings()
        configure_logging(now.log_level)
        allow_many_connections()
        async with open_rooms(now) as rooms:
            app.state.rooms = rooms
            spare_what_is_loaded()
            # For whoever reads the wire (`routers/wire.py`).
            yield {LOAD: load}

    app = FastAPI(
        title="五大礼包 · Five gift packs",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Asked of the environment at each request, three times over, whether anybody listens.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        # A redirect would go to whichever host, and in whichever scheme, the request names.
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    app.state.rates = Rates(waits=load.waits)
    app.add_middleware(Front, routes=guarded)
    app.add_middleware(BodyLimit)
    app.add_middleware(Observe)
    app.add_middleware(Places, load=load)
    problems.install(app)
    for router in routers:
        app.include_router(router)
    install_documents(app)
    return app


def _routers() -> list[APIRouter]:
    """Every module of the four folders, by name, so that the document's order is stable."""
    return [
        importlib.import_module(f"{folder.__name__}.{module.name}").router
        for folder in FOLDERS
        for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda m: m.name)
    ]


app = create_app()
