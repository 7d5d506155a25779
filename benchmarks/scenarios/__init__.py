"""What is held, and not how fast: a crowd that comes at its own pace, beside another.

A scenario is no ratio. It runs when it is named, once, and says what was offered, what was
answered and what the books have of it.
"""

from benchmarks.scenarios.curves import CURVES
from benchmarks.scenarios.drop import DROP
from benchmarks.scenarios.growth import GROWTH
from benchmarks.scenarios.long_list import LONG_LIST
from benchmarks.scenarios.million import MILLION
from benchmarks.scenarios.shedding import SHEDDING
from benchmarks.scenarios.start import START
from benchmarks.scenarios.viewers import VIEWERS

SCENARIOS = (VIEWERS, LONG_LIST, SHEDDING, DROP, GROWTH, CURVES, MILLION, START)
