"""Rules that are data of an edition, such as its limits and spans: staff change them and whoever
asks next feels it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Generic, NotRequired, Protocol, TypedDict, TypeVar, Unpack
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Base
from app.platform.clock import Clock
from app.platform.db import AnySelect, Sessions
from app.platform.errors import VersionStale
from app.shared.campaigns.current import find_campaign
from app.shared.campaigns.edition import Copying
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed, write


class Versioned(Protocol):
    """A dataclass whose defaults are the edition's own rules."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=Versioned)


class Change(TypedDict):
    """By whom, which version they have read, which fields to which values, and why; of the current
    campaign, if none is named."""

    actor: Actor
    version: int
    changes: Mapping[str, Any]
    reason: str
    campaign_id: NotRequired[UUID | None]


@dataclass(frozen=True, slots=True)
class Changed(Generic[R]):
    """What they were and are, and of which campaign."""

    campaign_id: UUID
    before: R
    after: R


@dataclass(frozen=True)
class CampaignRules(Generic[R]):
    """One kind of them. `table`: a row a campaign, with a column for each field of `shape`; none
    as long as nobody has changed anything. `verb`: what the ledger calls a change."""

    table: type[Base]
    shape: type[R]
    verb: str

    async def read(self, session: AsyncSession, campaign_id: UUID) -> R:
        """As committed; a campaign that nobody has changed has the edition's."""
        row = (await session.execute(self._select(campaign_id))).one_or_none()
        return self.shape() if row is None else self.shape(*row)

    async def get(self, sessions: Sessions, campaign_id: UUID | None = None) -> R:
        """A campaign's, or the current one's. Raises `NotFound`."""
        async with sessions() as session:
            return await self.read(session, (await find_campaign(session, campaign_id)).id)

    async def hold(self, session: AsyncSession, campaign_id: UUID) -> R:
        """They stay as they are until this transaction ends: what is made by them is right."""
        statement = self._select(campaign_id).with_for_update(key_share=True, read=True)
        return await self._lock(session, campaign_id, statement)

    async def change(self, sessions: Sessions, clock: Clock, **how: Unpack[Change]) -> R:
        """As `change_in`, in a transaction of its own; as they are now."""
        async with sessions.begin() as session:
            return (await self.change_in(session, clock, **how)).after

    async def change_in(
        self, session: AsyncSession, clock: Clock, **how: Unpack[Change]
    ) -> Changed[R]:
        """By whoever has read the newest. Raises `NotFound`, `VersionStale`."""
        campaign_id = (await find_campaign(session, how.get("campaign_id"))).id
        before = await self._lock(session, campaign_id, self._select(campaign_id).with_for_update())
        if before.version != how["version"]:
            raise VersionStale(version=before.version)
        row = await session.execute(
            update(self.table)
            .where(self._of(campaign_id))
            .values({**how["changes"], "version": before.version + 1})
            .returning(*self._columns)
        )
        after = self.shape(*row.one())
        act = Act(
            how["actor"],
            self.verb,
            "campaign",
            campaign_id,
            changed(_fields(before), _fields(after)),
            at=clock.now(),
            reason=how["reason"],
        )
        await write(session, [act])
        return Changed(campaign_id, before, after)

    async def copy(self, session: AsyncSession, copying: Copying) -> None:
        """As they are now; the copy's begin with a first version."""
        rules = await self.read(session, copying.source_id)
        values = {**_fields(rules), "campaign_id": copying.target.id, "version": 1}
        await session.execute(insert(self.table).values(values))

    async def _lock(self, session: AsyncSession, campaign_id: UUID, statement: AnySelect) -> R:
        """A campaign's row comes into being when it is first held."""
        row = (await session.execute(statement)).one_or_none()
        if row is None:
            await session.execute(
                insert(self.table).values(campaign_id=campaign_id).on_conflict_do_nothing()
            )
            row = (await session.execute(statement)).one()
        return self.shape(*row)

    @property
    def _columns(self) -> list[Any]:
        return [getattr(self.table, each.name) for each in fields(self.shape)]

    def _of(self, campaign_id: UUID) -> Any:
        return self.table.__table__.c.campaign_id == campaign_id

    def _select(self, campaign_id: UUID) -> AnySelect:
        return select(*self._columns).where(self._of(campaign_id))


def _fields(rules: Versioned) -> dict[str, Any]:
    """What staff change."""
    return {name: value for name, value in asdict(rules).items() if name != "version"}
