"""What is held, and not how fast: a crowd that comes at its own pace, beside another.

A scenario is no ratio. It runs when it is named, once, and says what was offered, what was
answered and what the books have of it.
"""

from benchmarks.scenarios.viewers import VIEWERS

SCENARIOS = (VIEWERS,)
