"""How many connections a process may hold open: as many as the system lets it.

Many systems hand out a soft limit of 1,024 and a hard one far above it; a rush
has more callers than that, and past the limit nobody gets in.
"""

import resource

WANTED = 65_536


def allow_many_connections() -> None:
    """Raise this process's own limit, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
