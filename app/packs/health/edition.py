"""What next year's edition takes of health: quizzes with their banks, their draws, talks.

Experts and their plans belong to no edition. A question's picture is the campaign's, and any
number of questions may show it.
"""

# ruff: noqa: S608 - what is put together is all of this module.

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.health import HealthQuestion, HealthQuestionVersion, HealthQuiz
from app.models.health_talks import HealthTalk
from app.models.states import PackKind
from app.packs.health import talk_queries
from app.packs.health.bank_rows import NewQuestion
from app.packs.health.queries import QuizFacts, quiz_facts, select_bank, select_quizzes
from app.packs.health.quizzes import NewQuiz, add_quiz
from app.packs.health.rules import NewOption
from app.packs.health.talk_queries import TalkFacts
from app.packs.health.talks import NewTalk, add_talk
from app.platform.ids import new_id
from app.shared.campaigns import Copying, EditionPart
from app.shared.draws import Doer, copy_draws


async def _copy(session: AsyncSession, copying: Copying) -> None:
    """Drafts: a quiz and a draw are opened by whoever answers for them."""
    rows = await session.execute(
        select_quizzes()
        .where(HealthQuiz.campaign_id == copying.source_id)
        .order_by(HealthQuiz.opens_at, HealthQuiz.id)
    )
    subjects = {copying.source_id: copying.target.id}
    for quiz in map(quiz_facts, rows.all()):
        subjects[quiz.id] = await _copy_quiz(session, copying, quiz)
    await copy_draws(
        session,
        pack=PackKind.HEALTH,
        subjects=subjects,
        moved=copying.moved,
        doer=Doer(copying.actor),
        now=copying.now,
    )
    talks = await session.execute(
        talk_queries.select_talks()
        .where(HealthTalk.campaign_id == copying.source_id)
        .order_by(HealthTalk.starts_at, HealthTalk.id)
    )
    for talk in map(talk_queries.talk_facts, talks.all()):
        new = _talk(talk, copying)
        await add_talk(session, copying.target.id, new, actor=copying.actor, now=copying.now)


async def _copy_quiz(session: AsyncSession, copying: Copying, quiz: QuizFacts) -> UUID:
    """With the questions that can be drawn, each as it is worded and corrected now."""
    bank = await session.execute(
        select_bank(quiz.id).where(~HealthQuestion.is_retired).order_by(HealthQuestion.code)
    )
    copy_id = new_id()
    await add_quiz(
        session,
        copying.target.id,
        copy_id,
        NewQuiz(
            title=quiz.title,
            intro=quiz.intro,
            opens_at=copying.moved(quiz.opens_at),
            closes_at=copying.moved(quiz.closes_at),
            question_count=quiz.question_count,
            time_limit_s=quiz.time_limit_s,
            grace_s=quiz.grace_s,
            attempts_per_person=quiz.attempts_per_person,
        ),
        [_question(question, version) for question, version in bank],
        actor=copying.actor,
        now=copying.now,
    )
    return copy_id


def _question(question: HealthQuestion, version: HealthQuestionVersion) -> NewQuestion:
    right = set(version.answer_key)
    options = tuple(NewOption(each["text"], each["id"] in right) for each in version.options)
    return NewQuestion(
        question.code,
        version.kind,
        version.text,
        options,
        version.explanation,
        version.picture_id,
    )


def _talk(talk: TalkFacts, copying: Copying) -> NewTalk:
    """Without its recording, which is of that day."""
    return NewTalk(
        title=talk.title,
        intro=talk.intro,
        speaker=talk.speaker,
        expert_id=talk.expert_id,
        place=talk.place,
        stream_url=talk.stream_url,
        replay_url=None,
        replay_for=talk.replay_for,
        starts_at=copying.moved(talk.starts_at),
        ends_at=copying.moved(talk.ends_at),
        register_opens_at=copying.moved(talk.pool.opens_at),
        register_closes_at=copying.moved(talk.pool.closes_at),
        capacity=talk.pool.total,
    )


_QUIZZES = "SELECT id FROM health_quiz WHERE campaign_id = :campaign"

EDITION = EditionPart(
    PackKind.HEALTH,
    counts={
        "quizzes": f"SELECT count(*) FROM ({_QUIZZES}) quiz",
        "questions": f"""
            SELECT count(*) FROM health_question
             WHERE quiz_id IN ({_QUIZZES}) AND NOT is_retired""",
        "draws": f"""
            SELECT count(*) FROM draw WHERE pack = 'health' AND kind = 'prizes'
               AND (subject_id = :campaign OR subject_id IN ({_QUIZZES}))""",
        "talks": "SELECT count(*) FROM health_talk WHERE campaign_id = :campaign",
    },
    copy=_copy,
)
