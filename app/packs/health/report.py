"""Health in the campaign's report: the quiz and the draws among those who took it; consultations,
appointments and talks. Scores are not told: a corrected key changes them. Nor is it told by
person, topic or district who asked for advice: when it is erased, nothing may lead to anybody."""
# ruff: noqa: S608 - what is put together is all of this module.

from app.models.states import PackKind
from app.packs.health.counted import (
    ANSWERS,
    APPOINTMENTS,
    ATTENDED,
    CAME,
    CONSULTATIONS,
    MISSED,
    TALK_PLACES,
    Counted,
)
from app.platform.errors import Words
from app.shared.identity.districts import member_district
from app.shared.report import Facts, Figure, Measure, PackReport, Part, Unit

_QUIZZES = (
    Part(
        "quiz",
        Words("答题活动", "Quiz"),
        "SELECT CAST(id AS text), title, title FROM health_quiz WHERE campaign_id = :campaign",
    ),
)
_ATTEMPTS = f"""
    SELECT attempt.{{at}} AS at, attempt.person_id AS who, 1 AS amount,
           {member_district("attempt.member_id", "attempt.{at}")} AS district,
           CAST(quiz.id AS text) AS quiz
      FROM health_attempt attempt JOIN health_quiz quiz ON quiz.id = attempt.quiz_id
     WHERE quiz.campaign_id = :campaign AND attempt.{{at}} <= :as_of
"""
_BEGUN, _FINISHED = [_ATTEMPTS.format(at=at) for at in ("started_at", "finished_at")]
_ENTRIES = f"""
    SELECT entry.entered_at AS at, entry.person_id AS who, 1 AS amount,
           {member_district("entry.member_id", "entry.entered_at")} AS district,
           CAST(quiz.id AS text) AS quiz, entry.id AS entry_id
      FROM draw_entry entry JOIN draw ON draw.id = entry.draw_id
      JOIN health_quiz quiz ON quiz.id = draw.subject_id AND draw.source = 'health.quiz'
     WHERE quiz.campaign_id = :campaign AND entry.entered_at <= :as_of
"""
_PRIZES = f"""
    SELECT award.accepted_at AS at, entry.who, 1 AS amount, entry.district, entry.quiz
      FROM draw_award award JOIN ({_ENTRIES}) entry ON entry.entry_id = award.entry_id
     WHERE award.accepted_at <= :as_of AND (award.ended_at IS NULL OR award.ended_at > :as_of)
"""
_FACT = "SELECT at, who, amount, district, quiz FROM"


def _counted(
    counted: Counted, words: Words, definition: Words, unit: Unit, *, has_district: bool = True
) -> Figure:
    facts = Facts(counted.facts, has_district=has_district)
    return Figure(counted.figure, words, definition, unit, facts)


ADVICE = (
    _counted(
        CONSULTATIONS,
        Words("健康咨询", "Consultations"),
        Words(
            "会员发起的咨询，含后来结束、撤回同意或已删除的；不分主题与区市",
            "consultations that members had opened, also those that were closed, withdrawn or "
            "erased since; of no topic and no district",
        ),
        Unit.TIMES,
        has_district=False,
    ),
    _counted(
        ANSWERS,
        Words("专家答复", "Answers of experts"),
        Words(
            "专家在咨询中的答复，一条计一次；不分主题与区市",
            "messages that experts had written in consultations; of no topic and no district",
        ),
        Unit.TIMES,
        has_district=False,
    ),
    _counted(
        APPOINTMENTS,
        Words("专家预约", "Appointments booked"),
        Words(
            "预约成功、当时未取消且未作废的；按预约时间、会员所在区市",
            "appointments that were booked and not cancelled or entered in error then; by when "
            "they were booked",
        ),
        Unit.TIMES,
    ),
    _counted(
        CAME,
        Words("预约到诊", "Appointments kept"),
        Words("已签到或已完成的预约；按到达的时间", "appointments to which somebody came, by when"),
        Unit.TIMES,
    ),
    _counted(
        MISSED,
        Words("预约爽约", "No-shows"),
        Words(
            "时段结束时无人到诊、当时未更正的预约；按时段结束的时间",
            "appointments to whose end nobody had come and that were not put right then; by "
            "their end",
        ),
        Unit.TIMES,
    ),
    _counted(
        TALK_PLACES,
        Words("讲座报名", "Places at talks"),
        Words(
            "讲座报名、当时未取消的人次；按报名时间、会员所在区市",
            "places at talks that were taken and not given up then; by when they were taken",
        ),
        Unit.PLACES,
    ),
    _counted(
        ATTENDED,
        Words("讲座签到", "Attendances at talks"),
        Words(
            "讲座签到、当时未撤销的人次；按签到时间",
            "holders of places whom staff had seen at talks and not undone then; by when",
        ),
        Unit.PLACES,
    ),
)
FIGURES = (
    Figure(
        "health.participants",
        Words("参与人数", "Participants"),
        Words(
            "开始过答题或取得过奖券的自然人；分项之和不等于总数",
            "natural persons who had begun an attempt or had a ticket of a draw; parts do not "
            "add up to the whole",
        ),
        Unit.PEOPLE,
        Facts(f"{_FACT} ({_BEGUN}) begun UNION ALL {_FACT} ({_ENTRIES}) entered", _QUIZZES),
        Measure.DIFFERENT,
    ),
    Figure(
        "health.attempts",
        Words("开始答题", "Attempts begun"),
        Words("开始的答卷，按开始时间", "attempts begun, by when"),
        Unit.ATTEMPTS,
        Facts(_BEGUN, _QUIZZES),
    ),
    Figure(
        "health.finished",
        Words("交卷", "Attempts handed in"),
        Words("交上的答卷，按交卷时间", "attempts handed in, by when"),
        Unit.ATTEMPTS,
        Facts(_FINISHED, _QUIZZES),
    ),
    Figure(
        "health.entrants",
        Words("参加抽奖", "Entered the draw"),
        Words("取得奖券的自然人", "natural persons with a ticket"),
        Unit.PEOPLE,
        Facts(_ENTRIES, _QUIZZES),
        Measure.DIFFERENT,
    ),
    Figure(
        "health.prizes",
        Words("领奖", "Prizes accepted"),
        Words(
            "中奖者已接受、当时未被取消的奖品",
            "prizes that their winners had accepted and not lost then",
        ),
        Unit.PRIZES,
        Facts(_PRIZES, _QUIZZES),
    ),
    *ADVICE,
)
REPORT = PackReport(
    PackKind.HEALTH,
    FIGURES,
    funnel=("health.page_views", "health.participants", "health.finished", "health.entrants"),
    clauses=(
        "{health.entrants:plain}人参加防疫知识答题和抽奖",
        "专家在线答复健康咨询{health.answers:plain}次",
        "{health.talk_attendances:plain}人次到场听健康讲座",
    ),
)
