"""What is measured: a path, its references, and what it must reach.

One module a subject; `ALL` is what `./run bench` runs.
"""

from benchmarks.paths.beacons import BEACON
from benchmarks.paths.claims import NO_REDIS, SOLD_OUT, WINNERS
from benchmarks.paths.orders import ORDER
from benchmarks.paths.quiz import QUIZ
from benchmarks.paths.reads import BATCHES, HOME, VOUCHERS
from benchmarks.paths.redemptions import REDEMPTION, SAME_VOUCHER

ALL = (
    WINNERS,
    SOLD_OUT,
    NO_REDIS,
    REDEMPTION,
    SAME_VOUCHER,
    HOME,
    BATCHES,
    VOUCHERS,
    BEACON,
    QUIZ,
    ORDER,
)
