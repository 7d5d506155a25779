"""First answers, kept so that a repeat gets the same one."""

from datetime import datetime

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class IdempotencyRecord(Base):
    """A 2xx answer under the digest of caller, operation and key.

    The body is sealed: it may hold secrets.
    """

    __tablename__ = "idempotency"
    __table_args__ = (Index(None, "created_at"),)

    key_digest: Mapped[bytes] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int]
    body_sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
