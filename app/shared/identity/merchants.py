"""The legal companies behind stores: who they are, whom to call. Where they are paid to stands
in `bank_accounts.py`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Merchant, MerchantHistory
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, Sessions
from app.platform.errors import AlreadyExists, NotFound, VersionStale
from app.platform.ids import new_id
from app.platform.pages import Keyset, Page, PageRequest
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor, Districts
from app.shared.identity.owners import Owner, has_store_within, require_owner
from app.shared.identity.seals import BANK_ACCOUNT, CONTACT_NAME, CONTACT_PHONE
from app.shared.ledger import Act, Changes, changed, made, write
from app.shared.sealed import SealedField

# What is said of a merchant in clear, and what is sealed, by the names that callers use.
PLAIN = ("name", "legal_name", "credit_code")
SEALED: dict[str, SealedField] = {"contact_name": CONTACT_NAME, "contact_phone": CONTACT_PHONE}

_BY_NAME = Keyset(Merchant.name)
_NEWEST_FIRST = Keyset(MerchantHistory.at, MerchantHistory.id, descending=True)
_MERCHANT = (
    Merchant.id,
    Merchant.name,
    Merchant.legal_name,
    Merchant.credit_code,
    Merchant.bank,
    Merchant.bank_account_sealed,
    Merchant.contact_name_sealed,
    Merchant.contact_phone_sealed,
    Merchant.version,
    Merchant.created_at,
    Merchant.updated_at,
)


@dataclass(frozen=True, slots=True)
class MerchantFacts:
    """A company. The account is masked always, the contact in lists."""

    id: UUID
    name: str
    legal_name: str | None
    credit_code: str | None
    bank: str | None
    bank_account: str | None
    contact_name: str | None
    contact_phone: str | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class MerchantMove:
    """A change of a merchant: which fields, never their values."""

    id: UUID
    at: datetime
    act: str
    actor: str
    asked_by: str | None
    fields: list[str]
    reason: str | None


async def list_merchants(
    sessions: Sessions, sealer: Sealer, *, page: PageRequest, districts: Districts = None
) -> Page[MerchantFacts]:
    """All merchants by name; of a limited account those with a store in its districts."""
    statement = select(*_MERCHANT).where(has_store_within(districts))
    async with sessions() as session:
        rows = await _BY_NAME.page(session, statement, page)
    return rows.map(lambda row: _facts(sealer, row, masked=True))


async def find_merchant(sessions: Sessions, sealer: Sealer, *, merchant_id: UUID) -> MerchantFacts:
    """One merchant, with its contact in clear. Raises `NotFound`."""
    async with sessions() as session:
        return await read_merchant(session, sealer, merchant_id)


async def list_history(
    sessions: Sessions, *, merchant_id: UUID, page: PageRequest
) -> Page[MerchantMove]:
    """The merchant's changes, newest first. Raises `NotFound`."""
    history = MerchantHistory
    statement = select(history.act, history.actor, history.asked_by, history.fields, history.reason)
    async with sessions() as session:
        await require_owner(session, Owner(merchant_id=merchant_id))
        rows = await _NEWEST_FIRST.page(
            session, statement.where(history.merchant_id == merchant_id), page
        )
    return rows.map(
        lambda row: MerchantMove(
            row.id, row.at, row.act, row.actor, row.asked_by, row.fields, row.reason
        )
    )


async def create_merchant(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    once: Once,
    *,
    actor: Actor,
    facts: Mapping[str, str | None],
) -> MerchantFacts:
    """A new company; `facts` by the names of `PLAIN` and `SEALED`.

    Raises `AlreadyExists` for a known name or credit code.
    """
    async with sessions.begin() as session:
        await once.first(session)
        now, merchant_id = clock.now(), new_id()
        created_id = await session.scalar(
            insert(Merchant)
            .values(id=merchant_id, created_at=now, updated_at=now, **_columns(sealer, facts))
            .on_conflict_do_nothing()
            .returning(Merchant.id)
        )
        if created_id is None:
            raise AlreadyExists()
        await note_move(session, merchant_id, "create", made(**facts), actor=actor, at=now)
        merchant = await read_merchant(session, sealer, merchant_id)
        await once.keep(session, merchant)
    return merchant


async def change_merchant(
    sessions: Sessions,
    clock: Clock,
    sealer: Sealer,
    *,
    actor: Actor,
    merchant_id: UUID,
    version: int,
    changes: Mapping[str, str | None],
) -> MerchantFacts:
    """Correct a company; None takes a fact away. What is so already is no change.

    Raises `NotFound`, `VersionStale`, `AlreadyExists` for another's name or credit code.
    """
    try:
        async with sessions.begin() as session:
            await lock_merchant(session, merchant_id, version=version)
            before = await read_merchant(session, sealer, merchant_id)
            moved = changed(asdict(before), changes)
            if not moved:
                return before
            now = clock.now()
            columns = _columns(sealer, {name: after for name, (_, after) in moved.items()})
            await session.execute(
                update(Merchant)
                .where(Merchant.id == merchant_id)
                .values(version=Merchant.version + 1, updated_at=now, **columns)
            )
            await note_move(session, merchant_id, "change", moved, actor=actor, at=now)
            return await read_merchant(session, sealer, merchant_id)
    except IntegrityError as error:
        # Names and codes are unique, and nothing else that can be changed here is.
        raise AlreadyExists() from error


async def lock_merchant(session: AsyncSession, merchant_id: UUID, *, version: int | None) -> None:
    """Hold the merchant, at that version if one is given. Raises `NotFound`, `VersionStale`."""
    known = await session.scalar(
        select(Merchant.version).where(Merchant.id == merchant_id).with_for_update()
    )
    if known is None:
        raise NotFound()
    if version is not None and version != known:
        raise VersionStale(version=known)


async def read_merchant(session: AsyncSession, sealer: Sealer, merchant_id: UUID) -> MerchantFacts:
    """As it stands in this transaction. Raises `NotFound`."""
    rows = await session.execute(select(*_MERCHANT).where(Merchant.id == merchant_id))
    row = rows.one_or_none()
    if row is None:
        raise NotFound()
    return _facts(sealer, row, masked=False)


async def note_move(
    session: AsyncSession,
    merchant_id: UUID,
    act: str,
    changes: Changes,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
    why: str | None = None,
    asked_by: str | None = None,
) -> None:
    """A line of the merchant's history, and a row of the ledger, whose reason is `why` if given.

    `asked_by`: who asked, where `actor` approved it.
    """
    session.add(
        MerchantHistory(
            id=new_id(),
            merchant_id=merchant_id,
            at=at,
            act=act,
            actor=actor.name,
            asked_by=asked_by,
            fields=sorted(changes),
            reason=reason,
        )
    )
    verb = f"merchant.{act}"
    await write(session, [Act(actor, verb, "merchant", merchant_id, changes, at, why or reason)])


async def merchant_named(session: AsyncSession, clock: Clock, name: str, *, actor: Actor) -> UUID:
    """The merchant of that name, made when there is none."""
    now = clock.now()
    created_id: UUID | None = await session.scalar(
        insert(Merchant)
        .values(id=new_id(), name=name, created_at=now, updated_at=now)
        .on_conflict_do_nothing()
        .returning(Merchant.id)
    )
    if created_id is not None:
        await note_move(session, created_id, "create", made(name=name), actor=actor, at=now)
        return created_id
    return (await session.scalars(select(Merchant.id).where(Merchant.name == name))).one()


def _columns(sealer: Sealer, facts: Mapping[str, str | None]) -> dict[str, str | bytes | None]:
    columns: dict[str, str | bytes | None] = {
        name: text for name, text in facts.items() if name in PLAIN
    }
    for name, field in SEALED.items():
        if name in facts:
            text = facts[name]
            columns[field.column.key] = None if text is None else field.seal(sealer, text)
    return columns


def _facts(sealer: Sealer, row: AnyRow, *, masked: bool) -> MerchantFacts:
    def read(field: SealedField, sealed: bytes | None, *, masked: bool = masked) -> str | None:
        if sealed is None:
            return None
        return field.show(sealer, sealed) if masked else field.open(sealer, sealed)

    return MerchantFacts(
        id=row.id,
        name=row.name,
        legal_name=row.legal_name,
        credit_code=row.credit_code,
        bank=row.bank,
        bank_account=read(BANK_ACCOUNT, row.bank_account_sealed, masked=True),
        contact_name=read(CONTACT_NAME, row.contact_name_sealed),
        contact_phone=read(CONTACT_PHONE, row.contact_phone_sealed),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
