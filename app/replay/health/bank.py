"""The quiz and its questions: as staff bring them, and as somebody knows the answers.

The last question's key is wrong until staff correct it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.replay.health.plan import Course, Taker
from app.replay.health.times import QUIZ_CLOSES, QUIZ_OPENS, TIME_LIMIT_S
from app.replay.stage import NotPlayable
from app.replay.troupe import Troupe

QUIZZES = "/v1/admin/health/quizzes"
QUIZ_MANAGER = "quiz_manager"
GRACE_S, MIN_SCORE = 60, 3
REASON = "活动回放 / replay of the campaign"

# Text, kind, right, wrong. The two that are imported come first.
PLAIN: Sequence[tuple[str, str, Sequence[str], Sequence[str]]] = (
    ("正确的洗手时间至少是多少秒？", "single", ("20 秒",), ("5 秒", "2 分钟")),
    ("打喷嚏时可以用手掌捂住口鼻。", "true_false", ("错误",), ("正确",)),
    ("哪些做法有助于预防呼吸道传染病？", "multiple", ("勤通风", "戴口罩"), ("共用毛巾",)),
    ("口罩变湿后应当怎么做？", "single", ("及时更换",), ("晾干再戴", "翻面再戴")),
)
IMPORTED = 2
DOUBTFUL, RIGHT, KEYED, OTHER = "居家通风每次至少多久？", "30 分钟", "5 分钟", "不用通风"
CODES = tuple(f"Q{number:03}" for number in range(1, len(PLAIN) + 2))
HEADER = "code,kind,text,option_a,option_b,option_c,key"


async def open_quiz(troupe: Troupe, first_day: datetime) -> str:
    """A quiz of this play's own; its id. Raises `NotPlayable`."""
    created = await troupe.set_up(
        QUIZ_MANAGER, QUIZZES, _planned(first_day), act="creating the quiz"
    )
    path = f"{QUIZZES}/{created['id']}"
    await _import(troupe, path)
    await troupe.set_up(QUIZ_MANAGER, f"{path}/open", {"reason": REASON}, act="opening the quiz")
    return str(created["id"])


def _planned(first_day: datetime) -> dict[str, object]:
    """Everybody is asked every question, so that all meet the doubtful one."""
    doubtful = {
        "code": CODES[-1],
        "kind": "single",
        "text": DOUBTFUL,
        "options": [{"text": text, "correct": text == KEYED} for text in (RIGHT, KEYED, OTHER)],
        "explanation": "以最新指南为准。",
    }
    own = [_question(place) for place in range(IMPORTED, len(PLAIN))]
    return {
        "title": "疫来疫往，健康你我 · 回放",
        "intro": "答题赢奖品。",
        "opens_at": (first_day + QUIZ_OPENS).isoformat(),
        "closes_at": (first_day + QUIZ_CLOSES).isoformat(),
        "question_count": len(CODES),
        "time_limit_s": TIME_LIMIT_S,
        "grace_s": GRACE_S,
        "attempts_per_person": 1,
        "questions": [*own, doubtful],
    }


def _question(place: int) -> dict[str, object]:
    text, kind, right, wrong = PLAIN[place]
    options = [{"text": each, "correct": each in right} for each in (*right, *wrong)]
    return {"code": CODES[place], "kind": kind, "text": text, "options": options}


async def _import(troupe: Troupe, path: str) -> None:
    """A file with a row that is wrong: it is named, and stops nothing. Raises `NotPlayable`."""
    rows = [HEADER]
    for place in range(IMPORTED):
        text, kind, right, wrong = PLAIN[place]
        options = [*right, *wrong, ""][:3]
        rows.append(",".join([CODES[place], kind, text, *options, "A"]))
    rows.append(f"{CODES[-1]}X,single,没有答案,甲,乙,,Z")
    stage = troupe.stage
    answer = await stage.wire.send(
        "POST",
        f"{path}/questions/import",
        token=stage.staff[QUIZ_MANAGER],
        file="\n".join(rows).encode(),
    )
    stage.must(answer, "200", act="importing questions")
    if (answer.body["added"], answer.body["refused"]) != (IMPORTED, 1):
        raise NotPlayable(f"of {IMPORTED} questions {answer.body['added']} were imported")


def chosen(taker: Taker, asked: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What the taker thinks is right, by the ids of this attempt."""
    answers = {}
    for question in asked:
        ids = {option["text"]: option["id"] for option in question["options"]}
        answers[question["id"]] = [ids[text] for text in _thinks(taker, question["text"])]
    return answers


def _thinks(taker: Taker, question: str) -> Sequence[str]:
    if question == DOUBTFUL:
        thought = {Course.FLATTERED: KEYED, Course.FAILED: OTHER}
        return (thought.get(taker.course, RIGHT),)
    place = next(place for place, (text, *_) in enumerate(PLAIN) if text == question)
    _, _, right, wrong = PLAIN[place]
    return right if place < taker.knows else wrong[:1]


async def read_bank(troupe: Troupe, quiz_id: str) -> dict[str, dict[str, Any]]:
    """Questions by code, with how they went. Raises `NotPlayable`."""
    token = troupe.stage.staff[QUIZ_MANAGER]
    found = await troupe.stage.read_all(f"{QUIZZES}/{quiz_id}/questions", token)
    return {question["code"]: question for question in found}


async def correct_key(troupe: Troupe, quiz_id: str) -> dict[str, Any]:
    """The doubtful question's; everybody is graded anew. Raises `NotPlayable`."""
    question = (await read_bank(troupe, quiz_id))[CODES[-1]]
    right = [option["id"] for option in question["options"] if option["text"] == RIGHT]
    path = f"{QUIZZES}/{quiz_id}/questions/{question['id']}/key"
    body = {"right": right, "reason": "指南已更新"}
    return await troupe.set_up(QUIZ_MANAGER, path, body, act="correcting a key")
