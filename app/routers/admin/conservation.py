"""Every limited quantity, from the books in one snapshot."""

from app.models.states import Role
from app.routers.guard import api_router, staff_only
from app.routers.rooms import R
from app.schemas.conservation import ConservationOut, PoolOut
from app.shared.stock import snapshot

router = api_router()


@router.get("/v1/admin/conservation", summary="守恒核对")
@staff_only(Role.CAMPAIGN_MANAGER, Role.FINANCE, reads=True)
async def get_conservation(rooms: R) -> ConservationOut:
    """For each pool: issued = sum of entries = live rows, at most its total."""
    balances = await snapshot(rooms.sessions, rooms.holdings)
    pools = [
        PoolOut.of(balance, await rooms.stock.mirror(balance.pool_id, balance.group_id))
        for balance in balances
    ]
    return ConservationOut(equal=all(pool.equal for pool in pools), pools=pools)
