"""What of gift boxes is paid."""

from app.packs.gift_boxes.paying import ORDER
from app.shared.payments import Payable

PAYABLES: tuple[Payable, ...] = (ORDER,)
