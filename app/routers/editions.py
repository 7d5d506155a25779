"""Of which edition something is asked: the current one, unless it is named."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

Edition = Annotated[
    UUID | None,
    Query(description="哪一届活动，不填为当前 · which edition, by default the current one"),
]
# Of lists that members read.
OpenEdition = Annotated[
    UUID | None,
    Query(description="只看哪一届，不填为正在进行的各届 · of one edition; absent: of all that run"),
]
