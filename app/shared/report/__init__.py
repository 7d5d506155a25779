"""The campaign in figures: what every pack declares, read in one snapshot, as of any time.

A pack (or a room that has something to count for all of them) says in its `report.py` what its
figures are (`REPORT`): words, definition, unit, and the SQL of the facts that are counted. A
door gathers them (`app/registrations.py`); whoever asks comes in by `Reports`. docs/report.md.
"""

from app.shared.report.collect import Reports
from app.shared.report.declared import Facts, Figure, Measure, PackReport, Part, Unit
from app.shared.report.paragraph_rules import paragraph
from app.shared.report.reported import Line, PackFigures, Report, Reported
from app.shared.report.workbook import workbook

__all__ = [
    "Facts",
    "Figure",
    "Line",
    "Measure",
    "PackFigures",
    "PackReport",
    "Part",
    "Report",
    "Reported",
    "Reports",
    "Unit",
    "paragraph",
    "workbook",
]
