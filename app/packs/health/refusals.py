"""Every way in which the health pack says no in words of its own (contract section 7)."""

from app.platform.errors import Refusal, Words


class AttemptsUsed(Refusal):
    """Facts: `limit`, and `attempt_id` of one that is still under way, if any."""

    status, code = 409, "attempts_used"
    title = Words("答题次数已用完", "No attempts left")
    detail = Words("每人最多可答 {limit} 次。", "Everybody has {limit} attempts.")


class NotEnoughQuestions(Refusal):
    """Facts: `needed`, `there`."""

    status, code = 409, "not_enough_questions"
    matters = True
    title = Words("题库题目不足", "Too few questions")
    detail = Words(
        "每卷抽 {needed} 题，题库只有 {there} 题。",
        "An attempt takes {needed} questions, and the bank has {there}.",
    )
