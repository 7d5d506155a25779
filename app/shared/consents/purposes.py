"""The texts that members consent to. Data: a purpose has one text a version.

A published text is never changed: what was consented to must be readable afterwards. A
new wording is a new version at the end, and then everybody is asked anew (article 14).
"""

from dataclasses import dataclass

from app.models.states import Purpose
from app.platform.errors import Words


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What the app shows: what for, which data, and what happens without it."""

    title: Words
    text: Words


# purpose → its texts; the first is version 1.
TEXTS: dict[Purpose, tuple[ConsentText, ...]] = {
    Purpose.HEALTH_DATA: (
        ConsentText(
            Words("健康信息单独同意", "Separate consent: health data"),
            Words(
                "您在健康咨询中写下的健康状况属于敏感个人信息。同意后，我们仅将其提供给为您解答的"
                "专家或咨询师，加密保存，用于解答您的咨询，不作他用，也不作为诊疗依据。"
                "不同意或随时撤回，不影响您使用其他礼包；撤回后我们不再使用已有的内容。",
                "What you write about your health in a consultation is sensitive personal "
                "information. With your consent we give it to the expert or counsellor who answers "
                "you and to nobody else, keep it encrypted, and use it to answer you; it is advice "
                "and no diagnosis. Saying no, or withdrawing at any time, changes nothing in the "
                "other packs; after a withdrawal we no longer use what is there.",
            ),
        ),
    ),
    Purpose.SHOW_CONTACT: (
        ConsentText(
            Words("向志愿者提供联系方式", "Showing your contact to a volunteer"),
            Words(
                "您发布的微心愿被认领后，志愿者需要与您联系。同意后，我们仅向该心愿当前的认领人"
                "显示您的姓名与手机号，认领结束即不再显示，每次查看均有记录，您可以查询。"
                "不同意或撤回后，由工会工作人员代为联系。",
                "When a volunteer has taken on your wish, you need to talk to each other. With "
                "your consent we show your name and phone number to whoever holds that wish now, "
                "as long as they hold it; each look is logged and you can see the log. Without it, "
                "or after a withdrawal, the union's staff pass messages on.",
            ),
        ),
    ),
    Purpose.NOTICES: (
        ConsentText(
            Words("接收活动通知", "Notices about the campaign"),
            Words(
                "同意后，我们会向您发送新一轮早餐券、春联预约等活动的提醒。与您已领取、已预约事项"
                "有关的通知不受此项影响。您可以随时撤回。",
                "With your consent we tell you when new vouchers, couplets and the like are "
                "coming. Notices about what you have already claimed or reserved do not depend "
                "on this. You can withdraw at any time.",
            ),
        ),
    ),
}


def current_version(purpose: Purpose) -> int:
    """The version whose text is shown now."""
    return len(TEXTS[purpose])


def current_text(purpose: Purpose) -> ConsentText:
    return TEXTS[purpose][-1]
