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
