"""Where the service is wired: rooms, routers, handlers. Nothing else is global.

`create_app` needs no environment; the lifespan reads it. So the OpenAPI
document can be written on a machine that runs nothing.
"""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from types import ModuleType

import httpx
from fastapi import APIRouter, FastAPI

from app import shared
from app.packs import KINDS
from app.packs.breakfast.catalogue import Catalogue
from app.packs.breakfast.counter import Counter
from app.packs.breakfast.passes import Passes
from app.packs.breakfast.scans import Scanner
from app.packs.breakfast.voucher_records import VoucherRecords
from app.platform.clock import Clock
from app.platform.crypto import Digester, KeyRing, Sealer
from app.platform.db import create_engine, create_sessions
from app.platform.pulse import ACCESS, CLOCK, PulseWatcher, follow_clock
from app.platform.redis import create_redis
from app.platform.settings import Settings
from app.platform.telemetry import configure_logging
from app.routers import admin, member, problems, public, store
from app.routers.body_limit import BodyLimit
from app.routers.documents import install_documents
from app.routers.observe import Observe
from app.routers.openapi import operation_id
from app.routers.rooms import Rooms
from app.shared.approvals import ApprovalKind, Desk
from app.shared.campaigns import CurrentCampaign, Views
from app.shared.home import HomePage, HomePart
from app.shared.identity.access import AccessList
from app.shared.identity.directory import Directory
from app.shared.identity.provider import MemberTokens
from app.shared.identity.seen import Seen
from app.shared.identity.tokens import OwnTokens
from app.shared.ledger import Refusals
from app.shared.limits import PASSWORDS, VOUCHER_CODES, GuessBudget, Rates
from app.shared.stock import Stock
from app.verification import all_holdings
from app.version import VERSION

FOLDERS = (member, store, admin, public)
# Flushes never wait behind ordinary requests for a connection.
STOCK_POOL_SIZE = 4


@asynccontextmanager
async def open_rooms(settings: Settings) -> AsyncIterator[Rooms]:
    """Connect everything a process needs, and let go of it in the end, last first."""
    async with AsyncExitStack() as closing:
        engine = create_engine(settings)
        closing.push_async_callback(engine.dispose)
        stock_engine = create_engine(settings, pool_size=STOCK_POOL_SIZE)
        closing.push_async_callback(stock_engine.dispose)
        redis = create_redis(settings)
        closing.push_async_callback(redis.aclose)
        member_tokens = MemberTokens(
            settings, await closing.enter_async_context(httpx.AsyncClient())
        )
        closing.push_async_callback(member_tokens.close)
        clock, access, sessions = Clock(), AccessList(), create_sessions(engine)
        pulse = PulseWatcher(engine)
        pulse.subscribe(CLOCK, follow_clock(clock))
        pulse.subscribe(ACCESS, access.reload)
        closing.push_async_callback(pulse.stop)
        await pulse.start()
        stock = Stock(stock_engine, redis, clock)
        closing.push_async_callback(stock.drain)
        views = Views(sessions, clock)
        closing.push_async_callback(views.drain)
        seen = Seen(sessions, clock)
        closing.push_async_callback(seen.drain)
        refusals = Refusals(sessions, clock)
        closing.push_async_callback(refusals.drain)
        sealer = Sealer(KeyRing.parse(settings.seal_keys.get_secret_value()))
        digester = Digester(KeyRing.parse(settings.digest_keys.get_secret_value()))
        pass_ring = KeyRing.parse(settings.pass_keys.get_secret_value())
        passes = Passes(pass_ring, settings.pass_key_signing)
        counter = Counter(sessions, GuessBudget(redis, digester, VOUCHER_CODES))
        closing.push_async_callback(counter.drain)
        rooms = Rooms(
            settings=settings,
            engine=engine,
            redis=redis,
            sessions=sessions,
            clock=clock,
            sealer=sealer,
            digester=digester,
            member_tokens=member_tokens,
            own_tokens=OwnTokens(KeyRing.parse(settings.token_keys.get_secret_value())),
            directory=Directory(sessions),
            access=access,
            seen=seen,
            password_guesses=GuessBudget(redis, digester, PASSWORDS),
            refusals=refusals,
            stock=stock,
            campaign=CurrentCampaign(sessions),
            views=views,
            home=HomePage(sessions, clock, _home_parts()),
            catalogue=Catalogue(sessions),
            vouchers=VoucherRecords(sealer, digester),
            holdings=tuple(all_holdings()),
            passes=passes,
            scanner=Scanner(passes, digester),
            counter=counter,
            approvals=Desk(find_approval_kinds()),
        )
        rooms.approvals.furnish(rooms)
        yield rooms


def create_app(settings: Settings | None = None) -> FastAPI:
    """The ASGI application. Settings come from the environment unless they are given."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        now = settings or Settings()
        configure_logging(now.log_level)
        async with open_rooms(now) as rooms:
            app.state.rooms = rooms
            yield

    app = FastAPI(
        title="五大礼包 · Five gift packs",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=operation_id,
    )
    app.state.rates = Rates()
    app.add_middleware(BodyLimit)
    app.add_middleware(Observe)
    problems.install(app)
    for router in _routers():
        app.include_router(router)
    install_documents(app)
    return app


def modules_named(part: str) -> dict[str, ModuleType]:
    """The module of that name in every shared room and pack that has one."""
    rooms = [f"app.shared.{each.name}" for each in pkgutil.iter_modules(shared.__path__)]
    packs = [f"app.packs.{kind}" for kind in KINDS]
    return {
        home: importlib.import_module(f"{home}.{part}")
        for home in sorted([*rooms, *packs])
        if _has(home, part)
    }


def _has(home: str, part: str) -> bool:
    is_package = getattr(find_spec(home), "submodule_search_locations", None) is not None
    return is_package and find_spec(f"{home}.{part}") is not None


def check_names(home: str, names: Iterable[str]) -> None:
    """What a room or pack registers begins with its name. Raises `ValueError`."""
    prefix = home.rsplit(".", 1)[-1] + "."
    strange = [name for name in names if not name.startswith(prefix)]
    if strange:
        raise ValueError(f"kinds of {home} begin with {prefix!r}, not {', '.join(strange)}")


def find_approval_kinds() -> list[ApprovalKind]:
    """Every kind of act that may need a second person."""
    found: list[ApprovalKind] = []
    for home, module in modules_named("approvals").items():
        check_names(home, [kind.name for kind in module.APPROVALS])
        found += module.APPROVALS
    return found


def _home_parts() -> list[HomePart]:
    """What each pack shows on the home page."""
    return [importlib.import_module(f"app.packs.{kind}.home").HOME for kind in KINDS]


def _routers() -> list[APIRouter]:
    """Every module of the four folders, by name, so that the document's order is stable."""
    return [
        importlib.import_module(f"{folder.__name__}.{module.name}").router
        for folder in FOLDERS
        for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda m: m.name)
    ]


app = create_app()
