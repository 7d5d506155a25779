"""When the quiz and its draw are, since midnight of the play's first day."""

from datetime import timedelta

from app.replay.watch import at

TIME_LIMIT_S = 1_800
ANNOUNCED, QUIZ_OPENS, SLOW_ONES = at(0, 8), at(0, 9), at(0, 10)
# Half an hour later their time is over; the grace is a minute.
IN_GRACE, TOO_LATE = at(0, 10, 30, 20), at(0, 10, 40)
QUIZ_CLOSES, FROZEN = at(2, 0), at(2, 9)
NUMBERS_OUT, DRAWN = at(3, 21, 15), at(3, 22)
# A winner has so many hours.
ACCEPT_WITHIN_H = 72
PRIZES_OVER = DRAWN + timedelta(hours=ACCEPT_WITHIN_H + 1)
