"""What staff do: review, speak for who cannot or does not, ask volunteers."""

from urllib.parse import urlencode

from app.replay.stage import Stage
from app.replay.troupe import Troupe
from app.replay.wishes import volunteer
from app.replay.wishes.story import REVIEWER, SECOND_REVIEWER, STAFFS, Story
from app.replay.wishes.wisher import keep_posted, own_words

MEMBERS, VOLUNTEERS = "/v1/admin/members", "/v1/admin/wish-volunteers"
APPROVAL = {"decision": "approve", "reason": "情况属实"}
SEEN = {
    "is_adult": True,
    "is_trained": True,
    "is_healthy": True,
    "reason": "已核验证件与培训记录",
}


async def post_on_behalf(troupe: Troupe, story: Story) -> None:
    on_behalf_of = {
        "member_no": story.wisher,
        "proxy_name": "李社工",
        "proxy_relation": "社区工作者",
        "consented": True,
    }
    body = {**own_words(story), "on_behalf_of": on_behalf_of}
    posted = await troupe.order(
        REVIEWER, STAFFS, body, expects="201", act="posting on somebody's behalf"
    )
    keep_posted(troupe, story, posted)


async def approve(troupe: Troupe, story: Story) -> None:
    await _review(troupe, story, REVIEWER, APPROVAL)


async def reject(troupe: Troupe, story: Story) -> None:
    await _review(troupe, story, REVIEWER, {"decision": "reject", "reason": "与已有服务重复"})


async def approve_anothers(troupe: Troupe, story: Story) -> None:
    """Who posted it may not: the second reviewer does."""
    await _review(troupe, story, REVIEWER, APPROVAL, expects="second_reviewer_needed")
    await _review(troupe, story, SECOND_REVIEWER, APPROVAL)


async def flag(troupe: Troupe, story: Story) -> None:
    """With a flag two of them approve."""
    flagged = {**APPROVAL, "flags": ["home_visit", "lives_alone"]}
    await _review(troupe, story, REVIEWER, flagged)
    await approve_anothers(troupe, story)


async def _review(
    troupe: Troupe, story: Story, role: str, body: object, *, expects: str = "200"
) -> None:
    path = f"{story.staffs_path}/review"
    await troupe.order(role, path, body, expects=expects, act="reviewing a wish")


async def find_who_suits(troupe: Troupe, story: Story) -> None:
    """A volunteer may claim a flagged wish once staff have seen all that is asked for."""
    stage, account = troupe.stage, story.plan.first
    query = urlencode({"member_no": account})
    token = stage.staff[REVIEWER]
    found = await stage.wire.send("GET", f"{MEMBERS}?{query}", token=token)
    if not stage.expect(found, "200", act="looking a volunteer up"):
        return
    [member] = found.body["items"]
    await _record(stage, member["id"], {**SEEN, "is_trained": False})
    path, act = f"{story.path}/claims", "claiming a flagged wish"
    await troupe.act(account, path, expects="volunteer_not_suitable", act=act)
    await _record(stage, member["id"], SEEN)
    await volunteer.claim(troupe, story)


async def _record(stage: Stage, member_id: str, seen: object) -> None:
    path, token = f"{VOLUNTEERS}/{member_id}", stage.staff[REVIEWER]
    answer = await stage.wire.send("PUT", path, token=token, body=seen)
    stage.expect(answer, "200", act="recording a volunteer")


async def dispatch(troupe: Troupe, story: Story) -> None:
    offered = await troupe.order(
        REVIEWER,
        f"{story.staffs_path}/dispatches",
        {"member_no": story.plan.first},
        expects="201",
        act="asking a volunteer",
    )
    story.dispatch_id = str(offered.get("id", ""))


async def confirm_too_soon(troupe: Troupe, story: Story) -> None:
    """Before the seven days are over it is the wisher's word alone."""
    await _confirm(troupe, story, expects="state_conflict")


async def confirm(troupe: Troupe, story: Story) -> None:
    await _confirm(troupe, story, expects="200")


async def _confirm(troupe: Troupe, story: Story, *, expects: str) -> None:
    await troupe.order(
        REVIEWER,
        f"{story.staffs_path}/confirmation",
        {"done": True, "reason": "已电话回访，心愿已实现"},
        expects=expects,
        act="confirming for a silent wisher",
    )
