"""E-mail addresses, and the ids of WeChat and QQ that words announce. Pure.

An id has no form of its own: `xiaoming88` is one only behind 微信. So nothing is found
that is not announced, nor an id in Chinese characters, nor one of words the table lacks.
"""

import re

from app.packs.wishes.screening.hiding import Hidden, Hiding

_LOCAL_PART = r"(?<![a-z0-9._%+\-])[a-z0-9._%+\-]++"
_MAIL = re.compile(rf"{_LOCAL_PART} ?@ ?[a-z0-9\-]+(?:\.[a-z0-9\-]+)+")
_HOSTS = "qq|foxmail|163|126|139|189|yeah|sina|sohu|aliyun|gmail|outlook|hotmail|icloud|live"
# As written to get past a filter: zhang#qq.com, zhang艾特163点com.
_VEILED_MAIL = re.compile(
    rf"{_LOCAL_PART} ?(?:@|#|\(at\)|艾特|圈a) ?(?:{_HOSTS}) ?[.。点] ?(?:com|cn|net)(?![a-z])"
)

_SERVICE = (
    r"微信|微❤|威信|薇信|徽信|v信|v❤|(?<![a-z])(?:wx|vx|weixin|wechat|qq)(?![a-z]{2})"
    r"|扣扣|抖音|快手|小红书|加v|\+v"
)
_GLUE = r"(?:同号|号码|账号|帐号|好友|号|群|id|是|为|我|的|加|搜|联系|[ :=\-,(>]){0,6}"
_NUMBER = r"[1-9](?:[ \-]?[0-9]){4,10}(?![0-9])"
_NAME = r"[a-z][a-z0-9_\-]{5,19}(?![a-z0-9_])"
_ANNOUNCED = re.compile(rf"(?:{_SERVICE}){_GLUE}(?P<id>{_NAME}|{_NUMBER})")
_ADD_ME = re.compile(rf"加(?:我|俺)[ :]{{0,2}}(?P<id>{_NAME}|{_NUMBER})")
_NAMED_AFTERWARDS = re.compile(
    rf"(?<![a-z0-9_\-])(?P<id>{_NAME}|{_NUMBER}) ?(?:是|为)(?:我|俺)?的?(?:{_SERVICE})"
)
_NO_IDS = frozenset({"wechat", "weixin"})


def find_mail(text: str) -> list[Hidden]:
    """E-mail addresses of a plain text."""
    return [
        Hidden(match.start(), match.end(), Hiding.CONTACT_ID)
        for form in (_MAIL, _VEILED_MAIL)
        for match in form.finditer(text)
    ]


def find_ids(text: str) -> list[Hidden]:
    """What stands behind 微信, vx, QQ, 加我 and their like, or before 是我的微信."""
    return [
        Hidden(*match.span("id"), Hiding.CONTACT_ID)
        for form in (_ANNOUNCED, _ADD_ME, _NAMED_AFTERWARDS)
        for match in form.finditer(text)
        if match["id"] not in _NO_IDS
    ]
