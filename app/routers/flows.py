"""What people come for, by the name under which its figures are kept.

A flow is one thing that somebody asks for and is granted or refused: its counts are what the
dashboard shows and alerts watch (`ops/`). Named here, in one place, because an operation's path
may be exchanged and its figures should go on. Everything that members, tills and the payment
provider change is a flow, and what staff do at a counter for somebody who stands before them.
"""

from app.platform.telemetry import FLOWS as ANSWERS

FLOWS: dict[str, str] = {
    "POST /v1/breakfast/batches/{batch_id}/claims": "breakfast.claim",
    "POST /v1/store/redemptions/lookup": "breakfast.lookup",
    "PUT /v1/store/redemptions/{redemption_no}": "breakfast.redemption",
    "POST /v1/store/redemptions/{redemption_no}/reversal": "breakfast.reversal",
    "POST /v1/store/redemptions/batch": "breakfast.upload",
    "POST /v1/store/test-passes": "breakfast.test_pass",
    "POST /v1/wishes": "wishes.post",
    "POST /v1/wishes/{wish_id}/confirmation": "wishes.confirmation",
    "POST /v1/wishes/{wish_id}/withdrawal": "wishes.withdrawal",
    "POST /v1/wishes/{wish_id}/rating": "wishes.rating",
    "POST /v1/wishes/{wish_id}/claims": "wishes.claim",
    "POST /v1/wishes/{wish_id}/claims/{claim_id}/start": "wishes.start",
    "POST /v1/wishes/{wish_id}/claims/{claim_id}/release": "wishes.release",
    "POST /v1/wishes/{wish_id}/claims/{claim_id}/submission": "wishes.submission",
    "POST /v1/wishes/dispatches/{dispatch_id}/acceptance": "wishes.dispatch_acceptance",
    "POST /v1/wishes/dispatches/{dispatch_id}/refusal": "wishes.dispatch_refusal",
    "POST /v1/couplets/events/{event_id}/reservations": "couplets.reservation",
    "POST /v1/couplets/events/{event_id}/entry/withdrawal": "couplets.entry_withdrawal",
    "POST /v1/couplets/events/{event_id}/waitlist": "couplets.waitlist",
    "POST /v1/couplets/events/{event_id}/waitlist/withdrawal": "couplets.waitlist_withdrawal",
    "POST /v1/couplets/offers/{offer_id}/acceptance": "couplets.offer",
    "POST /v1/couplets/reservations/{reservation_id}/cancellation": "couplets.cancellation",
    "POST /v1/couplets/reservations/{reservation_id}/recipient": "couplets.recipient",
    "POST /v1/couplets/reservations/{reservation_id}/proxy": "couplets.proxy",
    "POST /v1/couplets/events/{event_id}/presence": "couplets.presence",
    "POST /v1/admin/couplets/events/{event_id}/pickups": "couplets.pickup",
    "POST /v1/admin/couplets/events/{event_id}/walk-ins": "couplets.walk_in",
    "POST /v1/admin/couplets/events/{event_id}/pickups/batch": "couplets.pickup_upload",
    "POST /v1/health/quizzes/{quiz_id}/attempts": "health.attempt",
    "PUT /v1/health/attempts/{attempt_id}/answers": "health.answers",
    "POST /v1/health/attempts/{attempt_id}/submission": "health.submission",
    "POST /v1/health/prizes/{prize_id}/acceptance": "health.prize",
    "POST /v1/health/consultations": "health.consultation",
    "POST /v1/health/consultations/{consultation_id}/messages": "health.message",
    "POST /v1/health/consultations/{consultation_id}/read": "health.message_read",
    "POST /v1/health/consultations/{consultation_id}/close": "health.consultation_close",
    "POST /v1/health/appointments": "health.appointment",
    "POST /v1/health/appointments/{appointment_id}/confirmation": "health.appointment_confirmation",
    "POST /v1/health/appointments/{appointment_id}/cancellation": "health.appointment_cancellation",
    "POST /v1/health/appointments/{appointment_id}/move": "health.appointment_move",
    "POST /v1/health/talks/{talk_id}/registrations": "health.registration",
    "POST /v1/health/registrations/{registration_id}/cancellation": (
        "health.registration_cancellation"
    ),
    "POST /v1/admin/health/talks/{talk_id}/attendances": "health.attendance",
    "POST /v1/gift-boxes/orders": "gift_boxes.order",
    "POST /v1/gift-boxes/orders/{order_id}/payments": "gift_boxes.payment",
    "POST /v1/gift-boxes/orders/{order_id}/cancellation": "gift_boxes.cancellation",
    "POST /v1/gift-boxes/orders/{order_id}/receipt": "gift_boxes.receipt",
    "POST /v1/gift-boxes/{box_id}/waitlist": "gift_boxes.waitlist",
    "POST /v1/gift-boxes/{box_id}/waitlist/withdrawal": "gift_boxes.waitlist_withdrawal",
    "POST /v1/gift-boxes/offers/{offer_id}/acceptance": "gift_boxes.offer",
    "POST /v1/gift-boxes/{box_id}/free-claims": "gift_boxes.free_claim",
    "POST /v1/gift-boxes/{box_id}/entry/withdrawal": "gift_boxes.entry_withdrawal",
    "POST /v1/admin/orders/pickups": "gift_boxes.pickup",
    "POST /v1/payments/wechat/notifications": "payments.notification",
    "POST /v1/oauth/token": "identity.sign_in",
    "POST /v1/store/devices": "identity.onboarding",
    "POST /v1/store/devices/me/secret": "identity.secret",
    "PUT /v1/me/consents/{purpose}": "me.consent",
    "POST /v1/me/notices/{notice_id}/read": "me.notice_read",
    "PUT /v1/me/notice-settings": "me.notice_settings",
    "POST /v1/me/erasure": "me.erasure",
    "POST /v1/files": "me.picture",
    "POST /v1/views": "me.view",
}


def flow_of(method: str, template: str) -> str | None:
    """None for what is looked at, and for staff's own desk work."""
    return FLOWS.get(f"{method} {template}")


# Each is there from the start, so that its first answer is a step upwards and not a beginning.
for _flow in FLOWS.values():
    ANSWERS.labels(_flow, "granted", "")
