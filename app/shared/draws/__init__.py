"""Draws that anybody can draw again. See `docs/draws.md`.

A pack says who may enter (`EntrantSource`, in its `draws.py`) and calls `enter` where somebody
earns a ticket; its routers move the draw on. Nobody can name a winner: who wins follows from the
list, the public numbers and the prizes that were lost. A crowd is put in order by the same
(`Crowd`, `open_by_order`, `enter_order`, `Taking`): a fair opening.
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
from app.shared.draws.entrants import Crowd, Draws, EntrantSource, EntryRule
from app.shared.draws.freeze import ask_freeze, freeze_list
from app.shared.draws.history import Doer
from app.shared.draws.inspection import inspect_draws
from app.shared.draws.opening_rules import (
    OPENING_WINDOW_MIN,
    AskState,
    FairOpening,
    Phase,
    ask_state,
    check_moved,
    phase_at,
)
from app.shared.draws.openings import (
    NewOpening,
    Ticketed,
    ask_order,
    before_order,
    enter_order,
    open_by_order,
)
from app.shared.draws.orders import (
    CrowdEntry,
    find_entries,
    find_entry,
    result_at,
    take_back,
)
from app.shared.draws.picking_rules import Claim
from app.shared.draws.planning import (
    NewPrize,
    Plan,
    change_draw,
    copy_draws,
    create_draw,
    open_draw,
)
from app.shared.draws.proof import make_proof
from app.shared.draws.queries import AwardFacts, DrawFacts, Prize, find_draw, find_draws, moment
from app.shared.draws.refusals import (
    AlreadyEntered,
    NumbersNotPublished,
    NumbersPublished,
    PrizeOverCap,
    ResultPending,
)
from app.shared.draws.reveal import ask_reveal, reveal_draw
from app.shared.draws.taking import TakenTurn, Taking, take_turns, turns_to_tell, work_off_turns
from app.shared.draws.turns import CrowdTurn

__all__ = [
    "OPENING_WINDOW_MIN",
    "AlreadyEntered",
    "AskState",
    "AwardFacts",
    "Claim",
    "Crowd",
    "CrowdEntry",
    "CrowdTurn",
    "Doer",
    "DrawFacts",
    "Draws",
    "EntrantSource",
    "EntryRule",
    "FairOpening",
    "MyTicket",
    "NewOpening",
    "NewPrize",
    "Numbers",
    "NumbersNotPublished",
    "NumbersPublished",
    "Phase",
    "Plan",
    "Prize",
    "PrizeOverCap",
    "PublicDraw",
    "ResultPending",
    "Source",
    "TakenTurn",
    "Taking",
    "Ticket",
    "Ticketed",
    "accept_prize",
    "ask_commit",
    "ask_disqualification",
    "ask_freeze",
    "ask_order",
    "ask_reveal",
    "ask_state",
    "before_order",
    "change_draw",
    "check_moved",
    "commit_draw",
    "copy_draws",
    "create_draw",
    "drand_source",
    "enter",
    "enter_order",
    "find_draw",
    "find_draws",
    "find_entries",
    "find_entry",
    "find_for_staff",
    "find_public",
    "freeze_list",
    "inspect_draws",
    "list_draws",
    "make_proof",
    "moment",
    "my_ticket",
    "open_by_order",
    "open_draw",
    "phase_at",
    "result_at",
    "reveal_draw",
    "take_back",
    "take_turns",
    "tickets_of",
    "turns_to_tell",
    "work_off_turns",
]
