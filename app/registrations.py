"""What rooms and packs bring to common affairs, found by equal names: a door's own gathering.

A room or a pack that has sealed columns has a `seals.py`; one that keeps something about members
a `personal_data.py`; one that tells them something a `notices.py`; and so on. Nothing below a
door knows them all. CONTRIBUTING.md lists the names.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from itertools import chain
from types import ModuleType
from typing import Any

from app import shared
from app.models.states import PackKind, Purpose
from app.packs import KINDS
from app.platform.crypto import Sealer
from app.shared.approvals import ApprovalKind
from app.shared.campaigns import EditionPart
from app.shared.consents import AtWithdrawal, Withdrawals
from app.shared.draws import Crowd, EntrantSource
from app.shared.exports import Listing
from app.shared.exports.members import members_listing
from app.shared.home import HomePart
from app.shared.notices import Kinds, NoticeKind, gather
from app.shared.payments import Payable
from app.shared.personal_data import DataKind
from app.shared.presence import Watched
from app.shared.report import PackReport
from app.shared.retention import RetentionKind, RetentionKinds
from app.shared.sealed import SealedField


@cache
def modules_named(part: str) -> Mapping[str, ModuleType]:
    """The module of that name in every shared room and pack that has one; looked for once."""
    rooms = [f"app.shared.{each.name}" for each in pkgutil.iter_modules(shared.__path__)]
    packs = [f"app.packs.{kind}" for kind in KINDS]
    return {
        home: importlib.import_module(f"{home}.{part}")
        for home in [*sorted(rooms), *sorted(packs)]
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


def all_sealed() -> list[SealedField]:
    """Every sealed column (`SEALED`)."""
    return [field for module in modules_named("seals").values() for field in module.SEALED]


def all_data_kinds() -> tuple[DataKind, ...]:
    """Every kind of data about a member (`DATA_KINDS`)."""
    found = modules_named("personal_data").values()
    return tuple(kind for module in found for kind in module.DATA_KINDS)


def all_notices() -> Kinds:
    """What members may be told (`NOTICES`)."""
    declared: list[NoticeKind] = []
    for home, module in modules_named("notices").items():
        check_names(home, [kind.name for kind in module.NOTICES])
        declared += module.NOTICES
    return gather(declared)


def all_approval_kinds() -> list[ApprovalKind]:
    """Every kind of act that may need a second person (`APPROVALS`)."""
    found: list[ApprovalKind] = []
    for home, module in modules_named("approvals").items():
        check_names(home, [kind.name for kind in module.APPROVALS])
        found += module.APPROVALS
    return found


def all_watched() -> list[Watched]:
    """What can be watched (`PRESENCE`)."""
    found: list[Watched] = []
    for home, module in modules_named("presence").items():
        check_names(home, [watched.kind for watched in module.PRESENCE])
        found += module.PRESENCE
    return found


def all_payables() -> list[Payable]:
    """Every kind of thing that can be paid (`PAYABLES`)."""
    found: list[Payable] = []
    for kind in KINDS:
        module = modules_named("payments").get(f"app.packs.{kind}")
        if module is not None:
            check_names(f"app.packs.{kind}", [each.kind for each in module.PAYABLES])
            found += module.PAYABLES
    return found


def all_entrant_sources() -> list[EntrantSource | Crowd]:
    """Whom packs let into draws or put in order (`DRAWS`)."""
    found: list[EntrantSource | Crowd] = []
    for home, module in modules_named("draws").items():
        check_names(home, [source.name for source in module.DRAWS])
        found += module.DRAWS
    return found


def all_withdrawals() -> Withdrawals:
    """What becomes of what was there by a consent that is withdrawn (`WITHDRAWALS`)."""
    found: dict[Purpose, list[AtWithdrawal]] = {}
    for module in modules_named("withdrawals").values():
        for purpose, end in module.WITHDRAWALS.items():
            found.setdefault(purpose, []).append(end)
    return found


def all_retention_kinds() -> RetentionKinds:
    """Kinds of records that are erased when their time is over (`RETENTION`)."""
    found: list[RetentionKind] = []
    for home, module in modules_named("retention").items():
        check_names(home, [kind.name for kind in module.RETENTION])
        found += module.RETENTION
    return RetentionKinds(found)


def all_home_parts() -> list[HomePart]:
    """What each pack shows on the home page (`HOME`)."""
    return [importlib.import_module(f"app.packs.{kind}.home").HOME for kind in KINDS]


def all_listings(sealer: Sealer) -> dict[str, Listing[Any]]:
    """What can be exported: the packs' lists (`LISTINGS`) and the members."""
    of_packs = [module.LISTINGS for module in modules_named("exports").values()]
    found = [*chain.from_iterable(of_packs), members_listing(sealer)]
    return {listing.name: listing for listing in found}


def all_edition_parts() -> list[EditionPart]:
    """What next year's edition takes of each pack (`EDITION`), in the packs' order."""
    found = modules_named("edition")
    homes = [f"app.packs.{kind}" for kind in KINDS]
    return [found[home].EDITION for home in homes if home in found]


def all_reports() -> dict[PackKind, PackReport]:
    """What each pack counts (`REPORT`)."""
    found: dict[PackKind, PackReport] = {}
    for home, module in modules_named("report").items():
        report: PackReport = module.REPORT
        check_names(home, [figure.name for figure in report.figures])
        found[report.kind] = report
    return found
