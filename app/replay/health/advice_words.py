"""What members and experts write to each other. All of it is looked for afterwards, in every place
where it must not stand in clear; so each text begins with words that nothing else has."""

from collections.abc import Mapping

from app.replay.health.advice_plan import Course
from app.replay.stage import Stage

MARK = "回放密语"
TOPICS: Mapping[str, str] = {
    "general": "入冬以来总觉得乏力，晚上九点就犯困，要不要查一查？",
    "respiratory": "咳嗽两周多了，夜里更重，有少量白痰，还用拍片吗？",
    "chronic": "换药以后早上血压还是一百五左右，是不是量的时间不对？",
    "mother_and_child": "孩子八个月，最近夜里总醒，辅食是不是加得太早？",
    "nutrition": "跑外卖三顿饭都不定时，胃里总反酸，怎么吃好一些？",
}
NAMELESS = "换了站点以后睡不好，一闭眼全是超时的单子，心里发慌。"
SAID: Mapping[Course, str] = {
    Course.ANONYMOUS: NAMELESS,
    Course.LIFTED: "这阵子总不想活，夜里一个人站在阳台上往下看。",
    Course.EMERGENCY: "父亲刚才突然胸痛，脸色发白，一直出冷汗。",
    Course.PRESCRIPTION: "复诊的医院太远了，能不能给我开点降压药？",
}
FURTHER = "照您说的做了三天，晚上好多了，运动量还要再加吗？"
THANKS_ANSWER = "可以慢慢加，每天多走十分钟，难受就停下来。"
ANSWERS = (
    "先查血常规和甲状腺功能，拿到结果再来问我。",
    "多喝温水，屋里常通风；一周不见好就到呼吸科看看。",
    "早晚各量一次并记下来，下回把记录发给我。",
    "您说的情况很常见，不必责怪自己，我们慢慢来。",
)
NOTE = "病程已了解，睡眠和情绪方面请心理科同事接着聊。"


def confide(stage: Stage, number: int, sentence: str) -> str:
    """A text as it is sent; from now on it is looked for."""
    stage.confided.update((MARK, sentence))
    return f"{MARK}{number:05}，{sentence}"
