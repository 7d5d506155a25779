"""What is counted of consultations, appointments and talks, and is still counted when it is erased.

A figure counts spans: something that was so from one instant until another, and for when it
counts. A report of any time counts the spans of that time. Whatever is erased leaves its spans
behind in `health_count`, without anybody, in the same transaction; so the same question has the
same answer before and after. Of consultations nothing but the time is counted, no topic and no
district: of few, those would lead to somebody.
"""
# ruff: noqa: S608 - what is put together is all of this module.

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.shared.identity.districts import member_district


@dataclass(frozen=True, slots=True)
class Counted:
    """`spans` selects `source_id` (whose erasure leaves the span behind), `campaign_id`, `at`,
    `known_from`, `known_until` (null: still) and `district`."""

    figure: str
    spans: str

    @property
    def facts(self) -> str:
        """For a report: what was so then, of what is there and of what is erased."""
        return f"""
            SELECT at, CAST(NULL AS uuid) AS who, 1 AS amount, district FROM (
                SELECT campaign_id, at, known_from, known_until, district
                  FROM ({self.spans}) there
                UNION ALL
                SELECT campaign_id, at, known_from, known_until, district
                  FROM health_count WHERE figure = '{self.figure}') span
             WHERE campaign_id = :campaign AND known_from <= :as_of
               AND (known_until IS NULL OR known_until > :as_of)"""


_NEVER = "CAST(NULL AS timestamptz) AS known_until"
_NOWHERE = "CAST(NULL AS text) AS district"
CONSULTATIONS = Counted(
    "health.consultations",
    f"""SELECT id AS source_id, campaign_id, opened_at AS at, opened_at AS known_from,
               {_NEVER}, {_NOWHERE} FROM health_consultation""",
)
ANSWERS = Counted(
    "health.answers",
    f"""SELECT said.id AS source_id, thread.campaign_id, said.at, said.at AS known_from,
               {_NEVER}, {_NOWHERE}
          FROM health_message said JOIN health_consultation thread
            ON thread.id = said.consultation_id
         WHERE said.author = 'expert'""",
)
# Each appointment with the instants at which it became what counts.
_LIVES = """
    SELECT held.id AS source_id, held.campaign_id, held.member_id, held.ends_at,
           min(step.at) FILTER (WHERE step.to_state = 'booked') AS booked_at,
           min(step.at) FILTER (WHERE step.to_state IN ('checked_in', 'fulfilled')) AS came_at,
           min(step.at) FILTER (WHERE step.to_state IN ('cancelled', 'entered_in_error'))
               AS given_up_at
      FROM health_appointment held JOIN health_appointment_history step
        ON step.appointment_id = held.id
     GROUP BY held.id
"""


def _lived(figure: str, since: str, until: str, *, when: str = "true") -> Counted:
    """Spans of the lives of appointments."""
    return Counted(
        figure,
        f"""SELECT source_id, campaign_id, {since} AS at, {since} AS known_from,
                   {until} AS known_until, {member_district("life.member_id", since)} AS district
              FROM ({_LIVES}) life WHERE {since} IS NOT NULL AND {when}""",
    )


APPOINTMENTS = _lived("health.appointments", "booked_at", "given_up_at")
CAME = _lived("health.appointments_kept", "came_at", "given_up_at")
# Time alone decides it, at the end; afterwards staff may find that somebody did come, or that it
# should never have been written down.
MISSED = _lived(
    "health.no_shows",
    "ends_at",
    "least(came_at, given_up_at)",
    when="booked_at IS NOT NULL AND (came_at IS NULL OR came_at >= ends_at)"
    " AND (given_up_at IS NULL OR given_up_at >= ends_at)",
)
_PLACES = "health_registration place JOIN health_talk talk ON talk.id = place.talk_id"
_PLACES_DISTRICT = member_district("place.member_id", "place.registered_at")
TALK_PLACES = Counted(
    "health.talk_places",
    f"""SELECT place.id AS source_id, talk.campaign_id, place.registered_at AS at,
               place.registered_at AS known_from, place.cancelled_at AS known_until,
               {_PLACES_DISTRICT} AS district
          FROM {_PLACES}""",
)
ATTENDED = Counted(
    "health.talk_attendances",
    f"""SELECT place.id AS source_id, talk.campaign_id, seen.at, seen.at AS known_from,
               seen.undone_at AS known_until, {_PLACES_DISTRICT} AS district
          FROM {_PLACES} JOIN health_attendance seen ON seen.registration_id = place.id""",
)


async def keep_counts(
    session: AsyncSession, counted: Sequence[Counted], source_ids: Sequence[UUID]
) -> None:
    """Before these are erased, in the same transaction."""
    for each in counted:
        statement = text(
            f"""INSERT INTO health_count
                       (campaign_id, figure, at, known_from, known_until, district)
                SELECT campaign_id, '{each.figure}', at, known_from, known_until, district
                  FROM ({each.spans}) span WHERE source_id = ANY (:source_ids)"""
        )
        await session.execute(statement, {"source_ids": list(source_ids)})
