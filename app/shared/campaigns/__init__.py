"""Which edition is running, its five packs, which of them are open, and how often their pages
are viewed.

Packs ask `current_campaign` when they plan something, and `hold_open` in each transaction that
begins something new; the home page reads `CurrentCampaign`; the page-view beacon goes to `Views`.
"""

from app.shared.campaigns.current import (
    CampaignFacts,
    CurrentCampaign,
    PackFacts,
    current_campaign,
)
from app.shared.campaigns.open import ClosedPacks, hold_open
from app.shared.campaigns.refusals import PackClosed
from app.shared.campaigns.switch import switch_pack
from app.shared.campaigns.views import Views

__all__ = [
    "CampaignFacts",
    "ClosedPacks",
    "CurrentCampaign",
    "PackClosed",
    "PackFacts",
    "Views",
    "current_campaign",
    "hold_open",
    "switch_pack",
]
