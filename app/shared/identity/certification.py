"""Who holds test codes, and who redeemed some of them before: nobody real.

One member for the whole deployment and one till a store, made when first needed. No file
can bring this member, and no secret opens that till.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.identity import Member, Person, StoreDevice
from app.models.states import District
from app.platform.crypto import Digester, Sealer
from app.platform.ids import derived_id, new_id
from app.shared.identity.callers import Till
from app.shared.identity.device_secrets import new_secret, secret_digest
from app.shared.identity.seals import ID_NUMBER, NAME, PERSON, PHONE, PHONE_LAST4

# The full stop keeps it apart from every number that an import takes.
TEST_MEMBER_NO = "TEST.MEMBER"
TEST_MEMBER_NAME = "王测试"
# No network has numbers that begin with 120.
TEST_PHONE = "12000000000"
TEST_TILL_NAME = "认证测试"
TEST_TILL = "store_device.certification"
"""Purpose of the keyed digest that the till's id follows from."""


async def find_test_member(session: AsyncSession, sealer: Sealer, digester: Digester) -> UUID:
    """The holder of all test codes. Its person has no identity number: what it is found by
    is the digest of a text that is none."""
    of_test_member = select(Member.id).where(Member.member_no == TEST_MEMBER_NO)
    known: UUID | None = await session.scalar(of_test_member)
    if known is not None:
        return known
    digest = PERSON.digest(digester, TEST_MEMBER_NO)
    await session.execute(
        insert(Person)
        .values(
            id=new_id(),
            id_number_digest=digest,
            id_number_sealed=ID_NUMBER.seal(sealer, TEST_MEMBER_NO),
        )
        .on_conflict_do_nothing(index_elements=[Person.id_number_digest])
    )
    person_id = select(Person.id).where(Person.id_number_digest == digest).scalar_subquery()
    await session.execute(
        insert(Member)
        .values(
            id=new_id(),
            member_no=TEST_MEMBER_NO,
            person_id=person_id,
            name_sealed=NAME.seal(sealer, TEST_MEMBER_NAME),
            phone_sealed=PHONE.seal(sealer, TEST_PHONE),
            phone_last4_digest=PHONE_LAST4.digest(digester, TEST_PHONE),
            district=District.SHINAN,
        )
        .on_conflict_do_nothing(index_elements=[Member.member_no])
    )
    return (await session.scalars(of_test_member)).one()


async def find_test_till(
    session: AsyncSession, digester: Digester, *, store_id: UUID, now: datetime
) -> Till:
    """The till that redeemed a store's test codes before its own tills saw them. It is
    revoked from the beginning, and nobody knows its secret."""
    device_id = derived_id(digester.of_request(TEST_TILL, str(store_id)))
    await session.execute(
        insert(StoreDevice)
        .values(
            id=device_id,
            store_id=store_id,
            name=TEST_TILL_NAME,
            secret_digest=secret_digest(new_secret()),
            revoked_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[StoreDevice.id])
    )
    return Till(device_id, store_id, None)
