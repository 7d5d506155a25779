"""A quiz that is open and a draw that is a draft, so that a newcomer can try both."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from app.models.draws import Draw
from app.models.health import HealthQuiz
from app.models.states import PackKind
from app.models.states_health import QuestionKind
from app.packs.health.bank_rows import NewQuestion
from app.packs.health.draws import DRAWS, MIN_SCORE, QUIZ_SOURCE
from app.packs.health.quizzes import NewQuiz, create_quiz, move_quiz
from app.packs.health.rules import NewOption
from app.platform.clock import Clock, day_start
from app.platform.db import Sessions
from app.platform.errors import StateConflict
from app.schemas.seed_ids import FIRST_DRAW_ID, FIRST_QUIZ_ID
from app.shared.draws import Draws, NewPrize, Plan, create_draw
from app.shared.idempotency import Once
from app.shared.identity.callers import Actor

# Days from the campaign's first one on which answers are taken.
DAYS = 20
TITLE = "疫来疫往，健康你我"
_SINGLE, _MULTIPLE, _TRUE_FALSE = (
    QuestionKind.SINGLE,
    QuestionKind.MULTIPLE,
    QuestionKind.TRUE_FALSE,
)


@dataclass(frozen=True)
class _Asked:
    """A question of the bank: what is right of its options, and what is not."""

    kind: QuestionKind
    text: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    explanation: str


_BANK = (
    _Asked(
        _SINGLE,
        "用肥皂和流动水洗手，揉搓至少多少秒？",
        ("20 秒",),
        ("3 秒", "5 秒"),
        "揉搓不少于 20 秒，指尖和指缝也要洗到。",
    ),
    _Asked(
        _SINGLE,
        "咳嗽、打喷嚏时应当怎样遮挡口鼻？",
        ("用纸巾或肘部",),
        ("用手掌", "不用遮挡"),
        "手掌接触物品多，容易把飞沫带到别处。",
    ),
    _Asked(
        _SINGLE,
        "一次性口罩潮湿或弄脏以后应当怎么办？",
        ("及时更换",),
        ("翻过来再戴", "晾干再戴"),
        "潮湿的口罩过滤效果下降，应当更换。",
    ),
    _Asked(
        _SINGLE,
        "冬季室内开窗通风，怎样比较合适？",
        ("每天数次，每次约半小时",),
        ("一冬不开窗", "只在有人生病时开窗"),
        "经常通风能降低室内病原体的浓度。",
    ),
    _Asked(
        _MULTIPLE,
        "下列哪些时候应当洗手？",
        ("饭前", "便后", "外出回家后"),
        ("只在手上看得见脏时",),
        "看不见的病原体同样可以经手传播。",
    ),
    _Asked(
        _MULTIPLE,
        "发热、咳嗽时，下列哪些做法合适？",
        ("多休息、多饮水", "佩戴口罩并减少外出", "症状加重及时就医"),
        ("带病坚持上班",),
        "休息有利于恢复，也能减少传染给同事。",
    ),
    _Asked(
        _TRUE_FALSE,
        "抗生素对病毒引起的普通感冒有效。",
        ("错误",),
        ("正确",),
        "抗生素针对细菌，不能治疗病毒感染，应遵医嘱使用。",
    ),
    _Asked(
        _TRUE_FALSE,
        "在户外工作的人同样需要保持手卫生。",
        ("正确",),
        ("错误",),
        "不方便洗手时，可用含酒精的免洗洗手液。",
    ),
)
_PRIZES = (
    NewPrize("电饭煲", "Rice cooker", 30_000, 10),
    NewPrize("口罩礼包", "Pack of masks", 5_000, 100),
)


async def seed_health(
    sessions: Sessions, clock: Clock, once: Once, *, actor: Actor, first_day: date
) -> None:
    """Once, however often it is broken off."""
    async with sessions() as session:
        has_quiz = await session.get(HealthQuiz, FIRST_QUIZ_ID) is not None
        has_draw = await session.get(Draw, FIRST_DRAW_ID) is not None
    if not has_quiz:
        await create_quiz(
            sessions,
            clock,
            once,
            actor=actor,
            quiz=_quiz(first_day),
            questions=[_question(number, each) for number, each in enumerate(_BANK, start=1)],
            quiz_id=FIRST_QUIZ_ID,
        )
    # It is open already when the seed was broken off right here.
    with suppress(StateConflict):
        await move_quiz(
            sessions, clock, once, actor=actor, quiz_id=FIRST_QUIZ_ID, act="open", reason=TITLE
        )
    if not has_draw:
        await create_draw(
            sessions,
            clock,
            Draws(DRAWS),
            once,
            actor=actor,
            pack=PackKind.HEALTH,
            plan=_plan(first_day),
            draw_id=FIRST_DRAW_ID,
        )


def _quiz(first_day: date) -> NewQuiz:
    return NewQuiz(
        title=TITLE,
        intro="每卷五题，十分钟内交卷；每人最多三次。",
        opens_at=day_start(first_day),
        closes_at=day_start(first_day + timedelta(days=DAYS)),
        question_count=5,
        time_limit_s=600,
        grace_s=30,
        attempts_per_person=3,
    )


def _question(number: int, asked: _Asked) -> NewQuestion:
    options = [NewOption(text, correct=True) for text in asked.right]
    options += [NewOption(text, correct=False) for text in asked.wrong]
    return NewQuestion(f"Q{number:03}", asked.kind, asked.text, tuple(options), asked.explanation)


def _plan(first_day: date) -> Plan:
    """Whoever finished an attempt; what staff want otherwise, they change before they open it."""
    return Plan(
        title="防疫知识答题抽奖",
        title_en="Draw of the epidemic-prevention quiz",
        organiser="青岛市总工会",
        conditions="完成一次答题即可获得一张奖券，每人一张；主办单位工作人员不参加。",
        conditions_en="Finish an attempt and you have a ticket, one a person; no staff.",
        source=QUIZ_SOURCE,
        subject_id=FIRST_QUIZ_ID,
        entry_rule={MIN_SCORE: 0},
        opens_at=day_start(first_day),
        closes_at=day_start(first_day + timedelta(days=DAYS)),
        accept_within_h=168,
        prizes=_PRIZES,
    )
