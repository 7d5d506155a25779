"""Codes as staff see them: which are open, and for how long one can be shown as a QR."""

from datetime import timedelta

import pytest

from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.shared.identity.owners import Owner
from app.shared.identity.refusals import OnboardingCodeExpired
from tests.factories import Factory
from tests.shared.identity.clients import Clients
from tests.tills import Counter

pytestmark = pytest.mark.anyio

DAY = timedelta(hours=24)


@pytest.fixture
async def owner(make: Factory) -> Owner:
    return Owner(store_id=await make.store())


async def test_a_codes_text_can_be_shown_again_until_it_is_used(
    clients: Clients, owner: Owner
) -> None:
    code = await clients.code(owner)
    assert await clients.show(owner, code.id) == code.onboarding_code
    await clients.come_in(code.onboarding_code)
    with pytest.raises(NotFound):
        await clients.show(owner, code.id)
    assert await clients.sealed(code.id) is None
    # Within its second thoughts the till that lost the answer still has the text, staff do not.
    await clients.come_in(code.onboarding_code)
    assert await clients.sealed(code.id) is None


async def test_the_table_holds_no_text_that_one_could_read(clients: Clients, owner: Owner) -> None:
    code = await clients.code(owner)
    sealed = await clients.sealed(code.id)
    assert sealed is not None
    assert code.onboarding_code.encode() not in sealed


async def test_a_use_that_is_refused_leaves_the_text(
    clients: Clients, make: Factory, owner: Owner
) -> None:
    code = await clients.code(owner)
    await make.move_clock(DAY)
    with pytest.raises(OnboardingCodeExpired):
        await clients.come_in(code.onboarding_code)
    assert await clients.sealed(code.id) is not None


async def test_a_code_that_ran_out_is_shown_to_nobody_and_forgotten_with_the_next(
    clients: Clients, make: Factory, owner: Owner
) -> None:
    late = await clients.code(owner)
    await make.move_clock(DAY - timedelta(minutes=1))
    assert await clients.show(owner, late.id)
    other = await clients.code(owner)
    await make.move_clock(timedelta(minutes=1))
    with pytest.raises(NotFound):
        await clients.show(owner, late.id)
    await clients.code(owner)
    assert await clients.sealed(late.id) is None
    assert await clients.sealed(other.id) is not None


async def test_a_code_is_shown_only_where_it_belongs(
    clients: Clients, make: Factory, owner: Owner
) -> None:
    merchant = Owner(merchant_id=await Counter(make).merchant("海风便利有限公司"))
    neighbour = Owner(store_id=await make.store())
    of_store, of_merchant = await clients.code(owner), await clients.code(merchant)
    for code, strangers in (
        (of_store, [neighbour, merchant]),
        (of_merchant, [owner, Owner(merchant_id=new_id())]),
    ):
        for stranger in strangers:
            with pytest.raises(NotFound):
                await clients.show(stranger, code.id)
    assert await clients.show(merchant, of_merchant.id) == of_merchant.onboarding_code
    with pytest.raises(NotFound):
        await clients.show(owner, new_id())


async def test_open_codes_are_listed_oldest_first_without_used_and_late_ones(
    clients: Clients, make: Factory, owner: Owner
) -> None:
    late = await clients.code(owner)
    await make.move_clock(DAY / 2)
    used, first, second = [await clients.code(owner) for _ in range(3)]
    await clients.code()
    listed = await clients.open_codes(owner)
    assert [each.id for each in listed] == [late.id, used.id, first.id, second.id]
    await clients.come_in(used.onboarding_code)
    await make.move_clock(DAY / 2)
    listed = await clients.open_codes(owner)
    assert [each.id for each in listed] == [first.id, second.id]
    assert all(each.expires_at - each.created_at == DAY for each in listed)
    assert listed[0].store_id == owner.store_id
    assert listed[0].merchant_id is None
