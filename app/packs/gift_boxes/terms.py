"""A campaign's rules of the sale and of handing over: data, which staff change."""

from app.models.gift_boxes import GiftBoxesRules
from app.models.gift_boxes_fulfilment import GiftBoxesFulfilmentRules
from app.packs.gift_boxes.fulfilment_rules import FulfilmentRules
from app.packs.gift_boxes.rules import SaleRules
from app.shared.campaigns import CampaignRules

# For orders and offers from now on; those that stand keep their time.
SALE = CampaignRules(GiftBoxesRules, SaleRules, "gift_boxes.rules.change")
# For orders that stand as well: nothing is closed or lapsed before its job.
FULFILMENT = CampaignRules(
    GiftBoxesFulfilmentRules, FulfilmentRules, "gift_boxes.fulfilment_rules.change"
)
