"""What the pack holds of stock, and its own checks, for `verify` and the conservation page."""

from collections.abc import Collection

from sqlalchemy import select

from app.models.health_appointments import HealthAppointment, HealthSlot
from app.models.health_talks import HealthRegistration, HealthTalk
from app.models.states_appointments import AppointmentState, RegistrationState
from app.packs.health.appointment_rules import HOLDING
from app.packs.health.slots import POOL_KIND as SLOT_KIND
from app.packs.health.talks import POOL_KIND as TALK_KIND
from app.platform.db import AnySelect
from app.shared.stock import Holdings


def _appointments(states: Collection[AppointmentState]) -> AnySelect:
    return (
        select(HealthAppointment.unit_id.label("claim_id"), HealthSlot.pool_id.label("pool_id"))
        .join(HealthSlot, HealthSlot.id == HealthAppointment.slot_id)
        .where(HealthAppointment.state.in_(sorted(states)))
    )


# An attempt is no unit of anything: there are as many as people take.
HOLDINGS = (
    Holdings(
        kind=TALK_KIND,
        live=select(HealthRegistration.id.label("claim_id"), HealthTalk.pool_id.label("pool_id"))
        .join(HealthTalk, HealthTalk.id == HealthRegistration.talk_id)
        .where(HealthRegistration.state != RegistrationState.CANCELLED),
    ),
    Holdings(
        kind=SLOT_KIND,
        live=_appointments(HOLDING),
        held=_appointments({AppointmentState.PENDING}),
    ),
)

# Each finds what is wrong; no row, no fault.
CHECKS: dict[str, str] = {
    "quiz_attempts_stay_within_the_cap": """
        SELECT a.quiz_id, a.person_id, count(*) FROM health_attempt a
          JOIN health_quiz q ON q.id = a.quiz_id
         GROUP BY a.quiz_id, a.person_id, q.attempts_per_person
        HAVING count(*) > q.attempts_per_person OR max(a.number) <> count(*)""",
    "quiz_score_is_its_answers": """
        SELECT a.id, a.score FROM health_attempt a
         WHERE a.state = 'finished' AND a.score <>
               (SELECT count(*) FROM health_answer w
                  JOIN health_question_version v ON v.id = w.version_id
                 WHERE w.attempt_id = a.id AND w.chosen = v.answer_key)""",
    "quiz_answers_are_graded_when_finished": """
        SELECT w.attempt_id, w.place FROM health_answer w
          JOIN health_attempt a ON a.id = w.attempt_id
          JOIN health_question_version v ON v.id = w.version_id
         WHERE (a.state = 'finished') <> (w.is_right IS NOT NULL)
            OR w.is_right <> (w.chosen = v.answer_key)""",
    "quiz_attempt_has_its_questions": """
        SELECT a.id FROM health_attempt a
         WHERE a.full_score <> (SELECT count(*) FROM health_answer w WHERE w.attempt_id = a.id)""",
    "quiz_attempt_was_handed_in_in_time": """
        SELECT id FROM health_attempt WHERE finished_at >= abandon_at""",
    "consultation_messages_are_numbered": """
        SELECT c.id FROM health_consultation c
          LEFT JOIN health_message m ON m.consultation_id = c.id
         GROUP BY c.id, c.last_no
        HAVING count(m.id) > 0
           AND (max(m.number) <> c.last_no OR c.last_no - min(m.number) + 1 <> count(m.id))""",
    "consultation_answered_by_its_experts": """
        SELECT m.id FROM health_message m
         WHERE m.author = 'expert'
           AND NOT EXISTS (SELECT FROM health_consultation_move h
                            WHERE h.consultation_id = m.consultation_id AND h.act = 'take')""",
    "consultation_state_is_its_last_move": """
        SELECT c.id FROM health_consultation c
         WHERE c.state <> (SELECT h.to_state FROM health_consultation_move h
                            WHERE h.consultation_id = c.id ORDER BY h.id DESC LIMIT 1)""",
    "consultation_pictures_are_attached": """
        SELECT p.file_id FROM health_picture p JOIN file f ON f.id = p.file_id
         WHERE f.attached_at IS NULL OR f.removing_at IS NOT NULL""",
    "erased_member_has_no_consultation": """
        SELECT c.id FROM health_consultation c JOIN member m ON m.id = c.member_id
         WHERE m.erased_at IS NOT NULL""",
    "talk_place_is_its_holders_own_grant": """
        SELECT r.id FROM health_registration r
          JOIN stock_entry e ON e.claim_id = r.id AND e.quantity > 0
         WHERE e.member_id <> r.member_id OR e.person_id <> r.person_id
            OR e.at <> r.registered_at""",
    "talk_pool_is_one_a_person": """
        SELECT t.id, p.id FROM health_talk t JOIN stock_pool p ON p.id = t.pool_id
         WHERE p.kind <> 'health_talk' OR p.owner_id <> t.id OR p.state <> 'running'
            OR p.per_person_total IS DISTINCT FROM 1 OR p.closes_at > t.ends_at""",
    "talk_attendance_is_as_it_stands": """
        SELECT r.id FROM health_registration r
          FULL JOIN (SELECT * FROM health_attendance WHERE undone_at IS NULL) seen
            ON seen.registration_id = r.id
         WHERE r.attended_at IS DISTINCT FROM seen.at""",
    "slot_pool_is_one": """
        SELECT s.id, p.id FROM health_slot s JOIN stock_pool p ON p.id = s.pool_id
         WHERE p.kind <> 'health_slot' OR p.owner_id <> s.id OR p.total <> 1
            OR p.closes_at <> s.starts_at OR p.state <> 'running'""",
    "appointment_is_at_its_slots_time": """
        SELECT a.id, s.id FROM health_appointment a JOIN health_slot s ON s.id = a.slot_id
         WHERE a.starts_at <> s.starts_at OR a.ends_at <> s.ends_at""",
    "appointment_is_its_members_own_grant": """
        SELECT a.id FROM health_appointment a JOIN health_slot s ON s.id = a.slot_id
          LEFT JOIN stock_entry e ON e.claim_id = a.unit_id AND e.quantity > 0
         WHERE e.member_id IS DISTINCT FROM a.member_id OR e.person_id <> a.person_id
            OR e.pool_id <> s.pool_id""",
    "appointments_of_a_person_do_not_overlap": """
        SELECT a.id, b.id FROM health_appointment a
          JOIN health_appointment b ON b.person_id = a.person_id AND b.id > a.id
           AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at
         WHERE a.state NOT IN ('cancelled', 'entered_in_error')
           AND b.state NOT IN ('cancelled', 'entered_in_error')""",
    "appointment_ahead_has_a_slot_that_is_offered": """
        SELECT a.id, s.id FROM health_appointment a JOIN health_slot s ON s.id = a.slot_id
         WHERE NOT s.is_offered AND a.starts_at > campaign_now()
           AND (a.state IN ('booked', 'checked_in')
                OR a.state = 'pending' AND a.hold_until > campaign_now())""",
    "appointment_history_is_a_chain": """
        SELECT appointment_id, number, from_state, before FROM (
            SELECT h.*, lag(to_state) OVER (PARTITION BY appointment_id ORDER BY number) AS before
              FROM health_appointment_history h) s
         WHERE from_state IS DISTINCT FROM before""",
    "appointment_history_ends_where_it_is": """
        SELECT a.id, a.state, last.to_state FROM health_appointment a
          LEFT JOIN LATERAL (SELECT to_state, slot_id FROM health_appointment_history h
                              WHERE h.appointment_id = a.id ORDER BY number DESC LIMIT 1) last
            ON true
         WHERE last.to_state IS DISTINCT FROM a.state OR last.slot_id <> a.slot_id""",
}
