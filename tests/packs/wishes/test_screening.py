"""What of a wish may be public: the texts are written as people write them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.packs.wishes.screening import MASKS, Hiding, Screened, screen

# ⟦ and ⟧ stand around what must be hidden; they are no part of the text.
ID_NUMBERS = [
    "我的身份证号⟦370202199001011234⟧，麻烦帮忙登记",
    "身份证⟦37020219900101123X⟧",
    "身份证⟦37020219900101123x⟧。",
    "证件：⟦３７０２０２１９９００１０１１２３４⟧",
    "⟦370202 19900101 1234⟧是我本人",
    "⟦370202-19900101-1234⟧",
    "⟦3702 0219 9001 0112 34⟧",
    "老证是⟦370202900101123⟧",
    "日期写错的也算⟦370202199013451234⟧",
    "⟦37020219900101123叉⟧，最后是个叉",
    "身份证⟦三七零二零二一九九零零一零一一二三四⟧",
    "护照⟦12345678⟧",
]
PHONES = [
    "电话⟦13812345678⟧，白天打",
    "打我⟦138 1234 5678⟧",
    "⟦138-1234-5678⟧",
    "⟦138.1234.5678⟧",
    "⟦+86 138 1234 5678⟧",
    "⟦0086-138-1234-5678⟧",
    "⟦８６１３８１２３４５６７８⟧",
    "手机⟦１３８１２３４５６７８⟧谢谢",
    "⟦一三八一二三四五六七八⟧",
    "⟦幺三八幺两三四五六七八⟧记好了",
    "⟦①③⑧①②③④⑤⑥⑦⑧⟧",
    "⟦❶❸❽❶❷❸❹❺❻❼❽⟧",
    "⟦1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣⟧",
    "⟦l38O0123456⟧",
    "⟦138一1234一5678⟧",
    "⟦138一二三四5678⟧",
    "⟦1 3 8 1 2 3 4 5 6 7 8⟧",
    "⟦138\u200b1234\u200b5678⟧",
    "⟦13812345678⟧一直开机",
    "我60岁，⟦13812345678⟧",
    "⟦138123456789⟧多打了一位",
    "⟦12012345678⟧",
    "家里⟦0532-88881234⟧",
    "(⟦0532)8888 1234⟧",
    "⟦010-62345678⟧",
    "⟦053288881234⟧",
    "⟦400-123-4567⟧",
    "座机⟦8888-1234⟧",
    "电话 ⟦88881234⟧ 或手机 ⟦13812345678⟧",
    "联系电话少写一位⟦1381234567⟧",
]
BANK_CARDS = [
    "⟦6222020200112345678⟧",
    "建行 ⟦6217 0000 1000 1234 567⟧",
    "⟦4111111111111111⟧",
    "⟦4111-1111-1111-1111⟧",
    "卡号⟦621700001000123456⟧",
    "农信社账号⟦9020101234567⟧",
]
CONTACT_IDS = [
    "微信⟦xiaoming_88⟧",
    "加我vx: ⟦abc12345⟧",
    "微信号：⟦zhangsan⟧",
    "V信 ⟦abcdef123⟧",
    "QQ ⟦12345678⟧",
    "qq号：⟦123456789⟧，加好友",
    "加我 ⟦lilei1990⟧",
    "⟦hanmeimei66⟧是我的微信",
    "邮箱⟦zhang.san@qq.com⟧",
    "⟦zhangsan＠163．com⟧",
    "⟦zhangsan艾特qq点com⟧",
]
ADDRESSES = [
    "我住市南区香港中路⟦12号3单元502⟧，老伴腿脚不好",
    "香港中路⟦12号⟧",
    "中山路⟦十二号⟧二老都在家",
    "浮山后小区⟦3号楼2单元501室⟧",
    "家住⟦5号楼⟧",
    "⟦12栋301⟧，上来敲门",
    "阳光花园⟦5栋⟧",
    "王家村⟦12号⟧，门口有棵槐树",
    "⟦3#502室⟧",
    "浮山后小区⟦3-2-501⟧",
    "地址：⟦李沧区九水东路东里甲12⟧，谢谢",
    "门牌号⟦12⟧",
    "⟦三号楼二单元五零一⟧",
    "⟦A座1203室⟧",
]
KINDS_OF_TEXTS = [
    *((Hiding.ID_NUMBER, text) for text in ID_NUMBERS),
    *((Hiding.PHONE, text) for text in PHONES),
    *((Hiding.BANK_CARD, text) for text in BANK_CARDS),
    *((Hiding.CONTACT_ID, text) for text in CONTACT_IDS),
    *((Hiding.ADDRESS, text) for text in ADDRESSES),
]

LEFT_AS_WRITTEN = [
    "我今年60 岁，老伴65岁，孩子8岁和12岁",
    "2023 年 1 月 5 日下午3点半",
    "2023-01-05 13:30",
    "2023.1.15-2023.1.20 这几天都行",
    "20230115-20230120",
    "二零二三年一月五日",
    "1月15日上午10:30到11:30",
    "坐G206次，1月18日8:30从青岛北到济南",
    "K1284次，票价156.5元",
    "订单号 20230105001",
    "100元左右的棉衣，129.00也行",
    "血压150/95，身高170 体重65 鞋码42",
    "尺码 36 37 38 39 都可以，衣服175/92A",
    "60V20A的电瓶，2000W的取暖器，500ml的杯子",
    "20公斤大米，5升油，1.8米的床",
    "被子2米乘2米3，要 1.5x2.0 米的也行",
    "邮编266000，车牌鲁B12345",
    "拨打12345热线，或者110、120",
    "每周一三五，二四六不行",
    "一直一个人住，三三两两来过几个人",
    "O型血，iPhone 13，想学python",
    "用微信视频，会用微信支付",
    "请到3号楼前集合",
    "坐地铁3号线，再换316路到五四广场",
    "我住市南区香港中路",
    "李村街道浮山后社区的，没有电梯，住6楼",
    "两室一厅，家里2室1厅，一栋三层小楼",
    "我知道12号放假，13号、14号、15号都行",
    "我们村5号停电，小区8-10点停水",
    "第3单元第2课，三年级二班",
]


def marked(text: str) -> tuple[str, list[str]]:
    return re.sub("[⟦⟧]", "", text), re.findall("⟦(.*?)⟧", text)


def parts(text: str, screened: Screened) -> list[str]:
    return [text[each.start : each.end] for each in screened.hidden]


@pytest.mark.parametrize(("kind", "text"), KINDS_OF_TEXTS)
def test_by_what_a_person_is_found_is_hidden_to_the_character(kind: Hiding, text: str) -> None:
    written, expected = marked(text)
    screened = screen(written)
    assert parts(written, screened) == expected
    assert {each.kind for each in screened.hidden} == {kind}
    assert screened.shown == re.sub("⟦.*?⟧", MASKS[kind], text)


@pytest.mark.parametrize("text", LEFT_AS_WRITTEN)
def test_dates_prices_sizes_and_places_to_meet_stay(text: str) -> None:
    assert screen(text) == Screened(shown=text, hidden=(), asks_for_money=False)


def test_a_whole_wish_keeps_what_a_helper_must_know() -> None:
    text = (
        "我叫老王，60 岁，住李沧区九水路235号3单元502，2023 年 1 月 5 日要回菏泽，"
        "想请人送到青岛北站，油钱我出。电话138 1234 5678，微信同号。"
    )
    screened = screen(text)
    assert screened.shown == (
        "我叫老王，60 岁，住李沧区九水路〔已隐藏：地址〕，2023 年 1 月 5 日要回菏泽，"
        "想请人送到青岛北站，油钱我出。电话〔已隐藏：电话〕，微信同号。"
    )
    assert [each.kind for each in screened.hidden] == [Hiding.ADDRESS, Hiding.PHONE]
    assert not screened.asks_for_money


def test_a_number_announced_once_is_hidden_wherever_it_is_repeated() -> None:
    assert screen("先打88881234。电话就是88881234").shown == (
        "先打〔已隐藏：电话〕。电话就是〔已隐藏：电话〕"
    )


def test_a_circled_ten_is_hidden_whole_or_not_at_all() -> None:
    written = "138⑩⑩⑩⑩"
    assert screen(f"{written}今天").hidden[0].end == len(written)


def test_a_district_alone_and_a_name_are_not_hidden() -> None:
    text = "市北区辽阳西路街道，王小明，想要一副春联"
    assert screen(text).shown == text


# What is likely to meet in one text and to disturb one another.
WORDS = """
1 2 5 86 138 1234 5678 一 一三八 ① ⑩ l O x X + - . , ， 。 @ # 号 楼 点 人 元
370202199001011234 13812345678 88881234 20230105 6222020200112345 2023-01-05
电话 身份证 卡号 微信 QQ 加我 abc12345 zhang qq.com 艾特 是我的
号楼 单元 室 路 栋 村 小区 住 地址： 12号 3号楼 〔已隐藏：电话〕
"""
PIECES = [*WORDS.split(), " ", "\n", "\u200b", "\uffff"]
texts_of_pieces = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
anything = st.text(max_size=2000)
dense = st.text(alphabet="0123456789 -一三八oOlx①+元号楼室单@.a微信", max_size=2000)


@settings(deadline=None)
@given(texts_of_pieces | anything | dense)
def test_what_is_hidden_is_nowhere_in_what_is_shown_and_nothing_more_is_found(text: str) -> None:
    screened = screen(text)
    assert not [part for part in parts(text, screened) if part in screened.shown]
    again = screen(screened.shown)
    assert (again.shown, again.hidden) == (screened.shown, ())


@settings(deadline=None)
@given(texts_of_pieces | dense)
def test_everything_else_stays_where_it_was_in_its_order(text: str) -> None:
    screened = screen(text)
    shown, place = "", 0
    for each in screened.hidden:
        assert place <= each.start < each.end <= len(text)
        shown += text[place : each.start] + MASKS[each.kind]
        place = each.end
    assert screened.shown == shown + text[place:]


@settings(deadline=None)
@given(
    st.text(alphabet="abdefghABDEFGH的了是在有想要件棉衣老人孩子回家过年，。！？ \n", max_size=2000)
    | st.text(alphabet="我住市南区路街小区楼单元室号栋村里的想要，。：（）- \n", max_size=2000)
)
def test_a_text_without_digits_and_announcements_is_left_alone(text: str) -> None:
    assert screen(text).shown == text


HOSTILE = [
    "1",
    "1 ",
    "一",
    "o",
    "l|",
    "138 ",
    "a",
    "a.",
    "a@",
    "微信 ",
    "微信a",
    "3号楼",
    "1-",
    "路1号",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_of_twenty_thousand_characters_comes_to_an_end(piece: str) -> None:
    """A pattern that tries every way to read it would not end while the run lasts."""
    text = (piece * 20_000)[:20_000]
    shown = screen(text).shown
    assert screen(shown).shown == shown
