"""The health pack's part of the replay, one module a part.

`play` is the door of this folder.
"""

from app.replay.figures import Figure
from app.replay.health import advice, contest
from app.replay.stage import Stage

# Each part begins on the day after next eve, whatever day it is.
ANYTIME = True
# In the order in which they are played, one after the other.
PARTS = (contest.play, advice.play)


async def play(stage: Stage) -> list[Figure]:
    """The pack's figures. Raises `NotPlayable`, `Unreachable`."""
    return [figure for part in PARTS for figure in await part(stage)]
