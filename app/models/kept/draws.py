"""Draws: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_PROOF = "as long as the service: what was promised to the public can be checked by it"
_FILE = "2 years: a draw's file, as the rules on sales promotion demand"
_DETACHED = "stays, and leads to nobody: a list that was frozen is not changed"
_BY_ID = "random ids, times and ticket numbers, which lead to a person through `member` alone"
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it"
_PUBLISHED = "published, that anybody may draw again; it names nobody"

TABLES = {
    "draw": Keeping(
        Subject.NOBODY,
        purpose="to draw prizes so that anybody can draw them again",
        starts="the draw",
        keeps=_PROOF,
        erasure="none: nothing about members",
        columns={
            "pack": Sort.PUBLIC,
            "title": Sort.PUBLIC,
            "title_en": Sort.PUBLIC,
            "organiser": Sort.PUBLIC,
            "conditions": Sort.PUBLIC,
            "conditions_en": Sort.PUBLIC,
            "source": Sort.PUBLIC,
            "entry_rule": Sort.PUBLIC,
            "rules": Sort.PUBLIC,
            "listed": Sort.PUBLIC,
            "list_sha256": Sort.PUBLIC,
            "sources": Sort.PUBLIC,
            "commitment": Sort.PUBLIC,
            "public_numbers": Sort.PUBLIC,
        },
    ),
    "draw_prize": Keeping(
        Subject.NOBODY,
        purpose="to know what can be won",
        starts="the draw",
        keeps=_PROOF,
        erasure="none: nothing about members",
        columns={"name": Sort.PUBLIC, "name_en": Sort.PUBLIC},
    ),
    "draw_exclusion": Keeping(
        Subject.MEMBER,
        purpose="to keep the organiser's own staff out",
        starts="the draw",
        keeps=_FILE,
        erasure=_DETACHED,
        kinds=("draw_exclusions",),
        plain=_BY_ID,
    ),
    "draw_entry": Keeping(
        Subject.MEMBER,
        purpose="to know whose ticket it is",
        starts="the draw",
        keeps="2 years, then whose it was is forgotten and the number stays in the proof",
        erasure=_DETACHED,
        kinds=("draw_tickets",),
        plain=_BY_ID,
        columns={"ticket_no": Plain(Sort.PERSONAL, _PUBLISHED)},
    ),
    "draw_award": Keeping(
        Subject.MEMBER,
        purpose="to hand out prizes, and to know why one was lost",
        starts="the draw",
        keeps=_PROOF,
        erasure=_DETACHED,
        kinds=("draw_prizes",),
        plain=_BY_ID,
        columns={
            "ticket_no": Plain(Sort.PERSONAL, _PUBLISHED),
            "reason": Plain(Sort.PERSONAL, _PUBLISHED),
        },
    ),
    "draw_turn": Keeping(
        Subject.MEMBER,
        purpose="to take the turns of a crowd in their order, each once",
        starts="the draw",
        keeps=_PROOF,
        erasure=_DETACHED,
        kinds=("draw_turns",),
        plain=_BY_ID,
    ),
    "draw_history": Keeping(
        Subject.STAFF,
        purpose="to know who moved a draw on, and why",
        starts="the draw",
        keeps=_PROOF,
        erasure="none: nothing about members",
        plain=_BY_ID,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "asked_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "from_state": Sort.INTERNAL,
            "to_state": Sort.INTERNAL,
            "reason": Sort.INTERNAL,
        },
    ),
}
