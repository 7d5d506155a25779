"""The breakfast pack's part of the replay: twenty drops, a thousand stores, and the count.

`play` is the door of this folder.
"""

from app.replay.breakfast.play import play as play

# Its drops have their days.
ANYTIME = False
