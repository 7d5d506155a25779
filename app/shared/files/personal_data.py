"""The pictures of a member: what a copy shows of them, and that an erasure removes them."""

from typing import Any

from sqlalchemy import select

from app.models.files import File
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.files.keep import remove
from app.shared.personal_data import DataKind, Erasing, Fate, Outcome, Subject, always


def _pictures(subject: Subject) -> AnySelect:
    return (
        select(File.id, File.media_type, File.size_bytes, File.width, File.height, File.created_at)
        .where(File.member_id == subject.member_id, File.removing_at.is_(None))
        .order_by(File.id.desc())
    )


def _show(_: Sealer, row: AnyRow) -> dict[str, Any]:
    """How it looks, its link shows: `GET /v1/files/{id}`."""
    return dict(row._mapping)


async def _erase(erasing: Erasing) -> None:
    found = await erasing.session.execute(_pictures(erasing.subject))
    await remove(erasing.session, [row.id for row in found])


DATA_KINDS = (
    DataKind(
        "pictures",
        Words("上传的图片", "Pictures that you sent"),
        _pictures,
        _show,
        always(Fate(Outcome.ERASED)),
        _erase,
    ),
)
