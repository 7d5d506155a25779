"""What the outbox does for notices: deliver each, on each of its kind's channels."""

from app.platform.jobs import Handler, Outside
from app.shared.notices.delivery import deliver
from app.shared.notices.put import DELIVER

HANDLERS: dict[str, Handler] = {DELIVER: Outside(deliver)}
