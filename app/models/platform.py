"""The deployment's own rows: its clock, its pulse, and its read-only switch."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import SwitchState


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


class ReadOnlyRow(Base):
    """Whether staff have made the deployment read-only, why, and since when (real time). One
    row; who did it stands in the ledger."""

    __tablename__ = "read_only"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[SwitchState] = mapped_column(
        enum_column(SwitchState, "state"), server_default=text("'off'")
    )
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    since_at: Mapped[datetime] = mapped_column(server_default=func.now())
