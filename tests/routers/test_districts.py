"""An account limited to districts, at every operation of staff: no row of another district comes
out or is changed. `districts.txt` says how far each operation reaches.

The walk asks each district-bound operation for things of another district, as the limited
account and then as one without a limit, who must get them: or nothing would be proved.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text, update

from app.main import app as unstarted
from app.models import Base, identity
from app.models.states import Category, District, Role
from app.models.wishes import WishClaim
from app.platform.ids import new_id
from app.routers.guard import GuardedRoute, Reach
from app.routers.rooms import Rooms
from app.schemas.seed_ids import FIRST_MEMBER_NO
from app.shared.counter.codes import new_code
from app.shared.counter.refusals import CodeUnknown
from app.shared.identity.callers import Member, StaffMember
from app.shared.identity.owners import Owner
from tests.factories import Factory, auth
from tests.routers.test_documents import DOCUMENT, body_example, guarded_routes
from tests.shared.exports.desk import Desk, work_off
from tests.shared.identity.clients import Clients
from tests.tills import Counter
from tests.wishing import Wishing

pytestmark = pytest.mark.anyio

TABLE = Path(__file__).parent / "districts.txt"
HERE, THERE = District.SHINAN, District.LAOSHAN
MARK = re.compile(r"\{(\w+)\}")
# What a look leaves behind, and what time does.
NOT_COMPARED = {"data_access", "pulse", "staff_session"}


class Row(NamedTuple):
    reach: str
    method: str
    path: str


ROWS = [Row(*line.split()) for line in TABLE.read_text().splitlines() if line[:1] not in ("", "#")]
STAFF_ROUTES: list[GuardedRoute] = [
    route for route in guarded_routes(unstarted) if route.access.audience == "staff"
]
IN_TABLE = {(row.method, row.path): row.reach for row in ROWS}
CAMPAIGN_WIDE = [
    (method, route.path)
    for route in STAFF_ROUTES
    for method in route.methods
    if (method, route.path) not in IN_TABLE
]
BOUND = [row for row in ROWS if row.reach == "district"]
FILES = [row for row in BOUND if row.path.endswith(".{format}")]
WITH_IDS = [row for row in BOUND if MARK.search(row.path) and row not in FILES]
# Asked for by what their bodies name; their own tests are below.
BY_ITSELF = {
    ("POST", "/v1/admin/stores"),
    ("POST", "/v1/admin/exports"),
    # tests/packs/wishes/test_life.py
    ("POST", "/v1/admin/wishes"),
    # Figures and no rows: tests/routers/test_report.py
    *(("GET", row.path) for row in BOUND if row.path.startswith("/v1/admin/report")),
}
READS = [row for row in WITH_IDS if row.method == "GET"]
ACTS = [row for row in WITH_IDS if row not in READS]
BELOW_ANOTHER = [row for row in WITH_IDS if len(MARK.findall(row.path)) > 1]
LISTS = [
    row
    for row in BOUND
    if row.method == "GET" and not MARK.search(row.path) and (row.method, row.path) not in BY_ITSELF
]
# Which wish, where it has to be in one state or another.
WISH_OF = {
    "/review": "pending_wish_id",
    "/dispatches": "open_wish_id",
    "/confirmation": "silent_wish_id",
}


def ids(rows: list[Row]) -> list[str]:
    return [f"{row.method} {row.path}" for row in rows]


@dataclass
class Place:
    """What there is in one district. `named`: by the name of a parameter, what it may be.
    `tells`: what would give it away in an answer."""

    district: District
    named: dict[str, str]
    tells: set[str]

    def query(self, path: str, names: list[str]) -> dict[str, str]:
        """Parameters of a list; redemptions are those of a voucher that was redeemed."""
        of_redeemed = {"voucher_id": "redeemed_voucher_id"} if "redemptions" in path else {}
        return {name: self.named[of_redeemed.get(name, name)] for name in names}


@pytest.fixture
async def places(
    client: httpx.AsyncClient, make: Factory, counter: Counter, request: pytest.FixtureRequest
) -> tuple[Place, Place]:
    """The same things in two districts, and one dispute between them; wishes, which take their
    time, for those who ask for them."""
    # Whom the document's examples name.
    await make.member(member_no=FIRST_MEMBER_NO)
    row = getattr(request.node, "callspec", None) and request.node.callspec.params.get("row")
    asks_for_wishes = row is None or "/wish" in row.path
    wishing = Wishing(client, make) if asks_for_wishes else None
    here, there = [await furnish(each, make, counter, wishing) for each in (HERE, THERE)]
    await between(here, there, counter)
    # Figures of wishes do not count the last five seconds.
    await make.move_clock(timedelta(seconds=6))
    return here, there


async def furnish(
    district: District, make: Factory, counter: Counter, wishing: Wishing | None
) -> Place:
    member = await make.member(district=district, phone=f"1990000{len(district):04d}")
    merchant_id = await counter.merchant(f"{district} 便利")
    store_no = f"{district.upper()}-1"
    store_id = await make.store(
        district=district, store_no=store_no, merchant_id=merchant_id, name=f"{district} 店"
    )
    till, spare = [await counter.till(store_id) for _ in range(2)]
    batch = await make.batch()
    issued, used, undone = [await counter.voucher(batch=batch, member=member) for _ in range(3)]
    redeemed = await counter.redeem(till, f"{district}-used", used.code)
    await counter.redeem(till, f"{district}-undone", undone.code)
    await counter.reverse(till, f"{district}-undone")
    with pytest.raises(CodeUnknown):
        await counter.redeem(till, f"{district}-refused", new_code())
    neighbour = await counter.till(district=district, store_no=f"{district.upper()}-2")
    await counter.upload(neighbour, f"{district}-disputed", used.code)
    code = await Clients(make).code(Owner(store_id=store_id))
    export_id = await exported(make, district)
    named = {
        "store_id": store_id,
        "code_id": code.id,
        "export_id": export_id,
        "batch_id": batch.id,
        "format": "csv",
        "device_id": spare.device_id,
        "merchant_id": merchant_id,
        "member_id": member.id,
        "voucher_id": issued.id,
        "redeemed_voucher_id": used.id,
        "redemption_id": redeemed.redemption.id,
        "dispute_id": await counter.newest_dispute(),
        "store_no": store_no,
        "member_no": member.member_no,
        "phone_last4": f"{len(district):04d}",
        "redemption_no": f"{district}-used",
        "district": district,
        "code": issued.code,
        **(await wishes_of(district, wishing, member) if wishing else {}),
    }
    # A batch is everybody's; the two phones differ by the lengths of the districts' names.
    everybodys = {"phone_last4", "batch_id", "format"}
    told = {name: str(value) for name, value in named.items() if name not in everybodys}
    tells = {*told.values(), f"{district} 店", f"{district}-refused", f"{district}-disputed"}
    return Place(district, {name: str(value) for name, value in named.items()}, tells)


async def wishes_of(district: District, wishing: Wishing, wisher: Member) -> dict[str, str]:
    """One in each state that an act of staff wants, and one that came true."""
    make = wishing.make

    async def opened() -> tuple[str, Member]:
        another = await make.member(district=district, phone="19999999999")
        return await wishing.opened(another, district=district), another

    pending = await wishing.posted(wisher, district=district)
    # Also somebody of whom something was recorded as a volunteer.
    await wishing.record(wisher)
    (waiting, _), (silent, _), (done, glad) = [await opened() for _ in range(3)]
    for wish_id in (silent, done):
        volunteer = await make.member(district=district, phone="19999999999")
        await wishing.submitted(volunteer, wish_id)
    await wishing.confirm(glad, done)
    async with make.rooms.sessions.begin() as session:
        long_ago = make.rooms.clock.now() - timedelta(days=8)
        handed_in = update(WishClaim).where(WishClaim.wish_id == UUID(silent))
        await session.execute(handed_in.values(submitted_at=long_ago))
    return {
        "wish_id": waiting,
        "pending_wish_id": pending,
        "open_wish_id": waiting,
        "silent_wish_id": silent,
    }


async def exported(make: Factory, district: District) -> UUID:
    """A file that an account of the district has asked for, and got."""
    rooms, reach = make.rooms, frozenset({district})
    staff = StaffMember(new_id(), f"{district}-desk", frozenset({Role.FINANCE}), reach)
    async with rooms.sessions.begin() as session:
        session.add(identity.Staff(id=staff.id, name=staff.name, password_hash="none"))
    desk = Desk(make, staff, rooms)
    asked = await desk.ask("breakfast.redemptions")
    await desk.make(asked)
    await work_off(rooms)
    return asked.id


async def between(here: Place, there: Place, counter: Counter) -> None:
    """A voucher that a till of either district took: it belongs to neither alone."""
    first = await counter.till(district=here.district)
    voucher = await counter.voucher(member=await counter.make.member(district=here.district))
    await counter.redeem(first, "between-1", voucher.code)
    second = await counter.till(district=there.district)
    await counter.upload(second, "between-2", voucher.code)
    there.tells.add(str(await counter.newest_dispute()))


@pytest.fixture
async def limited(make: Factory) -> dict[str, str]:
    """May do everything, in one district."""
    return auth(await make.staff(Role.ADMINISTRATOR, districts=[HERE]))


@pytest.fixture
async def unlimited(make: Factory) -> dict[str, str]:
    return auth(await make.staff(Role.ADMINISTRATOR))


def address(row: Row, place: Place) -> str:
    """The path with what it names from that district."""
    unnamed = set(MARK.findall(row.path)) - place.named.keys()
    assert not unnamed, f"teach `furnish` what a foreign {unnamed} is"
    wishes = {"wish_id": WISH_OF.get(row.path.removeprefix("/v1/admin/wishes/{wish_id}"))}
    return MARK.sub(lambda found: place.named[wishes.get(found[1]) or found[1]], row.path)


def body(row: Row) -> Any:
    operation = DOCUMENT["paths"][row.path][row.method.lower()]
    return body_example(row.method.lower(), row.path) if "requestBody" in operation else None


async def contents(rooms: Rooms) -> dict[str, str]:
    """A digest of each table's rows."""
    found = {}
    async with rooms.sessions() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in NOT_COMPARED:
                digest = (
                    f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table.name} t"
                )
                found[table.name] = str(await session.scalar(text(digest)))
    return found


def test_every_row_is_a_staff_operation_once_and_reaches_as_far_as_it_declares() -> None:
    declared = {
        (method, route.path): route.access.reach
        for route in STAFF_ROUTES
        for method in route.methods
    }
    assert len(IN_TABLE) == len(ROWS)
    assert {operation: Reach(reach) for operation, reach in IN_TABLE.items()} == {
        operation: reach for operation, reach in declared.items() if reach is not Reach.CAMPAIGN
    }


def test_every_district_bound_operation_is_walked() -> None:
    walked = {(row.method, row.path) for row in [*WITH_IDS, *LISTS, *FILES]}
    assert {(row.method, row.path) for row in BOUND} - walked == BY_ITSELF


OF_NOBODY = (
    "/v1/admin/breakfast/batches",
    "/v1/admin/campaigns",
    "/v1/admin/packs",
    "/v1/admin/wishes/kinds",
    "/v1/admin/wishes/limits",
)


def test_what_is_shared_only_reads_and_is_about_no_person_or_place() -> None:
    for row in ROWS:
        if row.reach == "shared":
            assert row.method == "GET"
            assert row.path.startswith(OF_NOBODY)


@dataclass
class Walk:
    """Two districts, and two accounts at their doors."""

    client: httpx.AsyncClient
    rooms: Rooms
    here: Place
    there: Place
    limited: dict[str, str]
    unlimited: dict[str, str]

    async def ask(self, row: Row, place: Place, who: dict[str, str]) -> httpx.Response:
        return await self.client.request(
            row.method, address(row, place), headers=who, json=body(row)
        )

    async def look_from_both_sides(self, row: Row) -> None:
        """Not there, and not changed, for who is limited to another district; there for others."""
        before = await contents(self.rooms)
        foreign = await self.ask(row, self.there, self.limited)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found"), foreign.text
        assert not [tell for tell in self.there.tells if tell in foreign.text]
        assert await contents(self.rooms) == before
        sides = ((self.here, self.limited), (self.there, self.unlimited))
        if row.path.endswith("/restore"):
            for place, who in sides:
                suspend = address(row, place).replace("/restore", "/suspend")
                await self.client.post(suspend, headers=who, json={"reason": "盘点"})
        for place, who in sides:
            answer = await self.ask(row, place, who)
            assert answer.status_code in {200, 201}, answer.text


@pytest.fixture
def walk(
    client: httpx.AsyncClient,
    rooms: Rooms,
    places: tuple[Place, Place],
    limited: dict[str, str],
    unlimited: dict[str, str],
) -> Walk:
    return Walk(client, rooms, *places, limited, unlimited)


async def test_what_concerns_the_whole_campaign_is_not_for_a_limited_account(
    client: httpx.AsyncClient, limited: dict[str, str], subtests: pytest.Subtests
) -> None:
    for method, path in CAMPAIGN_WIDE:
        anything = MARK.sub("01855a2c-1c00-7000-8000-000000000001", path)
        with subtests.test(f"{method} {path}"):
            answer = await client.request(method, anything, headers=limited)
            told = answer.json()
            assert (answer.status_code, told["code"]) == (403, "forbidden")
            assert told["rule"] == "districts"
            assert told["districts"] == [HERE]


async def test_a_thing_of_another_district_is_not_found_to_be_read(
    walk: Walk, subtests: pytest.Subtests
) -> None:
    for row in READS:
        with subtests.test(row.path):
            await walk.look_from_both_sides(row)


@pytest.mark.parametrize("row", ACTS, ids=ids(ACTS))
async def test_a_thing_of_another_district_is_not_found_and_not_changed(
    walk: Walk, row: Row
) -> None:
    await walk.look_from_both_sides(row)


async def test_nor_is_one_that_is_asked_for_by_way_of_ones_own(
    walk: Walk, subtests: pytest.Subtests
) -> None:
    """A foreign till under one's own store, a foreign code, and the other way round."""
    before = await contents(walk.rooms)
    for row in BELOW_ANOTHER:
        for foreign in MARK.findall(row.path):
            named = {**walk.here.named, foreign: walk.there.named[foreign]}
            with subtests.test(row.path, foreign=foreign):
                answer = await walk.ask(row, Place(HERE, named, set()), walk.limited)
                assert answer.status_code == 404, answer.text
    assert await contents(walk.rooms) == before


async def test_a_list_has_ones_own_district_and_nothing_of_another(
    walk: Walk, subtests: pytest.Subtests
) -> None:
    for row in LISTS:
        with subtests.test(row.path):
            await list_has_ones_own(walk, row)


async def list_has_ones_own(walk: Walk, row: Row) -> None:
    client, here, there = walk.client, walk.here, walk.there
    limited, unlimited = walk.limited, walk.unlimited
    operation = DOCUMENT["paths"][row.path]["get"]
    known = [
        each["name"]
        for each in operation.get("parameters", [])
        if each["in"] == "query"
        and each["name"] in here.named
        # There it is why a till was refused.
        and (row.path, each["name"]) != ("/v1/admin/refused-redemptions", "code")
    ]
    # The whole list where there is one, and whatever can be asked for by name.
    questions: list[list[str]] = [[name] for name in known]
    if row.path != "/v1/admin/members":
        questions.append([])
    for names in questions:
        for asked in (here, there):
            query = asked.query(row.path, names)
            answer = await client.get(row.path, headers=limited, params=query)
            assert answer.status_code == 200, answer.text
            assert not [tell for tell in there.tells if tell in answer.text], query
            if asked is here:
                assert has_rows(answer), query
        everywhere = await client.get(
            row.path, headers=unlimited, params=there.query(row.path, names)
        )
        assert has_rows(everywhere)
        assert row.path.endswith("/days") or [
            tell for tell in there.tells if tell in everywhere.text
        ]


def has_rows(answer: httpx.Response) -> bool:
    return bool(answer.json()["items"])


async def test_a_file_has_ones_own_district_and_nothing_of_another(
    walk: Walk, subtests: pytest.Subtests
) -> None:
    for row in FILES:
        with subtests.test(row.path):
            await file_has_ones_own(walk, row)


async def file_has_ones_own(walk: Walk, row: Row) -> None:
    here, there = walk.here, walk.there
    files = {}
    for place in (here, there):
        for who in (walk.limited, walk.unlimited):
            answer = await walk.ask(row, place, who)
            assert answer.status_code == 200, answer.text
            files[place.district, who is walk.limited] = answer.text
    assert not [tell for tell in there.tells if tell in files[THERE, True] + files[HERE, True]]
    if not row.path.endswith("/days.{format}"):
        assert [tell for tell in here.tells if tell in files[HERE, True]]
        assert [tell for tell in there.tells if tell in files[THERE, False]]
    assert files[THERE, True] != files[THERE, False]


async def test_an_export_has_the_districts_of_who_asked_for_it(
    client: httpx.AsyncClient,
    rooms: Rooms,
    places: tuple[Place, Place],
    limited: dict[str, str],
    unlimited: dict[str, str],
) -> None:
    there = places[1]
    lists: list[dict[str, Any]] = [
        {"what": "breakfast.redemptions"},
        {"what": "breakfast.refused_redemptions"},
        {"what": "breakfast.vouchers", "filters": {"batch_id": there.named["batch_id"]}},
        {"what": "identity.members"},
        {"what": "wishes.queue"},
        {"what": "wishes.service_records"},
    ]
    for asked in lists:
        texts = {}
        for who in (limited, unlimited):
            answer = await client.post(
                "/v1/admin/exports", json={**asked, "format": "csv"}, headers=who
            )
            assert answer.status_code == 202, answer.text
            await work_off(rooms)
            file = await client.get(f"{answer.headers['Location']}/file", headers=who)
            assert file.status_code == 200, file.text
            texts[who is limited] = file.text
        assert not [tell for tell in there.tells if tell in texts[True]], asked
        assert [tell for tell in there.tells if tell in texts[False]], asked


async def test_days_count_what_happened_in_ones_own_district(
    client: httpx.AsyncClient,
    places: tuple[Place, Place],
    limited: dict[str, str],
    unlimited: dict[str, str],
) -> None:
    days, districts = "/v1/admin/breakfast/figures/days", "/v1/admin/breakfast/figures/districts"
    (mine,) = (await client.get(days, headers=limited)).json()["items"]
    (all_of_it,) = (await client.get(days, headers=unlimited)).json()["items"]
    rows = (await client.get(districts, headers=unlimited)).json()["items"]
    (district,) = [each for each in rows if each["district"] == HERE]
    names = ["issued", "void", "redeemed", "reversed", "participants", "redeemed_fen"]
    assert {name: mine[name] for name in names} == {name: district[name] for name in names}
    assert 0 < mine["issued"] < all_of_it["issued"]
    assert 0 < mine["redeemed"] < all_of_it["redeemed"]
    assert (mine["page_views"], all_of_it["page_views"]) == (None, 0)


async def test_a_store_is_made_in_ones_own_district_and_in_no_other(
    client: httpx.AsyncClient, rooms: Rooms, limited: dict[str, str]
) -> None:
    example = body_example("post", "/v1/admin/stores")
    before = await contents(rooms)
    elsewhere = await client.post(
        "/v1/admin/stores", headers=limited, json={**example, "district": THERE}
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "forbidden")
    assert elsewhere.json()["districts"] == [HERE]
    assert await contents(rooms) == before
    made = await client.post(
        "/v1/admin/stores", headers=limited, json={**example, "district": HERE}
    )
    assert made.status_code == 201, made.text


async def test_a_dispute_between_two_districts_is_for_an_account_of_both(
    client: httpx.AsyncClient, make: Factory, places: tuple[Place, Place], counter: Counter
) -> None:
    mixed = await counter.newest_dispute()
    path = f"/v1/admin/redemption-disputes/{mixed}"
    decision = {"decision": "second_stands", "reason": "两店核对"}
    for districts, status in (([HERE], 404), ([THERE], 404), ([HERE, THERE], 200)):
        account = auth(await make.staff(Role.STORE_MANAGER, districts=districts))
        assert (await client.get(path, headers=account)).status_code == status
        decided = await client.post(f"{path}/decision", headers=account, json=decision)
        assert decided.status_code == status, decided.text


async def test_several_districts_are_one_reach(
    client: httpx.AsyncClient, make: Factory, places: tuple[Place, Place]
) -> None:
    both = auth(await make.staff(Role.FINANCE, districts=[HERE, THERE]))
    await make.store(district=District.JIMO, store_no="JIMO-1")
    listed = (await client.get("/v1/admin/stores", headers=both)).json()["items"]
    assert {each["district"] for each in listed} == {HERE, THERE}


async def test_a_category_set_by_a_limited_account_is_set(
    client: httpx.AsyncClient, places: tuple[Place, Place], limited: dict[str, str]
) -> None:
    here, _ = places
    answer = await client.put(
        f"/v1/admin/members/{here.named['member_id']}/categories",
        headers=limited,
        json={"categories": [{"category": Category.HARDSHIP, "source": "街道"}]},
    )
    assert [each["category"] for each in answer.json()["categories"]] == [Category.HARDSHIP]
