"""Talks: what is kept about a member, and what an erasure does to it."""

from sqlalchemy import ColumnElement, and_, func, not_, select

from app.models.health_talks import HealthRegistration, HealthTalk
from app.models.states_appointments import RegistrationState
from app.packs.health.registrations import cancel
from app.packs.health.talk_queries import registration_facts, select_registrations
from app.platform.db import AnySelect
from app.platform.errors import Words
from app.shared.personal_data import (
    DataKind,
    Erasing,
    Fate,
    Outcome,
    Subject,
    always,
    as_it_is,
)

COUNTED = Words(
    "尚未开始的讲座名额已让出；报名与签到记录留作数字依据，不再能关联到您。",
    "Places at talks still ahead are given up; that there was a place stays for the figures and "
    "leads to nobody.",
)


_IS_AHEAD = and_(
    HealthRegistration.state == RegistrationState.REGISTERED,
    HealthTalk.starts_at > func.campaign_now(),
)


def _select(subject: Subject, which: ColumnElement[bool]) -> AnySelect:
    return (
        select(
            HealthRegistration.id,
            HealthTalk.title.label("talk"),
            HealthTalk.starts_at,
            HealthRegistration.state,
            HealthRegistration.registered_at,
            HealthRegistration.cancelled_at,
            HealthRegistration.attended_at,
        )
        .join(HealthTalk, HealthTalk.id == HealthRegistration.talk_id)
        .where(HealthRegistration.member_id == subject.member_id, which)
        .order_by(HealthRegistration.registered_at.desc(), HealthRegistration.id.desc())
    )


def _ahead(subject: Subject) -> AnySelect:
    return _select(subject, _IS_AHEAD)


def _past(subject: Subject) -> AnySelect:
    return _select(subject, not_(_IS_AHEAD))


async def _give_up(erasing: Erasing) -> None:
    assert erasing.actor is not None, "nothing is erased by foreseeing it"
    rows = await erasing.session.execute(
        select_registrations()
        .where(HealthRegistration.member_id == erasing.subject.member_id, _IS_AHEAD)
        .order_by(HealthRegistration.id)
        .with_for_update(of=HealthRegistration, key_share=True)
    )
    for held in [registration_facts(row) for row in rows]:
        await cancel(erasing.session, held, now=erasing.now, actor=erasing.actor)


# What is ahead comes last: the others are told of as they were when the erasure began.
TALK_PLACES = (
    DataKind(
        "talks",
        Words("讲座报名与签到", "Places at talks"),
        _past,
        as_it_is,
        always(Fate(Outcome.DETACHED, COUNTED)),
    ),
    DataKind(
        "talks_ahead",
        Words("尚未开始的讲座报名", "Places at talks that are still ahead"),
        _ahead,
        as_it_is,
        always(Fate(Outcome.ERASED, COUNTED)),
        _give_up,
    ),
)
