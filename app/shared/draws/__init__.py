"""Draws that anybody can draw again. See `docs/draws.md`.

A pack says who may enter (`EntrantSource`, in its `draws.py`) and calls `enter` where somebody
earns a ticket; its routers move the draw on. Nobody can name a winner: who wins follows from the
list, the public numbers and the prizes that were lost.
"""

from app.shared.draws.accepting import accept_prize
from app.shared.draws.browse import (
    MyTicket,
    PublicDraw,
    find_for_staff,
    find_public,
    list_draws,
    my_ticket,
)
from app.shared.draws.commit import ask_commit, commit_draw
from app.shared.draws.commitment_rules import Numbers, Source, drand_source
from app.shared.draws.disqualify import ask_disqualification
from app.shared.draws.entering import Ticket, enter, tickets_of
from app.shared.draws.entrants import Draws, EntrantSource, EntryRule
from app.shared.draws.freeze import ask_freeze, freeze_list
from app.shared.draws.history import Doer
from app.shared.draws.inspection import inspect_draws
from app.shared.draws.picking_rules import Claim
from app.shared.draws.planning import NewPrize, Plan, change_draw, create_draw, open_draw
from app.shared.draws.proof import make_proof
from app.shared.draws.queries import AwardFacts, DrawFacts, Prize
from app.shared.draws.refusals import NumbersNotPublished, NumbersPublished, PrizeOverCap
from app.shared.draws.reveal import ask_reveal, reveal_draw

__all__ = [
    "AwardFacts",
    "Claim",
    "Doer",
    "DrawFacts",
    "Draws",
    "EntrantSource",
    "EntryRule",
    "MyTicket",
    "NewPrize",
    "Numbers",
    "NumbersNotPublished",
    "NumbersPublished",
    "Plan",
    "Prize",
    "PrizeOverCap",
    "PublicDraw",
    "Source",
    "Ticket",
    "accept_prize",
    "ask_commit",
    "ask_disqualification",
    "ask_freeze",
    "ask_reveal",
    "change_draw",
    "commit_draw",
    "create_draw",
    "drand_source",
    "enter",
    "find_for_staff",
    "find_public",
    "freeze_list",
    "inspect_draws",
    "list_draws",
    "make_proof",
    "my_ticket",
    "open_draw",
    "reveal_draw",
    "tickets_of",
]
