"""The wishes pack's part of the replay: some hundred wishes, by every way that one can go.

`play` is the door of this folder.
"""

from app.replay.wishes.play import play as play

# Wishes begin on whatever day it is; so this part follows those that the edition dates.
ANYTIME = True
