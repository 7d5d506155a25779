"""Appointments: booked, held, moved, given up, kept and missed."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from app.models.states import PackKind, Role
from app.packs.health.appointment_rules import HELD_FOR
from app.shared.personal_data import Outcome
from tests.appointing import APPOINTMENTS, HOUR, MINUTE, STAFF_APPOINTMENTS, Appointing, told
from tests.appointing import assert_health_is_right as assert_right
from tests.factories import Factory, auth
from tests.shared.personal_data.erased import Registry, outcome_of

pytestmark = pytest.mark.anyio


async def test_an_appointment_from_its_booking_to_its_end(
    appointing: Appointing, make: Factory
) -> None:
    expert = await appointing.planned()
    slots = await appointing.slots(expert)
    assert [each["is_free"] for each in slots] == [True] * 4
    ann, bob = await appointing.patient(), await appointing.patient()
    first = await appointing.book(ann, slots[0]["id"], "k")
    again = await appointing.book(ann, slots[0]["id"], "k")
    assert (first.status_code, first.json()["state"]) == (201, "booked")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    held = first.json()["id"]
    assert told(await appointing.book(bob, slots[0]["id"])) == (409, "slot_taken")
    assert [each["is_free"] for each in await appointing.slots(expert)] == [False, True, True, True]
    assert told(await appointing.move(ann, held, slots[0]["id"])) == (409, "slot_taken")
    assert told(await appointing.move(ann, held, str(uuid4()))) == (404, "not_found")
    moved = await appointing.move(ann, held, slots[2]["id"])
    assert moved.json()["starts_at"] == slots[2]["starts_at"]
    # D8: the old one can be had at once.
    theirs = (await appointing.booked(bob, slots[0]["id"]))["id"]
    assert told(await appointing.move(ann, held, slots[0]["id"])) == (409, "slot_taken")
    assert (await appointing.act(bob, theirs, "cancellation")).json()["state"] == "cancelled"
    assert told(await appointing.act(bob, theirs, "cancellation")) == (409, "state_conflict")
    assert told(await appointing.act(ann, theirs, "cancellation")) == (404, "not_found")
    early = await appointing.deal_with(held, "check-in")
    assert told(early) == (409, "not_open")
    assert told(await appointing.deal_with(held, "fulfilment")) == (409, "state_conflict")
    await appointing.until(slots[2]["starts_at"], before=30 * MINUTE)
    there = await appointing.deal_with(held, "check-in", expert.headers)
    assert (there.json()["state"], there.json()["name"]) == ("checked_in", "王**")
    assert told(await appointing.deal_with(held, "check-in")) == (409, "state_conflict")
    await appointing.until(slots[2]["starts_at"])
    late = await appointing.act(ann, held, "cancellation")
    assert told(late) == (409, "state_conflict")
    done = await appointing.deal_with(held, "fulfilment", expert.headers)
    assert done.json()["state"] == "fulfilled"
    reader = auth(make.token(ann))
    looks = await appointing.client.get("/v1/me/data-accesses", headers=reader)
    assert {each["act"] for each in looks.json()["items"]} == {"health.appointments"}
    mine = await appointing.client.get(APPOINTMENTS, headers=reader)
    assert [each["id"] for each in mine.json()["items"]] == [held]
    await assert_right(make.rooms)


async def test_a_slot_is_held_while_the_consent_is_read_and_given_back_if_it_is_not_given(
    appointing: Appointing, make: Factory
) -> None:
    expert = await appointing.planned()
    slots = await appointing.slots(expert)
    ann, bob = await make.member(), await appointing.patient()
    pending = await appointing.booked(ann, slots[0]["id"])
    assert pending["state"] == "pending"
    held_for = datetime.fromisoformat(pending["hold_until"]) - appointing.now
    assert timedelta() < held_for <= HELD_FOR
    assert told(await appointing.book(bob, slots[0]["id"])) == (409, "slot_taken")
    refused = await appointing.act(ann, pending["id"], "confirmation")
    assert told(refused) == (403, "consent_required")
    assert told(await appointing.move(ann, pending["id"], slots[1]["id"])) == (
        409,
        "state_conflict",
    )
    await appointing.consent(ann)
    confirmed = await appointing.act(ann, pending["id"], "confirmation")
    assert (confirmed.json()["state"], confirmed.json()["hold_until"]) == ("booked", None)
    assert told(await appointing.act(ann, pending["id"], "confirmation")) == (409, "state_conflict")
    await appointing.act(ann, pending["id"], "cancellation")
    await appointing.consent(ann, given=False)
    lapsing = await appointing.booked(ann, slots[0]["id"])
    await appointing.later(HELD_FOR)
    # Nobody waits for a job: it reads as over, and the slot is the next one's.
    assert await appointing.state(ann, lapsing["id"]) == "cancelled"
    assert told(await appointing.act(ann, lapsing["id"], "confirmation")) == (409, "state_conflict")
    theirs = await appointing.booked(bob, slots[0]["id"])
    worked = await appointing.booked(ann, slots[1]["id"])
    await appointing.later(HELD_FOR)
    await appointing.work_off()
    assert (await appointing.slots(expert))[1]["is_free"]
    assert await appointing.state(ann, worked["id"]) == "cancelled"
    # Withdrawn since: they are asked for it again at the desk.
    await appointing.consent(bob, given=False)
    assert told(await appointing.move(bob, theirs["id"], slots[2]["id"])) == (
        403,
        "consent_required",
    )
    await appointing.until(slots[0]["starts_at"])
    assert told(await appointing.deal_with(theirs["id"], "check-in")) == (403, "consent_required")
    await appointing.consent(bob)
    assert (await appointing.deal_with(theirs["id"], "check-in")).is_success
    await assert_right(make.rooms)


async def test_nobody_has_two_at_once_whatever_the_account_and_touching_is_not_overlapping(
    appointing: Appointing, make: Factory
) -> None:
    one, two = await appointing.planned(), await appointing.planned()
    here, there = await appointing.slots(one), await appointing.slots(two)
    ann = await appointing.patient()
    other = await appointing.patient(person_id=ann.person_id)
    first = await appointing.booked(ann, here[0]["id"])
    assert told(await appointing.book(other, there[0]["id"])) == (409, "overlapping")
    assert told(await appointing.book(ann, here[0]["id"])) == (409, "slot_taken"), "which is first"
    second = await appointing.booked(other, there[1]["id"])
    assert told(await appointing.move(ann, first["id"], here[1]["id"])) == (409, "overlapping")
    assert await appointing.state(ann, first["id"]) == "booked"
    assert not (await appointing.slots(one))[0]["is_free"], "the old one is still mine"
    assert (await appointing.slots(one))[1]["is_free"], "and the new one nobody's"
    await appointing.act(other, second["id"], "cancellation")
    assert (await appointing.move(ann, first["id"], here[1]["id"])).is_success
    await assert_right(make.rooms)


async def test_any_expert_is_one_who_is_free_as_long_as_there_is_one(
    appointing: Appointing, make: Factory
) -> None:
    experts = [await appointing.planned() for _ in range(2)]
    await appointing.planned(topics=["psychological"])
    at = (await appointing.slots(experts[0]))[0]["starts_at"]
    wanted = {"topic": "general", "starts_at": at}
    people = await appointing.patients(3)
    booked = [await appointing.booked(each, wanted) for each in people[:2]]
    assert {each["expert_id"] for each in booked} == {each.id for each in experts}
    assert told(await appointing.book(people[2], wanted)) == (409, "slot_taken")
    await appointing.act(people[0], booked[0]["id"], "cancellation")
    again = await appointing.booked(people[2], wanted)
    assert again["expert_id"] == booked[0]["expert_id"]
    nobody = {"topic": "nutrition", "starts_at": at}
    assert told(await appointing.book(people[0], nobody)) == (404, "not_found")
    listed = await appointing.client.get(
        "/v1/health/slots",
        params={"topic": "general", "day": at[:10]},
        headers=auth(make.token(people[0])),
    )
    free = [each["is_free"] for each in listed.json()["items"]]
    assert free == [False, False, *[True] * 6]
    both = {**wanted, "slot_id": str(uuid4())}
    for body in (both, {"topic": "general"}, {}):
        assert told(await appointing.book(people[0], body)) == (422, "input_invalid")
    await appointing.until(at)
    assert told(await appointing.book(people[0], wanted)) == (409, "deadline_passed")
    await assert_right(make.rooms)


async def test_a_plan_that_leaves_out_what_is_booked_is_refused_with_a_list_of_it(
    appointing: Appointing, make: Factory
) -> None:
    expert = await appointing.planned(slots=4)
    slots = await appointing.slots(expert)
    ann = await appointing.patient()
    held = await appointing.booked(ann, slots[2]["id"])
    given_up = await appointing.booked(await appointing.patient(), slots[3]["id"])
    shorter = appointing.plan(slots=2)["hours"]
    refused = await appointing.set_plan(expert, hours=shorter)
    assert told(refused) == (409, "slots_booked")
    assert refused.json()["slots"] == [slots[2]["starts_at"], slots[3]["starts_at"]]
    assert len(await appointing.slots(expert)) == 4, "nothing has changed"
    day = slots[0]["starts_at"][:10]
    half_past = {"day": day, "hours": [{"opens": "09:15", "closes": "11:15"}]}
    assert told(await appointing.set_plan(expert, exceptions=[half_past])) == (409, "slots_booked")
    staff = await appointing.deal_with(given_up["id"], "cancellation")
    assert staff.json()["state"] == "cancelled"
    # A break before it: what is booked stays, what nobody has is gone, what had been had too.
    longer = appointing.plan(slots=3)["hours"]
    pause = [{"opens": "09:00", "closes": "10:00"}]
    changed = await appointing.set_plan(expert, hours=longer, breaks=pause)
    assert (changed.json()["slots_offered"], changed.json()["slots_booked"]) == (1, 1)
    assert [each["id"] for each in await appointing.slots(expert)] == [slots[2]["id"]]
    gone = await appointing.book(await appointing.patient(), slots[3]["id"])
    assert told(gone) == (404, "not_found")
    back = await appointing.set_plan(expert, hours=appointing.plan(slots=4)["hours"], breaks=[])
    assert back.json()["slots_offered"] == 4
    assert await appointing.state(ann, held["id"]) == "booked"
    stale = await appointing.set_plan(expert, version=1)
    assert told(stale) == (412, "version_stale")
    far = [{**longer[0], "valid_until": "2199-01-01"}]
    many = [{**each, "opens": "00:00", "closes": "24:00"} for each in longer]
    until = (appointing.first_day() + timedelta(days=300)).isoformat()
    many = [{**each, "valid_until": until} for each in many]
    for hours, code in ((far, "too_far_ahead"), (many, "too_many_slots")):
        too_much = await appointing.set_plan(expert, hours=hours, slot_min=10)
        assert too_much.json()["errors"][0]["code"] == code
    await assert_right(make.rooms)


async def test_who_does_not_come_is_a_no_show_and_what_was_wrong_counts_for_nothing(
    appointing: Appointing, make: Factory
) -> None:
    expert, stranger = await appointing.planned(), await appointing.expert()
    slots = await appointing.slots(expert)
    ann, bob, cat = await appointing.patients(3)
    missed = await appointing.booked(ann, slots[0]["id"])
    wrong = await appointing.booked(bob, slots[1]["id"])
    moved = await appointing.booked(cat, slots[2]["id"])
    theirs = await appointing.deal_with(missed["id"], "fulfilment", stranger.headers)
    assert told(theirs) == (404, "not_found")
    corrected = await appointing.deal_with(wrong["id"], "correction")
    assert corrected.json()["state"] == "entered_in_error"
    assert told(await appointing.deal_with(wrong["id"], "correction")) == (409, "state_conflict")
    assert (await appointing.slots(expert))[1]["is_free"]
    assert (await appointing.move(cat, moved["id"], slots[1]["id"])).is_success
    await appointing.until(slots[0]["ends_at"])
    assert await appointing.state(ann, missed["id"]) == "no_show", "as it is read"
    await appointing.work_off()
    await assert_right(make.rooms)
    late = await appointing.act(ann, missed["id"], "move", {"slot_id": slots[3]["id"]})
    assert told(late) == (409, "state_conflict")
    began = await appointing.act(cat, moved["id"], "cancellation")
    assert told(began) == (409, "deadline_passed")
    again = await appointing.act(cat, moved["id"], "move", {"slot_id": slots[3]["id"]})
    assert told(again) == (409, "deadline_passed")
    assert told(await appointing.deal_with(moved["id"], "cancellation")) == (409, "deadline_passed")
    after_all = await appointing.deal_with(missed["id"], "fulfilment", expert.headers)
    assert after_all.json()["state"] == "fulfilled"
    listed = {
        who: await appointing.client.get(STAFF_APPOINTMENTS, headers=headers)
        for who, headers in (
            ("desk", await appointing.as_staff(Role.DESK)),
            ("expert", expert.headers),
            ("stranger", stranger.headers),
        )
    }
    states = {
        who: [each["state"] for each in found.json()["items"]] for who, found in listed.items()
    }
    assert states["desk"] == states["expert"] == ["fulfilled", "entered_in_error", "booked"]
    assert states["stranger"] == []
    narrowed = await appointing.client.get(
        STAFF_APPOINTMENTS,
        params={"expert_id": stranger.id, "day": slots[0]["starts_at"][:10]},
        headers=await appointing.as_staff(Role.DESK),
    )
    assert narrowed.json()["items"] == []
    await assert_right(make.rooms)


async def test_members_are_told_and_reminded_without_a_word_of_what_it_is_about(
    appointing: Appointing, make: Factory
) -> None:
    expert = await appointing.planned()
    slots = await appointing.slots(expert)
    ann, bob = await appointing.patient(), await appointing.patient()
    held = await appointing.booked(ann, slots[3]["id"])
    await appointing.move(ann, held["id"], slots[1]["id"])
    theirs = await appointing.booked(bob, slots[0]["id"])
    await appointing.work_off()
    assert await appointing.notices(ann) == ["health.appointment_booked"]
    await appointing.deal_with(theirs["id"], "cancellation")
    await appointing.work_off()
    assert "health.appointment_cancelled" in await appointing.notices(bob)
    for hours in (24, 2):
        await appointing.until(slots[1]["starts_at"], before=hours * HOUR)
        await appointing.work_off()
    reminded = [each for each in await appointing.notices(ann) if each.endswith("reminder")]
    assert len(reminded) == 2
    inbox = await appointing.client.get("/v1/me/notices", headers=auth(make.token(ann)))
    assert not {"李医生", "呼吸"} & {word for word in ("李医生", "呼吸") if word in inbox.text}
    await assert_right(make.rooms)


async def test_a_closed_pack_books_nothing_and_what_is_booked_goes_on(
    appointing: Appointing, make: Factory
) -> None:
    expert = await appointing.planned()
    slots = await appointing.slots(expert)
    ann, bob = await appointing.patient(), await appointing.patient()
    held = await appointing.booked(ann, slots[0]["id"])
    await make.switch(PackKind.HEALTH, "close")
    assert told(await appointing.book(bob, slots[1]["id"])) == (409, "not_open")
    assert (await appointing.move(ann, held["id"], slots[1]["id"])).is_success
    await make.switch(PackKind.HEALTH, "open")
    await appointing.booked(bob, slots[0]["id"])
    await assert_right(make.rooms)


async def test_an_erasure_frees_what_is_ahead(appointing: Appointing, make: Factory) -> None:
    expert = await appointing.planned()
    slots = await appointing.slots(expert)
    ann = await appointing.patient()
    await appointing.booked(ann, slots[0]["id"])
    copied = await appointing.client.get("/v1/me/data", headers=auth(make.token(ann)))
    assert slots[0]["starts_at"][:16] in copied.text
    report = await Registry(make.rooms).erase(ann)
    assert outcome_of(report, "appointments_ahead") is Outcome.ERASED
    await appointing.booked(await appointing.patient(), slots[0]["id"])
    await assert_right(make.rooms)


async def test_without_a_campaign_nobody_books(appointing: Appointing, make: Factory) -> None:
    wanted = {"topic": "general", "starts_at": (appointing.now + HOUR).isoformat()}
    assert told(await appointing.book(await make.member(), wanted)) == (404, "not_found")
