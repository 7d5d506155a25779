"""Members and stores from files: CSV or XLSX in, rows of the database out.

The commands, the staff's upload and the seed come in by `import_members` and
`import_stores`. A file is read as a stream and written in chunks, each its own
transaction, so memory is bounded whatever the file's length. A bad row is
refused by itself; a file that cannot be read at all is one refusal
(`refusals.py`). Why it is built so: docs/adr/0003-imports.md.
"""

from app.shared.imports.faults import RowRefusal
from app.shared.imports.load import ChunkReport, ImportReport
from app.shared.imports.members import MEMBER_COLUMNS, import_members
from app.shared.imports.stores import STORE_COLUMNS, import_stores

__all__ = [
    "MEMBER_COLUMNS",
    "STORE_COLUMNS",
    "ChunkReport",
    "ImportReport",
    "RowRefusal",
    "import_members",
    "import_stores",
]
