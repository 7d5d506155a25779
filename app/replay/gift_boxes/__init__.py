"""The gift boxes' part of the replay: five boxes sold in a rush, paid in every way that paying can
go, given back, handed over, some of them for nothing; and the money counted in four places.

`play` is the door of this folder.
"""

from app.replay.gift_boxes.play import play as play

# The sale opens on the day after next eve, whatever day it is.
ANYTIME = True
