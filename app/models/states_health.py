"""Enumerations of the health pack. Plain values, no tables."""

from enum import StrEnum


class QuizState(StrEnum):
    """`open`: attempts begin within its window."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class QuestionKind(StrEnum):
    """How many of the options are right: one, one of two, or any number of them."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


class AttemptState(StrEnum):
    """As it is read. `overdue`: its time is up, and it may still be handed in for a moment."""

    IN_PROGRESS = "in_progress"
    OVERDUE = "overdue"
    FINISHED = "finished"
    ABANDONED = "abandoned"


class HealthTopic(StrEnum):
    """What experts advise on. Which of them may be asked about without a name:
    `app/packs/health/topics.py`."""

    GENERAL = "general"
    RESPIRATORY = "respiratory"
    CHRONIC = "chronic"
    MOTHER_AND_CHILD = "mother_and_child"
    NUTRITION = "nutrition"
    PSYCHOLOGICAL = "psychological"


class ConsultationState(StrEnum):
    """`waiting`: in the queue; `taken`: one expert has it."""

    WAITING = "waiting"
    TAKEN = "taken"
    CLOSED = "closed"


class ConsultationEnd(StrEnum):
    """Who ended a consultation. `withdrawal`: the consent to health data was withdrawn."""

    MEMBER = "member"
    EXPERT = "expert"
    WITHDRAWAL = "withdrawal"


class Author(StrEnum):
    """Whose a message is."""

    MEMBER = "member"
    EXPERT = "expert"


class Flag(StrEnum):
    """What a member's words say that cannot wait for an answer."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
