"""The health pack: what is kept of it."""

from app.models.kept import Keeping, Plain, Sort, Subject

_KEPT = "2 years, with the draws that rest on it"
_BY_ID = "random ids, times and figures, which lead to a person through `member` alone"
_WHO_ANSWERS = "whoever acts on behalf of the union answers for it"
_CHOSEN = "answers about hygiene that anybody gives; nothing of the person's own health"

TABLES = {
    "health_quiz": Keeping(
        Subject.NOBODY,
        purpose="to hold a quiz",
        starts="its end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={"title": Sort.PUBLIC, "intro": Sort.PUBLIC},
    ),
    "health_question": Keeping(
        Subject.NOBODY,
        purpose="to know the questions of a bank",
        starts="its quiz's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={"code": Sort.INTERNAL},
    ),
    "health_question_version": Keeping(
        Subject.STAFF,
        purpose="to know what was asked, and what was right",
        starts="its quiz's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        plain=_WHO_ANSWERS,
        columns={
            "text": Sort.PUBLIC,
            "options": Sort.PUBLIC,
            "answer_key": Sort.INTERNAL,
            "explanation": Sort.INTERNAL,
            "created_by": Plain(Sort.PERSONAL, _WHO_ANSWERS),
        },
    ),
    "health_attempt": Keeping(
        Subject.MEMBER,
        purpose="to grade an attempt, and to know who may enter a draw",
        starts="its quiz's end",
        keeps=_KEPT,
        erasure="stays, and leads to nobody",
        kinds=("quiz_attempts",),
        plain=_BY_ID,
    ),
    "health_answer": Keeping(
        Subject.MEMBER,
        purpose="to grade an attempt anew when a key was wrong",
        starts="its quiz's end",
        keeps=_KEPT,
        erasure="stays, and leads to nobody",
        kinds=("quiz_attempts",),
        plain=_BY_ID,
        columns={
            "shuffled": Sort.INTERNAL,
            "chosen": Plain(Sort.PERSONAL, _CHOSEN),
        },
    ),
    "health_key_correction": Keeping(
        Subject.STAFF,
        purpose="to know who corrected a key, and why",
        starts="its quiz's end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        plain=_WHO_ANSWERS,
        columns={
            "actor": Plain(Sort.PERSONAL, _WHO_ANSWERS),
            "before": Sort.INTERNAL,
            "after": Sort.INTERNAL,
            "reason": Sort.INTERNAL,
        },
    ),
}
