"""Work after the answer, and work that falls due. See `docs/outbox.md`.

`put` writes a job in the transaction of the business rows, so there is one exactly
when they are there; `cancel` takes a deadline back that no longer applies. What a
kind of job does stands in the `jobs.py` of its pack or room. `Runner` does it, in
any number of processes (`app/worker.py`).
"""

from app.shared.outbox.backlog import Backlog, backlog_within, read_backlog
from app.shared.outbox.handlers import bind
from app.shared.outbox.oversight import JobFacts, list_jobs, retry_job
from app.shared.outbox.put import NewJob, cancel, put, put_many
from app.shared.outbox.runner import Runner

__all__ = [
    "Backlog",
    "JobFacts",
    "NewJob",
    "Runner",
    "backlog_within",
    "bind",
    "cancel",
    "list_jobs",
    "put",
    "put_many",
    "read_backlog",
    "retry_job",
]
