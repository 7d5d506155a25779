"""What tills fetch now and then, so that they can go on when their network is down."""

from app.packs.breakfast.offline import offline_kit
from app.routers.guard import TillCaller, api_router, tills_only
from app.routers.rooms import R
from app.routers.store.redemptions import StoreNo
from app.schemas.offline import OfflineKitOut

router = api_router()


@router.get("/v1/store/keys", summary="离线核销所需的公钥与名单", tags=["redemptions"])
@tills_only()
async def get_offline_kit(till: TillCaller, rooms: R, store_no: StoreNo = None) -> OfflineKitOut:
    """Public keys, batches, this store's hours, and the vouchers that were voided.

    Fetch it when the till starts and every quarter of an hour; a new key is published
    here before anything is signed with it.
    """
    return OfflineKitOut.of(
        await offline_kit(rooms.sessions, rooms.passes, rooms.clock, till=till, store_no=store_no)
    )
