"""Does a wish ask for money? Words and what takes them back, sentence by sentence. Pure.

A yes refuses the wish of somebody who may be poor, so a phrase counts only where it asks
(求, 希望, 给我), and not where it tells (借了很多钱), declines (不要红包), gives (我给钱), learns
(学会转账) or names a price (100元左右的棉衣). What it lets through, the reviewer reads.

Not seen: hints (手头紧, 揭不开锅), 困难 without a request, gift cards and vouchers, loans of
banks, homophones and pinyin, a request whose halves stand in two sentences. Seen wrongly:
questions about grants in other words than the table's, and quotations of what others ask.
"""

import re
from dataclasses import dataclass

_SIGNS = str.maketrans({"💰": "钱", "💵": "钱", "💴": "钱", "💸": "钱", "🧧": "红包"})
# Marks that are put between characters to get past a filter. Blanks stay: they are pauses.
_MARKS = re.compile(r"(?<=[\u4e00-\u9fff])[*·_|]+(?=[\u4e00-\u9fff])")
_SENTENCE = re.compile(r"[^。!?;\n]+")

_ME = "(?:我们|我家|我|俺们|俺|咱们|咱)"
_BIT = "(?:一点|一些|点|些|几个|一笔|笔|个)?儿?"
_GAP = "[^,、]{0,6}?"
_CUE = (
    "(?:想(?!起|到|不)|求|请|希望|盼|能否|可否|可以|帮|谁能|谁|需要|急需|麻烦"
    f"|有没有人|向你们|向大家|跟大家|向工会|好心人){_GAP}"
)
_STARTS = "(?:^|(?<=[,、 ]))"
_MONEY = "钱(?!包|夹|袋|罐|币|箱|塘)"
_CASH = f"(?:{_MONEY}|款(?!式|待)|现金|人民币)"
_PAPER = "[封袋纸皮套壳]"
_CHANNEL = "的?(?:微信|支付宝|卡上|卡里)?"
_HAN = "[一二两三四五六七八九十百千万几]"
# 一块 is also together, a piece, a watch: money only with 钱, or from a hundred on.
_SUM = (
    r"(?:¥ ?[0-9]+|[0-9]+(?:\.[0-9]+)?[万千百]?(?:元(?!旦|宵|月)|块钱|rmb)"
    r"|[0-9]{3,}块|[0-9]+(?:\.[0-9]+)?[万千](?=[元块 ,、]|$)"
    rf"|{_HAN}{{2,8}}(?:元(?!旦|宵|月|一)|块)|{_HAN}{{1,8}}块钱)"
    r"(?! ?(?:多|来|整)?钱?"
    r"(?:的|左右|以内|以下|上下|之内|以上|/|每|一[个件双床条袋箱斤本张]|价|购物|代金))"
)
_FEE = "(?:学费|生活费|医药费|药费|医疗费|手术费|住院费|治疗费|路费|车费|车票钱|房租|话费)"
_PAY = "(?:转|打|汇|发|付|塞|送|捐|凑)"
_FILL = f"(?:{_ME}|孩子|家里|有人|大家|能|点|些|约|大概|大约|差不多|至少|共|一笔|到|给|先|个|:| )"


@dataclass(frozen=True)
class Phrase:
    """`asks` is a request for money unless the clauses it stands in say `unless`."""

    asks: re.Pattern[str]
    unless: re.Pattern[str] | None = None


def _phrase(asks: str, unless: str | None = None) -> Phrase:
    return Phrase(re.compile(asks), re.compile(unless) if unless else None)


_LEARNS = (
    "教|学会|学用|学着|学怎么|不会[用弄操收发转]|怎么[用弄操发转收]|如何[用操发转收]|打印|防骗"
)
_TELLS = (
    "以前|曾|当时|那时|去年|每月|每年|拖欠|到处|四处"
    "|(?:儿子|女儿|闺女|儿女|老板|公司|单位)[^给打转汇寄欠发]{0,4}[给打转汇寄欠发]"
)
_GIVES = (
    f"(?<![帮替给]){_ME}(?:自己|来|会|可以|愿意|也)?(?:出|付|承担|给|掏|支付(?!宝))|自费|自理|自掏"
)
_RELATIVES = "(?:向|跟|找|问|和|从)(?:亲|朋|邻|同事|同学|别人|人家|银行)|靠|借了|借过"

PHRASES = (
    # Borrowing.
    _phrase(f"{_CUE}借(?:给)?{_ME}?{_BIT}{_CASH}", f"{_TELLS}|{_RELATIVES}"),
    _phrase(f"{_STARTS}借(?:点|一点|些|一些){_CASH}", f"{_TELLS}|{_RELATIVES}"),
    _phrase(f"借(?:给)?{_ME}{_BIT}(?:{_CASH}|{_SUM}|{_FEE})|借[钱款]给{_ME}", _TELLS),
    _phrase(
        f"(?:{_CUE}|{_STARTS})借{_FILL}{{0,3}}{_SUM}|求借{_FILL}{{0,3}}[0-9]{{3,}}(?=$|[, ])",
        f"{_TELLS}|{_RELATIVES}|还清|还没还",
    ),
    # Sending: to me, to my account.
    _phrase(
        f"(?:{_CUE}|{_STARTS})给{_ME}{_CHANNEL}{_PAY}?{_BIT}"
        f"(?:{_CASH}|转账|打款|汇款|红包(?!{_PAPER}))",
        f"{_LEARNS}|{_TELLS}",
    ),
    _phrase(
        f"(?:希望|恳请|求|请)(?:大家|好心人|有人|工会|你们|能|各位){{0,3}}给{_BIT}{_CASH}", _GIVES
    ),
    _phrase(
        f"{_PAY}{_BIT}(?:钱|款|账|现金|红包)给{_ME}|(?:转账|打款|汇款|打钱|转钱|汇钱)给{_ME}",
        f"{_LEARNS}|{_TELLS}",
    ),
    _phrase(
        "(?:求|请|希望|盼|恳请)(?:大家|好心人|有人|你们|能|给){0,3}(?:转账|打款|汇款|打钱|转钱)",
        _LEARNS,
    ),
    _phrase(
        f"[转打汇]{_BIT}(?:钱|款|{_SUM})?(?:[到进在]{_ME}?的?这?个?(?:微信|支付宝)"
        f"|[到进在]?{_ME}的?(?:银行卡|卡|账号|账户|支付宝))",
        f"{_LEARNS}|{_TELLS}|照片|文件|视频|图|链接|消息|语音|信息|资料|表",
    ),
    _phrase(r"(?<![a-z])v ?(?:我|wo) ?[0-9]+"),
    # Red packets, codes and accounts to pay into.
    _phrase(
        "(?:求|讨|想要|希望有|希望收到|给个|来个)(?:大家|好心人|发|给|个|一个|几个|点){0,3}红包",
        f"红包{_PAPER}|用的|红纸|包红包|{_LEARNS}",
    ),
    _phrase(
        f"{_ME}的?(?:微信|支付宝)?(?:收款码|收款二维码)|扫一?下?收款码|收款码(?:如下|见|附)"
        "|支付宝(?:账号|帐号|号)(?:是|:|为)",
        f"{_LEARNS}|丢|坏|忘|贴|做|换",
    ),
    # Donations; 资助 only where money follows or nothing, for one may ask for a wheelchair so.
    _phrase(
        f"(?:求|请|希望|盼|呼吁|想要|急需|接受|需要){_GAP}(?:捐款|捐钱|募捐|筹款|众筹|善款|爱心款)",
        f"捐款箱|{_ME}(?:想|要|可以|愿意|也)*(?:捐|筹)|{_TELLS}",
    ),
    _phrase("(?:水滴筹|轻松筹|众筹)(?:链接|帮|求|请|转发)|(?:帮忙?|请|求)转发?(?:水滴筹|轻松筹)"),
    _phrase(
        f"(?:求|请|希望|盼|需要|急需|申请|得到|能否){_GAP}"
        "(?:资助|赞助|捐助)(?=一?[点些]?(?:$|[, ])"
        f"|{_ME}?(?:孩子)?(?:{_SUM}|一?[点些]?{_CASH}|{_FEE}|上学|读书|上大学))",
        f"(?:受|获)过?|资助过|{_ME}(?:想|要|可以|愿意)+(?:资|赞|捐)助|{_TELLS}",
    ),
    # Cash.
    _phrase(
        "(?:要|给|换成|折成|折合成|求|想要|需要|发)(?:点|些|一点|一些)?现金|折现(?!率)|[换折]成钱",
        f"现金(?:支付|付|买|交|取)|用现金|取|{_GIVES}",
    ),
    _phrase(
        f"(?:直接给|只要|就要|{_ME}(?:现在|真的|只|就|很|特别|急)*(?:要|需要|缺)|急需|急用|求|讨)"
        f"(?:用)?{_BIT}{_MONEY}",
        f"{_GIVES}|{_TELLS}",
    ),
    # Fees to be paid, debts, grants. 交 is left out: it may be an errand to the counter.
    _phrase(
        f"(?:求|给{_ME}(?:点|些|一点)|(?:希望|请|能否|求|盼|谁能|谁|帮忙|帮{_ME}){_GAP}"
        f"(?:出|凑|垫付|垫|付|报销|承担|解决|资助|赞助|支付|补助)){_GAP}{_FEE}",
        f"{_GIVES}|{_TELLS}|{_LEARNS}",
    ),
    _phrase(f"[帮替]{_ME}?忙?(?:还|还清|还一下)(?:债|贷款|网贷|花呗|欠款|{_MONEY}|信用卡)"),
    _phrase(
        f"(?:想|希望|申请|求|盼|需要|能){_GAP}"
        "(?:救助金|补助金|困难补助|慰问金|助学金|救济金|补助款)",
        f"领了|领过|申请过|发过|填表|填写|咨询|材料|怎么|如何|代办|问问|{_TELLS}",
    ),
    # Sums. 要花 and 要交 tell of costs; a verb or a thing in between is no filling.
    _phrase(
        f"(?:求|讨|想要|(?<!亏)给{_ME}{_CHANNEL}{_PAY}?|资助|赞助|捐助|捐|补助|支援|救助|急需"
        f"|{_ME}需要|帮{_ME}?忙?凑|凑|希望{_FILL}{{0,3}}(?:给|得到|有|资助|捐|支持)){_FILL}{{0,4}}{_SUM}",
        f"{_GIVES}|{_TELLS}|捐了|捐过|不超过|不到",
    ),
    _phrase(f"求助[,: ][^。]{{0,8}}?[差缺]{_FILL}{{0,2}}{_SUM}", f"{_GIVES}|{_TELLS}"),
)
# With 不 or 别 in them, and yet no refusals.
_QUESTIONS = re.compile("能不能|可不可以|是不是|会不会|要不要|好不好|行不行")
_NO_NOES = re.compile("不好意思|不得不|不知道|特别|别人|分别|级别|个别")
_NO_BEFORE = re.compile(
    "(?:不|别|没有|没|无需|无须|勿|拒绝|谢绝)"
    "(?:是|要|用|想|求|必|会|收|为了|敢|来|再|让|请|给|找|问|跟|向|你们|大家|任何|的|人|我|打算|意思|直接|需){0,6}$"
)
_NO_WITHIN = re.compile("(?:不|别|没|无需|无须|勿|拒绝|谢绝)(?:是|要|用|想|必|会|收|给|需)")
_NO_AFTER = re.compile(
    "[^,]{0,3}?(?:,?我?(?:都|也|就)?)(?:不用|不要|不需要|不必|不收|不能要|算了|免了)(?!多|太|很|怕)"
)
_REACH, _CLAUSE = 14, 40
_FRAUD = re.compile("诈骗|被骗|骗子|骗我|骗钱")


def asks_for_money(text: str) -> bool:
    """Whether one sentence of a plain text (`plain.read`) asks for money."""
    readable = _MARKS.sub("", text.translate(_SIGNS))
    return any(_asks(sentence.group()) for sentence in _SENTENCE.finditer(readable))


def _asks(sentence: str) -> bool:
    if _FRAUD.search(sentence):
        return False
    sentence = _NO_NOES.sub("某", _QUESTIONS.sub("能否", sentence))
    return any(
        not _is_taken_back(phrase, sentence, match) and not _is_declined(sentence, match)
        for phrase in PHRASES
        for match in phrase.asks.finditer(sentence)
    )


def _is_taken_back(phrase: Phrase, sentence: str, match: re.Match[str]) -> bool:
    """By the words between the commas around it, and these only a few words away."""
    start = max(sentence.rfind(",", 0, match.start()) + 1, match.start() - _CLAUSE)
    end = sentence.find(",", match.end())
    end = min(len(sentence) if end < 0 else end, match.end() + _CLAUSE)
    return phrase.unless is not None and phrase.unless.search(sentence, start, end) is not None


def _is_declined(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[max(0, match.start() - _REACH) : match.start()]
    after = sentence[match.end() : match.end() + _REACH]
    return bool(
        _NO_BEFORE.search(before) or _NO_WITHIN.search(match.group()) or _NO_AFTER.match(after)
    )
