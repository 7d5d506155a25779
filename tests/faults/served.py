"""The service by a test's own door: its fault points look into a folder (`stops.py`).

Nothing in `app` knows this module or reads its variable.
"""

import os
from pathlib import Path

from app.main import app
from app.platform import fault_points
from tests.faults.stops import FOLDER, Stops

__all__ = ["app"]

fault_points.hook = Stops(Path(os.environ[FOLDER])).stand
