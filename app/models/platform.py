"""The deployment's own rows: its clock and its pulse."""

from datetime import timedelta

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ClockRow(Base):
    """How far campaign time stands from real time. One row."""

    __tablename__ = "clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time_offset: Mapped[timedelta] = mapped_column(server_default=text("'0'::interval"))


class Pulse(Base):
    """A topic that processes watch: whoever changes the thing raises its number."""

    __tablename__ = "pulse"

    topic: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default=text("0"))
