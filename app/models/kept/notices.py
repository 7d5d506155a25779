"""Notices: what is kept of them."""

from app.models.kept import Keeping, Plain, Sort, Subject

_BY_RANDOM_ID = (
    "random ids, times and words of enumerations, which lead to a person through `member` alone"
)

TABLES = {
    "notice_template": Keeping(
        Subject.NOBODY,
        purpose="to know what members are told, and in whose words",
        starts="the next version",
        keeps="for good",
        erasure="none: nothing about members",
        columns={
            "kind": Sort.INTERNAL,
            "title_zh": Sort.PUBLIC,
            "body_zh": Sort.PUBLIC,
            "title_en": Sort.PUBLIC,
            "body_en": Sort.PUBLIC,
            "edited_by": Plain(
                Sort.PERSONAL, "whoever acts on behalf of the union answers for it by name"
            ),
        },
    ),
    "notice": Keeping(
        Subject.MEMBER,
        purpose="to tell a member something, once",
        starts="its writing",
        keeps="1 year",
        erasure="deleted",
        kinds=("notices",),
        plain=_BY_RANDOM_ID,
        columns={
            "kind": Sort.INTERNAL,
            "dedupe_key": Sort.INTERNAL,
            "content_sealed": Sort.PERSONAL,
        },
    ),
    "notice_opt_out": Keeping(
        Subject.MEMBER,
        purpose="to leave a member alone who wants that",
        starts="its being turned on again",
        keeps="until then",
        erasure="deleted",
        kinds=("notice_settings",),
        plain=_BY_RANDOM_ID,
        columns={"kind": Sort.INTERNAL},
    ),
    "notice_send": Keeping(
        Subject.MEMBER,
        purpose="to know what reached a phone, and what is wrong when nothing does",
        starts="the attempt",
        keeps="1 year",
        erasure="deleted",
        kinds=("notice_sends",),
        plain=_BY_RANDOM_ID,
        columns={"error": Sort.INTERNAL},
    ),
}
