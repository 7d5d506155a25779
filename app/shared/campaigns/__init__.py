"""Which edition is running, its five packs, and how often their pages are viewed.

Packs ask `current_campaign` when they plan something; the home page reads
`CurrentCampaign`; the page-view beacon goes to `Views`.
"""

from app.shared.campaigns.current import (
    CampaignFacts,
    CurrentCampaign,
    PackFacts,
    current_campaign,
)
from app.shared.campaigns.views import Views

__all__ = ["CampaignFacts", "CurrentCampaign", "PackFacts", "Views", "current_campaign"]
