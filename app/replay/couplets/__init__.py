"""The couplets pack's part of the replay: a live session with its viewers, pairs that are reserved
in a rush, and pairs that are handed out.

`play` is the door of this folder.
"""

from app.replay.couplets.play import play as play

# The event is on the days after next eve, whatever day it is.
ANYTIME = True
