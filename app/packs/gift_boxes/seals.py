"""What gift boxes keep sealed: where an order goes and to whom, and why it was given up."""

from app.models.gift_boxes import GiftBoxesOrder, GiftBoxesOrderHistory
from app.models.gift_boxes_fulfilment import GiftBoxesAsk
from app.shared.sealed import SealedField
from app.shared.sealed.masks import hide, mask_name, mask_phone

RECIPIENT = SealedField(GiftBoxesOrder.recipient_sealed, mask_name)
PHONE = SealedField(GiftBoxesOrder.phone_sealed, mask_phone)
ADDRESS = SealedField(GiftBoxesOrder.address_sealed, hide)
REASON = SealedField(GiftBoxesOrderHistory.reason_sealed, hide)

# Of who asked for a free box, until it is an order's.
ASK_RECIPIENT = SealedField(GiftBoxesAsk.recipient_sealed, mask_name)
ASK_PHONE = SealedField(GiftBoxesAsk.phone_sealed, mask_phone)
ASK_ADDRESS = SealedField(GiftBoxesAsk.address_sealed, hide)

# Where something goes: whose the columns of a row are.
OF_ORDER = (RECIPIENT, PHONE, ADDRESS)
OF_ASK = (ASK_RECIPIENT, ASK_PHONE, ASK_ADDRESS)

SEALED = (RECIPIENT, PHONE, ADDRESS, REASON, ASK_RECIPIENT, ASK_PHONE, ASK_ADDRESS)
