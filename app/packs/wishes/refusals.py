"""Every way in which wishes say no (contract section 5)."""

from app.platform.errors import Refusal, Words


class MoneyRequest(Refusal):
    """Facts: `instead`, the service that gives money."""

    status, code = 422, "money_request"
    title = Words("心愿不能涉及钱款", "Wishes are not about money")
    detail = Words(
        "微心愿不收付任何钱款。生活困难或患重病需要资金帮助，请向所在工会申请会员救助慰问金。",
        "No money changes hands for a wish. For help with money in hardship or serious illness, "
        "apply to your union for a relief grant.",
    )


class AlreadyClaimed(Refusal):
    status, code = 409, "already_claimed"
    title = Words("心愿已被认领", "Claimed already")
    detail = Words(
        "已有志愿者认领了这个心愿，感谢您的热心。",
        "A volunteer has taken this wish on; thank you all the same.",
    )


class OwnWish(Refusal):
    status, code = 409, "own_wish"
    title = Words("不能认领本人的心愿", "Your own wish")
    detail = Words(
        "心愿由他人帮助实现，本人不能认领。",
        "Somebody else makes a wish come true, not its wisher.",
    )


class ClaimCooldown(Refusal):
    """Facts: `until`, when the volunteer may claim this wish again."""

    status, code = 409, "claim_cooldown"
    title = Words("暂不能再次认领", "Not so soon again")
    detail = Words(
        "您不久前退回了这个心愿或逾期未开始，{until} 之后可再次认领。",
        "You gave this wish back or let it lapse; you may claim it again after {until}.",
    )


class VolunteerNotSuitable(Refusal):
    """Facts: `flags`, for the sake of which somebody suitable is asked for."""

    status, code = 409, "volunteer_not_suitable"
    title = Words("需登记过的志愿者", "For registered volunteers")
    detail = Words(
        "这个心愿需要由工会登记过年龄、培训和健康情况的志愿者认领，请联系所在工会登记。",
        "This wish is for volunteers whose age, training and health the union has recorded; ask "
        "your union to record yours.",
    )


class ClaimExpired(Refusal):
    """Facts: `start_before`, when it lapsed."""

    status, code = 409, "claim_expired"
    title = Words("认领已失效", "Claim expired")
    detail = Words(
        "未在 {start_before} 之前开始，认领已失效，心愿重新开放。",
        "It was not started before {start_before}; the wish is open again.",
    )


class SecondReviewerNeeded(Refusal):
    """Of a reviewer who has done a part already: nobody approves what is their own."""

    status, code = 409, "second_reviewer_needed"
    matters = True
    title = Words("需另一位审核员", "Another reviewer is needed")
    detail = Words(
        "这个心愿由您代发或已由您初审，须由另一位审核员通过。",
        "You posted this wish or gave it its first approval; somebody else must approve it.",
    )
