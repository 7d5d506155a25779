"""Which editions are running, which one is current, their packs, which of them are open, and how
often their pages are viewed; next year's, copied from an earlier one (docs/campaigns.md).

Packs ask `find_campaign` when they plan something, `shown` which of theirs members see, and
`hold_open` in each transaction that begins something new; the home page reads `CurrentCampaign`;
the page-view beacon goes to `Views`; rules that staff change are `CampaignRules`. What a copy takes
of a pack, its `edition.py` says.
"""

from app.shared.campaigns.contents import (
    Counted,
    Planned,
    list_campaigns,
    list_packs_of,
    look_at_campaign,
)
from app.shared.campaigns.copying import copy_campaign
from app.shared.campaigns.current import (
    CampaignFacts,
    CurrentCampaign,
    PackFacts,
    current_campaign,
    find_campaign,
    is_no_draft,
    shown,
    shown_campaign,
)
from app.shared.campaigns.drafts import NewPack
from app.shared.campaigns.edition import Copying, EditionPart
from app.shared.campaigns.moves import MOVES, make_current, move_campaign
from app.shared.campaigns.open import HELD, ClosedPacks, hold_open
from app.shared.campaigns.planning import change_campaign, change_pack, create_campaign
from app.shared.campaigns.refusals import PackClosed
from app.shared.campaigns.rules import CampaignRules, Change
from app.shared.campaigns.switch import switch_pack
from app.shared.campaigns.views import Views

__all__ = [
    "HELD",
    "MOVES",
    "CampaignFacts",
    "CampaignRules",
    "Change",
    "ClosedPacks",
    "Copying",
    "Counted",
    "CurrentCampaign",
    "EditionPart",
    "NewPack",
    "PackClosed",
    "PackFacts",
    "Planned",
    "Views",
    "change_campaign",
    "change_pack",
    "copy_campaign",
    "create_campaign",
    "current_campaign",
    "find_campaign",
    "hold_open",
    "is_no_draft",
    "list_campaigns",
    "list_packs_of",
    "look_at_campaign",
    "make_current",
    "move_campaign",
    "shown",
    "shown_campaign",
    "switch_pack",
]
