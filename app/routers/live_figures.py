"""A subject's live figures as JSON, or as a stream where the caller asks for one.

For a pack's public route, which says `response_model=LiveFiguresOut, responses=LIVE_RESPONSES`.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

from fastapi import Response

from app.routers.event_stream import EVENT_STREAM, EventStream, Shown, event, wants_stream
from app.routers.rooms import Rooms
from app.schemas.presence import LiveFiguresOut
from app.shared.presence import Figures, StreamsTaken, Subject

EVENT = "figures"
# As old as a figure may be: in between, caches on the way answer.
JSON_HEADERS = {"Cache-Control": "public, max-age=1", "Vary": "Accept"}

LIVE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            f"JSON；`Accept: {EVENT_STREAM}` 时为事件流：每有变化发送一个 `{EVENT}` 事件，"
            "`data` 即此 JSON · JSON; with that `Accept` a stream: an event whenever something "
            "has changed, whose `data` is this JSON"
        ),
        "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
    },
    204: {
        "description": (
            "最终数字您已有（Last-Event-ID），请勿再连 · you have the final figures; do not "
            "connect again"
        )
    },
    304: {"description": "没有变化 · Nothing has changed since that ETag."},
}


async def answer_live(
    rooms: Rooms,
    kind: str,
    subject_id: UUID,
    *,
    accept: str,
    if_none_match: str | None,
    last_event_id: str | None,
) -> Response:
    """By the request's three headers. Raises `NotFound`; `StreamsTaken` when no more streams are
    served."""
    figures = await rooms.presence.figures(kind, subject_id)
    if wants_stream(accept):
        return _stream(rooms, Subject(kind, subject_id), figures, last_event_id)
    etag = f'W/"{_fingerprint(subject_id, figures)}"'
    headers = {"ETag": etag, **JSON_HEADERS}
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(_written(subject_id, figures), headers=headers, media_type="application/json")


def _stream(rooms: Rooms, subject: Subject, figures: Figures, last_seen: str | None) -> Response:
    streams = rooms.presence.streams
    if figures.final and last_seen == _fingerprint(subject.id, figures):
        # The one answer after which a browser does not come back.
        return Response(status_code=204)
    if streams.is_full:
        raise StreamsTaken()
    return EventStream(
        lambda: streams.follow(subject),
        lambda newest: _shown(subject.id, newest),
        last_seen=last_seen,
    )


# Many look at the same figures: written once, and digested once.
@lru_cache(maxsize=64)
def _shown(subject_id: UUID, figures: Figures) -> Shown:
    fingerprint = _fingerprint(subject_id, figures)
    return Shown(fingerprint, event(EVENT, fingerprint, _written(subject_id, figures)))


@lru_cache(maxsize=64)
def _written(subject_id: UUID, figures: Figures) -> str:
    return LiveFiguresOut.of(subject_id, figures).model_dump_json()


@lru_cache(maxsize=64)
def _fingerprint(subject_id: UUID, figures: Figures) -> str:
    """The same while nothing else is different but when it was asked."""
    shown = LiveFiguresOut.of(subject_id, figures).model_dump_json(exclude={"as_of"})
    return blake2b(shown.encode(), digest_size=12).hexdigest()
