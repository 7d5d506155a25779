"""What became of boxes, orders and offers, for the ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.models.states_gift_boxes import OrderState
from app.packs.gift_boxes.queries import BoxFacts
from app.shared.identity.callers import Actor
from app.shared.ledger import Act, changed

BOX, ORDER, OFFER, ENTRY, TICKET = "box", "order", "offer", "entry", "ticket"


def order_act(
    actor: Actor,
    act: str,
    order_id: UUID,
    states: tuple[OrderState | None, OrderState],
    at: datetime,
    *,
    reason: str | None = None,
    changes: dict[str, Any] | None = None,
) -> Act:
    """`gift_boxes.order.<act>`. `reason`: staff's words alone."""
    told = {"state": states, **(changes or {})}
    return Act(actor, f"gift_boxes.order.{act}", ORDER, order_id, told, at=at, reason=reason)


def box_act(
    actor: Actor,
    act: str,
    before: BoxFacts | None,
    after: BoxFacts,
    *,
    at: datetime,
    reason: str | None = None,
) -> Act:
    """`gift_boxes.box.<act>` with the fields in which `after` differs."""
    differs = changed(_fields(before) if before else {}, _fields(after))
    return Act(actor, f"gift_boxes.box.{act}", BOX, after.id, differs, at=at, reason=reason)


def _fields(box: BoxFacts) -> dict[str, Any]:
    return {
        "name": box.name,
        "list_price_fen": box.list_price_fen,
        "list_price_source": box.list_price_source,
        "list_price_on": box.list_price_on,
        "member_price_fen": box.member_price_fen,
        "per_person": box.per_person,
        "opens_at": box.opens_at,
        "closes_at": box.closes_at,
        "is_delivered": box.is_delivered,
        "opening": box.opening,
        "opening_window_min": box.opening_window_min,
        "quantity": box.sold.total,
        "free_quantity": box.free.total,
        "pictures": [[str(each.file.id), each.alt, each.alt_en] for each in box.pictures],
        "contents": [[each.name, each.quantity] for each in box.contents],
        "sites": [[each.name, each.address, each.opens_at, each.closes_at] for each in box.sites],
    }
