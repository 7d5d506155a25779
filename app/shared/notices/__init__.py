"""Telling members things: the inbox, and the phone if they want that. See `docs/notices.md`.

A pack declares its kinds in `notices.py` and tells members by `Notices.notify` in the
transaction of what it is about. Staff write the words; a carrier takes them to the phone.
"""

from app.shared.notices.carriers import open_channels
from app.shared.notices.channels import Carrier, Channels, Message
from app.shared.notices.inbox import InboxNotice, list_notices, read_notice
from app.shared.notices.kinds import Kinds, NoticeKind, gather
from app.shared.notices.opting import Choice, list_choices, set_choices
from app.shared.notices.put import NewNotice, Notices
from app.shared.notices.quiet import quiet_until
from app.shared.notices.sends import Send, list_sends
from app.shared.notices.templates import (
    Template,
    change_template,
    find_template,
    list_templates,
    preview,
    wording_of,
)
from app.shared.notices.values import Value, Variable, VariableType
from app.shared.notices.wording import Content, Wording

__all__ = [
    "Carrier",
    "Channels",
    "Choice",
    "Content",
    "InboxNotice",
    "Kinds",
    "Message",
    "NewNotice",
    "NoticeKind",
    "Notices",
    "Send",
    "Template",
    "Value",
    "Variable",
    "VariableType",
    "Wording",
    "change_template",
    "find_template",
    "gather",
    "list_choices",
    "list_notices",
    "list_sends",
    "list_templates",
    "open_channels",
    "preview",
    "quiet_until",
    "read_notice",
    "set_choices",
    "wording_of",
]
