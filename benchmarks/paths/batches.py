"""Fresh batches to claim from, as staff would make them."""

from datetime import timedelta
from uuid import UUID

from app.models.states import Category
from app.packs.breakfast import batches, plan
from app.packs.breakfast.queries import BatchFacts
from app.platform.ids import new_id
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor
from benchmarks.ground import Ground

YEAR = timedelta(days=365)
REASON = "bench"


async def open_batch(
    ground: Ground, *, total: int, per_person_per_day: int | None = 1
) -> BatchFacts:
    """Open now, one a person and day unless asked otherwise, limits of its own."""
    rooms, now = ground.rooms, ground.rooms.clock.now()
    once = Once(None, rooms.digester, rooms.sealer)
    planned = await plan.create_batch(
        rooms.sessions,
        rooms.clock,
        once,
        actor=Actor.system(REASON, rooms.digester),
        name="bench",
        total=total,
        opens_at=now - timedelta(hours=1),
        closes_at=now + YEAR,
        valid_days=7,
        face_value_fen=1000,
        per_person_per_day=per_person_per_day,
        limit_group=f"bench {new_id()}",
        eligible_categories=[Category.NEW_EMPLOYMENT, Category.OUTDOOR],
    )
    return await batches.move_batch(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        once,
        actor=Actor.system(REASON, rooms.digester),
        batch_id=planned.batch.id,
        act="start",
        reason=REASON,
    )


async def end_batch(ground: Ground, batch_id: UUID) -> None:
    """So that lists do not grow by what earlier rounds left."""
    rooms = ground.rooms
    await batches.move_batch(
        rooms.sessions,
        rooms.clock,
        rooms.stock,
        Once(None, rooms.digester, rooms.sealer),
        actor=Actor.system(REASON, rooms.digester),
        batch_id=batch_id,
        act="end",
        reason=REASON,
    )
