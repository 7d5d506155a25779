"""How a clerk greets a holder without learning the whole name."""

# Family names of two characters; every other has one.
_COMPOUND = (
    "欧阳上官司马司徒司空诸葛皇甫尉迟公孙慕容令狐长孙宇文端木东方南宫夏侯轩辕独孤申屠"
    "太史闻人澹台公冶宗政濮阳淳于单于太叔公羊赫连钟离百里呼延西门东郭"
)
COMPOUND_FAMILY_NAMES = frozenset(
    _COMPOUND[start : start + 2] for start in range(0, len(_COMPOUND), 2)
)


def given_name(name: str) -> str:
    """What a clerk may say aloud: the name without its family name.

    王小明 → 小明, 欧阳修 → 修, 买买提·艾山 → 买买提, John Smith → John.
    A name of one character is not said at all.
    """
    for separator in ("·", "•", " "):
        if separator in name:
            return name.split(separator, maxsplit=1)[0]
    if len(name) > 2 and name[:2] in COMPOUND_FAMILY_NAMES:
        return name[2:]
    return name[1:] or "*"
