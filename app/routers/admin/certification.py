"""Test codes for staff: a set for one store, so that its system can be certified."""

from app.models.states import Role
from app.packs.breakfast.certification import Workbench, make_certification_set
from app.packs.breakfast.redemption_refusals import StoreNotInBatch
from app.packs.breakfast.refusals import BatchEnded, BatchPaused
from app.platform.errors import StateConflict
from app.routers.acting import Acting
from app.routers.admin.breakfast import BATCHES, BatchId
from app.routers.guard import OPTIONAL, OnceKey, api_router, staff_only
from app.routers.rooms import R
from app.schemas.certification import CertificationIn, CertificationOut
from app.shared.stock import NotOpen, SoldOut

router = api_router()


@router.post(BATCHES + "/{batch_id}/test-codes", status_code=201, summary="生成一套测试券码")
@staff_only(
    Role.CAMPAIGN_MANAGER,
    Role.STORE_MANAGER,
    verb="breakfast.batch.test_codes",
    key=OPTIONAL,
    refuses=(StateConflict, StoreNotInBatch, BatchEnded, NotOpen, BatchPaused, SoldOut),
)
async def make_test_codes(
    batch_id: BatchId, body: CertificationIn, actor: Acting, rooms: R, once: OnceKey
) -> CertificationOut:
    """One code a case for certifying a store's system; the batch must be a test batch and
    running. Each call makes a fresh set, which takes some dozen of the batch's vouchers."""
    made = await make_certification_set(
        rooms.sessions,
        rooms.clock,
        Workbench(rooms.stock, rooms.vouchers, rooms.passes, rooms.sealer, rooms.digester),
        once.answering(201, lambda made: CertificationOut.of(made).in_json()),
        actor=actor,
        batch_id=batch_id,
        store_no=body.store_no,
    )
    return CertificationOut.of(made)
