"""A member's own reservations in JSON."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.models.states import ReservationState
from app.packs.couplets.holder import Recipient
from app.packs.couplets.reservation_queries import ReservationFacts
from app.packs.couplets.seals import PROXY_CODE, RECIPIENT_NAME, RECIPIENT_PHONE
from app.platform.clock import Clock
from app.platform.crypto import Sealer
from app.schemas.base import Input, Instant, Output, PageOut, ShortText, Text
from app.schemas.couplets import ServerTime

CollectorPhone = Annotated[
    str,
    StringConstraints(pattern=r"^\+?[0-9][0-9-]{5,19}$"),
    Field(description="领取人电话，凭尾号四位核对 · by its last four digits the desk knows them"),
]


class CancelIn(Input):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "临时有事，来不了"}})

    reason: Text | None = None


class RecipientIn(Input):
    """Who collects it instead; both null: the member after all."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "王小明", "phone": "19900001234"}}
    )

    name: ShortText | None
    phone: CollectorPhone | None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.name is None) != (self.phone is None):
            raise PydanticCustomError("recipient_whole", "name and phone go together")
        return self

    def recipient(self) -> Recipient | None:
        if self.name is None or self.phone is None:
            return None
        return Recipient(self.name, self.phone)


class RecipientOut(Output):
    """Masked."""

    name: str
    phone: str


class ReservationOut(Output):
    """A reservation of mine as it stands. `collect_before`: after that it is at the door."""

    id: UUID
    event_id: UUID
    variant_id: UUID
    site_id: UUID
    state: ReservationState
    reserved_at: Instant
    collect_before: Instant
    closed_at: Instant | None
    was_offered: bool = Field(description="候补所得 · from the waiting list")
    recipient: RecipientOut | None
    proxy_code: str | None = Field(description="代领码，只能用一次 · good once, for a proxy")
    proxy_used_at: Instant | None

    @classmethod
    def of(cls, reservation: ReservationFacts, clock: Clock, sealer: Sealer) -> Self:
        name, phone = reservation.recipient_name_sealed, reservation.recipient_phone_sealed
        recipient = None
        if name is not None and phone is not None:
            recipient = RecipientOut(
                name=RECIPIENT_NAME.show(sealer, name), phone=RECIPIENT_PHONE.show(sealer, phone)
            )
        return cls(
            id=reservation.id,
            event_id=reservation.event_id,
            variant_id=reservation.variant_id,
            site_id=reservation.site_id,
            state=reservation.state_at(clock.now()),
            reserved_at=reservation.reserved_at,
            collect_before=reservation.release_at,
            closed_at=reservation.closed_at,
            was_offered=reservation.was_offered,
            recipient=recipient,
            proxy_code=PROXY_CODE.open_if_any(sealer, reservation.proxy_code_sealed),
            proxy_used_at=reservation.proxy_used_at,
        )


class ReservationList(PageOut[ReservationOut]):
    server_time: ServerTime
