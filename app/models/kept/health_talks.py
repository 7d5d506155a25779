"""Talks: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_KEPT = "1 year (a setting)"
_SPEAKER = "speaks in public, under this name"
_BY_ID = "random ids and times, which lead to a person through `member` alone"

TABLES = {
    "health_talk": Keeping(
        Subject.NOBODY,
        purpose="to hold a talk",
        starts="its end",
        keeps=_KEPT,
        erasure="none: nothing about members",
        columns={
            "title": Sort.PUBLIC,
            "intro": Sort.PUBLIC,
            "speaker": Plain(Sort.PERSONAL, _SPEAKER),
            "place": Sort.PUBLIC,
            "stream_url": Sort.PUBLIC,
            "replay_url": Sort.INTERNAL,
        },
    ),
    "health_registration": Keeping(
        Subject.MEMBER,
        purpose="to let in whoever has a place, and to know who came",
        starts="its talk's end",
        keeps=_KEPT,
        erasure="what is ahead is given up; stays, and leads to nobody",
        kinds=("talks", "talks_ahead"),
        plain=_BY_ID,
    ),
    "health_attendance": Keeping(
        Subject.MEMBER,
        purpose="to know as of any time how many had come",
        starts="its talk's end",
        keeps=_KEPT,
        erasure="stays, and leads to nobody",
        kinds=("talks",),
        plain=_BY_ID,
    ),
}
