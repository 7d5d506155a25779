"""What a member's words are taken for, before anybody reads them."""

from random import Random

import pytest

from app.models.states_health import Flag
from app.packs.health.advice_rules import TOLD, Guidance, flags_of, guidance_for
from app.packs.health.consultation_rules import CONSULTATION_MOVES, new_pseudonym, next_state
from app.platform.errors import StateConflict

E, S, P = Guidance.EMERGENCY, Guidance.SELF_HARM, Guidance.PRESCRIPTION


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("我爸突然胸痛，出冷汗", [E]),
        ("胸 * 口 . 疼", [E]),
        ("ｃｈｅｓｔ　ｐａｉｎ since morning", [E]),
        ("He can't breathe!", [E]),
        ("嘴角歪了，说 话 不 清", [E]),
        ("孩子误食农药", [E]),
        ("最近总不想活，晚上睡不着", [S]),
        ("I want to die", [S]),
        ("吃了一瓶药，想 死", [E, S]),
        ("能给我开点药吗？", [P]),
        ("请开个病假条", [P]),
        ("Can you prescribe something?", [P]),
        ("胸痛，能开处方吗", [E, P]),
        ("医生开了药，饭前还是饭后吃？", []),
        ("打开药盒以后要放冰箱吗", []),
        ("咳嗽两周了，要不要拍片？", []),
        ("膝盖爬楼梯时疼", []),
    ],
)
def test_words_that_cannot_wait_and_requests_for_a_prescription(
    text: str, told: list[Guidance]
) -> None:
    assert list(guidance_for(text)) == told


def test_every_flag_tells_whom_to_call() -> None:
    for flag in Flag:
        assert TOLD[Guidance(flag.value)].phones
    assert TOLD[E].phones == ("120",)
    assert TOLD[S].phones[0] == "12356"
    assert flags_of("") == ()


@pytest.mark.parametrize("state", CONSULTATION_MOVES)
def test_every_move_that_the_table_does_not_name_is_refused(state: object) -> None:
    acts = {act for moves in CONSULTATION_MOVES.values() for act in moves}
    for each, moves in CONSULTATION_MOVES.items():
        if each is state:
            for act in acts - set(moves):
                with pytest.raises(StateConflict):
                    next_state(each, act)


def test_pseudonyms_come_by_chance() -> None:
    assert len({new_pseudonym(Random(seed)) for seed in range(200)}) == 200
