"""Consultations of the health pack: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_FROM = "the message"
_KEPT = "3 years (a setting); at once when the consent is withdrawn"
_BY_ID = "random ids, times and words of an enumeration, which lead to a person through `member`"
_PARTIES = "whoever acts on behalf of the union answers for it; members stand there by id"

TABLES = {
    "health_consultation": Keeping(
        Subject.MEMBER,
        purpose="to give a member advice in confidence",
        starts="its last message",
        keeps=_KEPT,
        erasure="deleted",
        kinds=("consultations",),
        plain=_BY_ID,
        columns={"pseudonym": Sort.INTERNAL},
    ),
    "health_message": Keeping(
        Subject.MEMBER,
        purpose="to give a member advice in confidence",
        starts=_FROM,
        keeps=_KEPT,
        erasure="deleted",
        kinds=("consultation_messages",),
        plain=_BY_ID,
        columns={"text_sealed": Sort.SENSITIVE},
    ),
    "health_picture": Keeping(
        Subject.MEMBER,
        purpose="to know which pictures belong to a message",
        starts=_FROM,
        keeps="1 year (a setting); at once when the consent is withdrawn",
        erasure="deleted",
        kinds=("consultation_messages",),
        plain=_BY_ID,
    ),
    "health_consultation_move": Keeping(
        Subject.MEMBER,
        purpose="to know which expert had a consultation, and when",
        starts="its consultation's last message",
        keeps=_KEPT,
        erasure="deleted",
        kinds=("consultations",),
        plain=_BY_ID,
        columns={
            "act": Sort.INTERNAL,
            "actor": Plain(Sort.PERSONAL, _PARTIES),
            "note_sealed": Sort.SENSITIVE,
        },
    ),
    "health_alert": Keeping(
        Subject.MEMBER,
        purpose="to see that somebody looks after who may be in danger",
        starts=_FROM,
        keeps=_KEPT,
        erasure="deleted",
        kinds=("consultations",),
        plain=_BY_ID,
        columns={"acknowledged_by": Plain(Sort.PERSONAL, _PARTIES)},
    ),
}
