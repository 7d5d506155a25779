"""Breakfast's figures in JSON, each with its definition."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field

from app.models.states import District
from app.packs.breakfast.figures import DEFINITIONS, Figures
from app.schemas.base import Instant, Output, PageOut


def _figure(name: str) -> int:
    words = DEFINITIONS[name]
    described: int = Field(description=f"{words.zh} · {words.en}")
    return described


class DefinitionOut(Output):
    zh: str
    en: str


class FiguresOut(Output):
    """The current campaign's breakfast; test batches count nowhere."""

    as_of: Instant
    budget: int = _figure("budget")
    issued: int = _figure("issued")
    void: int = _figure("void")
    redeemed: int = _figure("redeemed")
    reversed: int = _figure("reversed")
    expired: int = _figure("expired")
    open: int = _figure("open")
    participants: int = _figure("participants")
    page_views: int = _figure("page_views")
    redeemed_fen: int = _figure("redeemed_fen")
    definitions: dict[str, DefinitionOut] = Field(description="各数字的定义 · what each means")

    @classmethod
    def of(cls, figures: Figures) -> Self:
        totals = figures.totals
        return cls(
            as_of=figures.as_of,
            budget=totals.budget,
            issued=totals.issued,
            void=totals.void,
            redeemed=totals.redeemed,
            reversed=totals.reversed,
            expired=totals.expired,
            open=totals.open,
            participants=totals.participants,
            page_views=totals.page_views,
            redeemed_fen=totals.redeemed_fen,
            definitions={
                name: DefinitionOut(zh=words.zh, en=words.en) for name, words in DEFINITIONS.items()
            },
        )


class DayFiguresOut(Output):
    day: date
    issued: int = _figure("issued")
    void: int = _figure("void")
    redeemed: int = _figure("redeemed")
    reversed: int = _figure("reversed")
    expired: int = _figure("expired")
    participants: int = _figure("participants")
    page_views: int | None = Field(
        description="早餐券页面浏览次数；限区账号为空 · views of the breakfast page; null for an "
        "account limited to districts, since pages are of none"
    )
    redeemed_fen: int = _figure("redeemed_fen")


class DaysOut(Output):
    as_of: Instant
    items: list[DayFiguresOut]


class DistrictFiguresOut(Output):
    district: District
    issued: int = _figure("issued")
    void: int = _figure("void")
    redeemed: int = _figure("redeemed")
    reversed: int = _figure("reversed")
    expired: int = _figure("expired")
    participants: int = _figure("participants")
    redeemed_fen: int = _figure("redeemed_fen")


class DistrictsOut(Output):
    as_of: Instant
    items: list[DistrictFiguresOut]


class StoreFiguresOut(Output):
    store_id: UUID
    store_no: str
    name: str
    district: District
    redeemed: int = _figure("redeemed")
    reversed: int = _figure("reversed")
    redeemed_fen: int = _figure("redeemed_fen")


class StoreFiguresList(PageOut[StoreFiguresOut]):
    as_of: Instant
