"""Logs and metrics, without personal data.

Logs are one JSON object a line on stdout. A field that could carry a person's
data is never bound: callers are named by kind, objects by id.
"""

import logging

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from app.platform.lines import Lines

REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "http_requests_total",
    "Requests by route, method, status and refusal code.",
    ("method", "route", "status", "code"),
    registry=REGISTRY,
)
DURATION = Histogram(
    "http_request_duration_seconds",
    "Time from the request's first byte to the answer's last.",
    ("method", "route"),
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4),
)
FLOWS = Counter(
    "flow_answers_total",
    "What people asked for, by flow: granted, repeated (the first answer again), refused by code, "
    "failed (5xx), left (the caller). Asked is the sum.",
    ("flow", "outcome", "code"),
    registry=REGISTRY,
)
FLUSH_PRESSES = Histogram(
    "stock_flush_presses",
    "Presses that one transaction decided together.",
    registry=REGISTRY,
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
FLUSH_SECONDS = Histogram(
    "stock_flush_seconds",
    "Time of that transaction, with its commit.",
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2),
)
TURNED_AWAY = Counter(
    "http_requests_turned_away_total",
    "Requests refused before anything was done for them, by refusal code; not among the others.",
    ("code",),
    registry=REGISTRY,
)
# Memory, processor time and open files of this process.
ProcessCollector(registry=REGISTRY)


# Of requests (`routers/observe.py`).
LINES = Lines()


def configure_logging(level: str) -> None:
    """Once a process, before the first line."""
    LINES.is_on = logging.getLevelName(level) <= logging.INFO
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
