"""Where members and stores lay before, for figures of past times."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, enum_column
from app.models.states import District


class MemberDistrictHistory(Base):
    """A member moved: until then the account lay in the one district, since then in the other.
    Written by the table itself (`keep_district`), whoever changes it."""

    __tablename__ = "member_district_history"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    from_district: Mapped[District] = mapped_column(enum_column(District, "from_district"))
    to_district: Mapped[District] = mapped_column(enum_column(District, "to_district"))


class StoreDistrictHistory(Base):
    """The same of a store, whose address was corrected or which moved."""

    __tablename__ = "store_district_history"

    store_id: Mapped[UUID] = mapped_column(ForeignKey("store.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    from_district: Mapped[District] = mapped_column(enum_column(District, "from_district"))
    to_district: Mapped[District] = mapped_column(enum_column(District, "to_district"))
