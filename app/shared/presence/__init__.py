"""Who is watching: beacons of a crowd, and the figures that become of them. See docs/presence.md.

Redis counts, in one call for all beacons that wait; the books keep the figures, and from when
until when some may be missing. Packs say what can be watched (`Watched`, in their
`presence.py`), and come in by `Presence`.
"""

from app.shared.presence.copying import Copier, copying
from app.shared.presence.figures import Figures
from app.shared.presence.room import Presence
from app.shared.presence.rules import DEFINITIONS, Gap
from app.shared.presence.streams import Channel, Streams, StreamsTaken
from app.shared.presence.watched import Subject, Watched, Window

__all__ = [
    "DEFINITIONS",
    "Channel",
    "Copier",
    "Figures",
    "Gap",
    "Presence",
    "Streams",
    "StreamsTaken",
    "Subject",
    "Watched",
    "Window",
    "copying",
]
