"""What wishers do: say a wish, take it back, say whether it came true."""

from app.replay.troupe import Troupe
from app.replay.wishes.plan import Course
from app.replay.wishes.story import WISHES, Story

TEXTS = {
    "elderly_care": ("陪老人聊聊天", "母亲独自在家，盼着有人来陪她聊聊天、读读报。"),
    "hardship_help": ("想要一床厚被子", "家里的被子旧了，冬天想要一床厚一点的。"),
    "holiday_greeting": ("请人帮忙贴春联", "过年想贴一副春联，自己够不着门框。"),
    "return_home": ("帮忙把行李送到车站", "回老家的行李太重，想请人帮忙送到车站。"),
}
MONEY = ("想借点钱过年", "手头紧，想请好心人借给我两千元钱。")


def said(story: Story, title: str, detail: str) -> dict[str, object]:
    """A wish as it is posted."""
    plan = story.plan
    return {
        "kind": plan.kind,
        "title": title,
        "detail": detail,
        "district": plan.district,
        "urgency": plan.urgency,
        "needed_by": story.needed_by.isoformat(),
        "contact_phone": plan.wisher.phone,
        "show_contact_to_helper": plan.shows_contact,
    }


def own_words(story: Story) -> dict[str, object]:
    """Some write down what nobody should read."""
    title, detail = TEXTS[story.plan.kind]
    if story.plan.tells_numbers:
        wisher = story.plan.wisher
        detail += f"我的电话是{wisher.phone}，身份证号是{wisher.id_number}。"
    return said(story, title, detail)


async def post(troupe: Troupe, story: Story) -> None:
    """Whose wish will be rejected has asked for money before."""
    if story.plan.course is Course.REJECTED:
        await troupe.act(
            story.wisher,
            WISHES,
            said(story, *MONEY),
            expects="money_request",
            act="asking for money",
        )
    posted = await troupe.act(
        story.wisher, WISHES, own_words(story), expects="201", act="posting a wish"
    )
    keep_posted(troupe, story, posted)


def keep_posted(troupe: Troupe, story: Story, posted: dict[str, object]) -> None:
    """Numbers that were written down are hidden, and the writer is told."""
    story.wish_id = str(posted.get("id", ""))
    wisher = story.plan.wisher
    shown = f"{posted.get('title')} {posted.get('detail')}"
    is_told = bool(posted.get("hidden"))
    if is_told != story.plan.tells_numbers or wisher.phone in shown or wisher.id_number in shown:
        troupe.stage.surprises.note("posting a wish: its numbers were not hidden, or others were")


async def withdraw(troupe: Troupe, story: Story) -> None:
    await troupe.act(
        story.wisher,
        f"{story.path}/withdrawal",
        {"reason": "已经解决了，谢谢大家"},
        act="withdrawing a wish",
    )


async def confirm(troupe: Troupe, story: Story) -> None:
    """Now the volunteer does not see any more how to reach the wisher."""
    await _answer(troupe, story, done=True)
    seen = await troupe.read(story.volunteer, story.path, act="reading a fulfilled wish")
    if seen.get("contact") is not None:
        troupe.stage.surprises.note("reading a fulfilled wish: the wisher's contact is shown")


async def deny(troupe: Troupe, story: Story) -> None:
    await _answer(troupe, story, done=False)


async def _answer(troupe: Troupe, story: Story, *, done: bool) -> None:
    body = {"done": done, "comment": "谢谢您！" if done else "没有人来过"}
    await troupe.act(story.wisher, f"{story.path}/confirmation", body, act="answering for a wish")


async def end_what_is_left(troupe: Troupe, account: str) -> None:
    """A play that was killed has left wishes on their way, and they count as this member's."""
    for wish in await troupe.read_all(account, "/v1/me/wishes"):
        path = f"{WISHES}/{wish['id']}"
        if wish["state"] in {"pending_review", "open", "claimed", "in_progress"}:
            body: dict[str, object] = {"reason": "回放中断"}
            await troupe.act(account, f"{path}/withdrawal", body, act="withdrawing what was left")
        elif wish["state"] == "submitted":
            body = {"done": True, "comment": "回放中断"}
            await troupe.act(account, f"{path}/confirmation", body, act="confirming what was left")
    troupe.stage.progress.step()
