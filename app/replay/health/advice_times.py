"""When consultations, talks and appointments are, since midnight of the part's first day."""

from datetime import timedelta

from app.replay.watch import at

# Before the first act: what an earlier play left is ended, experts come.
EVE, BEGINNING = at(0, 2), at(0, 7)
ASKED, ANSWERED = at(0, 10), at(0, 11)
BOOKED, LAPSED = at(0, 14), at(0, 14, 30)
REGISTERED = at(0, 16)
CHANGED, REVIEWED = at(1, 9), at(1, 10)
# Experts receive on the third day, in halves of an hour with an hour's break.
VISITS_DAY, OPENS, CLOSES, SLOT_MIN = 2, "09:00", "17:00", 30
BREAK = ("12:00", "13:00")
CHECK_IN_BEFORE, VISITS_OVER = timedelta(minutes=10), at(2, 17, 30)
TALK, TALK_OVER = at(3, 14), at(3, 16)
DOORS, REPLAYED, THE_COUNT = at(3, 13, 30), at(3, 16, 30), at(3, 18)
# A report is asked for so long after its time; of the last seconds the service says nothing.
LATER = timedelta(minutes=1)
