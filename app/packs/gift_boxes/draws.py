"""Whom gift boxes put in order: those who ask for a free one in the window of its opening."""

from uuid import UUID

from sqlalchemy import select

from app.models.gift_boxes import GiftBoxesBox
from app.platform.db import AnySelect
from app.shared.draws import Crowd

FREE_BOX_CROWD = "gift_boxes.free_box"
TAKE_TURNS = "gift_boxes.take_turns"


def _edition(subject_id: UUID) -> AnySelect:
    return select(GiftBoxesBox.campaign_id).where(GiftBoxesBox.id == subject_id)


DRAWS = (Crowd(FREE_BOX_CROWD, _edition, TAKE_TURNS),)
