"""What a member's words say that cannot wait, or that advice cannot give. Pure; the words are data.

Rather a word too many than one too few: whoever wrote of a chest pain of last year reads one more
box, and staff look once more. So nothing takes a phrase back, no "not", no "formerly". Not seen:
what is told without these words, dialect, homophones, pictures.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.models.states_health import Flag
from app.platform.errors import Words

# Nobody sees these between two characters.
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Zs", "Cc", "Po", "Ps", "Pe", "Pd", "Pi", "Pf"})


@dataclass(frozen=True, slots=True)
class Signs:
    """Words of one kind of danger, as they stand in a text without blanks and marks; `source`:
    who says that they mean it."""

    flag: Flag
    source: str
    words: tuple[str, ...]


SIGNS: tuple[Signs, ...] = (
    Signs(
        Flag.EMERGENCY,
        "Stroke 1-2-0 (Zhao J, Liu R: Lancet Neurology 2017; 16: 180): uneven face, weak arm, "
        "unclear speech: call 120",
        ("中风", "脑卒中", "口角歪斜", "嘴歪", "嘴角歪", "一侧无力", "半边身子", "肢体无力",
         "说话不清", "口齿不清", "突然看不见", "stroke", "facedroop", "slurredspeech"),
    ),
    Signs(
        Flag.EMERGENCY,
        "Heart and Stroke Foundation: emergency signs of heart attack and cardiac arrest "
        "(heartandstroke.ca/heart-disease/emergency-signs)",
        ("胸痛", "胸口痛", "胸口疼", "心口疼", "心前区痛", "压榨", "心梗", "心肌梗", "心脏骤停",
         "没有心跳", "没心跳", "没有呼吸", "没呼吸", "chestpain", "heartattack", "notbreathing"),
    ),
    Signs(
        Flag.EMERGENCY,
        "20 Reasons to Call EMS (library.texascitytx.gov/287): breathing, consciousness, "
        "bleeding, seizures, poisoning, allergy, burns, head injuries",
        ("呼吸困难", "喘不上气", "喘不过气", "憋气", "窒息", "噎住", "嘴唇发紫", "昏迷", "昏倒",
         "晕倒", "晕厥", "不省人事", "失去意识", "意识不清", "神志不清", "叫不醒", "抽搐", "惊厥",
         "大出血", "血流不止", "止不住血", "吐血", "呕血", "咳血", "便血不止", "中毒", "农药",
         "过量服药", "吃了一瓶药", "触电", "溺水", "严重烧伤", "头部外伤", "剧烈头痛",
         "喉头水肿", "过敏性休克", "休克", "cantbreathe", "cannotbreathe",
         "difficultybreathing", "unconscious", "seizure", "overdose", "anaphyla"),
    ),
    Signs(
        Flag.SELF_HARM,
        "National Health Commission, technical guide to psychological hotlines (国卫办疾控函"
        "〔2021〕15号); WHO, Preventing suicide: warning signs",
        ("自杀", "自残", "自伤", "轻生", "寻死", "想死", "不想活", "不想再活", "活不下去",
         "活着没意思", "活着没有意义", "结束生命", "结束自己", "了结自己", "一了百了", "割腕",
         "跳楼", "上吊", "遗书", "伤害自己", "suicid", "killmyself", "endmylife",
         "hurtmyself", "wanttodie"),
    ),
)  # fmt: skip


class Guidance(StrEnum):
    """What is shown with an answer."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    PRESCRIPTION = "prescription"


@dataclass(frozen=True, slots=True)
class Told:
    """`phones`: to be called, the first one first."""

    title: Words
    text: Words
    phones: tuple[str, ...]


# 120: the national number of ambulances (Measures for pre-hospital emergency care, 2013).
# 12356: the national psychological hotline (National Health Commission, 25 December 2024; in all
# cities since 1 May 2025, no less than 18 hours a day).
TOLD: dict[Guidance, Told] = {
    Guidance.EMERGENCY: Told(
        Words("请立即拨打 120", "Call 120 now"),
        Words(
            "您描述的情况可能危及生命。请立即拨打 120，或请身边的人拨打，不要等待这里的答复。"
            "工作人员已收到提醒。",
            "What you describe may be a danger to life. Call 120 now, or let somebody near you "
            "call; do not wait for an answer here. Staff have been alerted.",
        ),
        ("120",),
    ),
    Guidance.SELF_HARM: Told(
        Words("现在就有人可以听您说", "Somebody can listen to you now"),
        Words(
            "请拨打全国统一心理援助热线 12356；如果您或他人正处于危险之中，请拨打 120 或 110，"
            "不要独自一人。不要等待这里的答复。工作人员已收到提醒。",
            "Call the national psychological hotline, 12356. If you or somebody else is in danger "
            "now, call 120 or 110, and do not stay alone. Do not wait for an answer here. Staff "
            "have been alerted.",
        ),
        ("12356", "120", "110"),
    ),
    Guidance.PRESCRIPTION: Told(
        Words("这里不开药、不开证明", "No prescriptions or certificates here"),
        Words(
            "本服务是健康咨询，不是诊疗，专家不能开处方、诊断证明或病假条。需要用药请到医院就诊；"
            "慢性病复诊续方可用实体医院的互联网医院。",
            "This is advice and no treatment: experts cannot prescribe, diagnose or certify. For "
            "medicines see a doctor at a hospital; to go on with those for a chronic disease, a "
            "hospital's own internet hospital can help.",
        ),
        (),
    ),
}
_ASKS_FOR_A_PRESCRIPTION = re.compile(
    "(?<![打离切掀撕拧揭医召])开(?!了|过|的)[^,。?!;\n]{0,5}?"
    "(?:药|处方|方子|病假|假条|诊断证明|证明|诊断书)"
    "|(?:要|求|想要|需要|给我|发我|能否给|可以给)[^,。?!;\n]{0,4}?(?:处方|药方|病假条|诊断证明)"
    r"|prescri(?:be|ption)|sick ?note",
    re.IGNORECASE,
)


def flags_of(text: str) -> tuple[Flag, ...]:
    """What in it cannot wait, in the order of `Flag`."""
    plain = _plain(text)
    found = {signs.flag for signs in SIGNS if any(word in plain for word in signs.words)}
    return tuple(flag for flag in Flag if flag in found)


def asks_for_prescription(text: str) -> bool:
    """Whether it asks for a medicine, a prescription, a diagnosis or a certificate on paper."""
    return _ASKS_FOR_A_PRESCRIPTION.search(unicodedata.normalize("NFKC", text)) is not None


def guidance_for(text: str) -> Sequence[Guidance]:
    """What whoever wrote this is to be told at once."""
    told = [Guidance(flag.value) for flag in flags_of(text)]
    return [*told, Guidance.PRESCRIPTION] if asks_for_prescription(text) else told


def _plain(text: str) -> str:
    """Lower case in one form, without what somebody may put between two characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char) not in _INVISIBLE)
