"""Who asks for money is told where grants are to be had; who does not must never be told so."""

import pytest

from app.packs.wishes.screening import screen

ASKS = [
    "谁能借我点钱",
    "希望大家借点钱给我看病",
    "想借2000元交学费",
    "不好意思，能借我三百块钱吗",
    "借点钱过年",
    "求借300",
    "家里实在揭不开锅了，求大家借给我五百块钱应急，过完年就还。",
    "可以先借我点生活费吗",
    "能不能给我打点钱",
    "请转账到我的支付宝",
    "给我转500元",
    "请把钱转到支付宝13812345678",
    "希望好心人打点钱到我卡里 6222020200112345678",
    "把钱打到我卡上就行",
    "v我50",
    "给我发个红包",
    "求🧧",
    "扫我的收款码",
    "支付宝账号是13812345678，谢谢",
    "希望好心人捐款",
    "想请大家帮忙筹款给孩子看病",
    "水滴筹链接帮忙转发",
    "求资助",
    "孩子学费还差3000元，恳请好心人资助。",
    "希望资助孩子上学",
    "没路费回家，能不能赞助点",
    "直接给现金吧",
    "不用东西，折现给我就行",
    "不要东西，只要钱",
    "我现在急需用钱",
    "给我点💰",
    "老公住院，医药费不够，希望大家给点钱救救他。",
    "希望有人帮忙出点路费",
    "能不能报销路费",
    "谁帮我付学费",
    "帮我还网贷",
    "想申请救助金",
    "我需要5000元做手术",
    "希望能给500块钱过年",
    "我想要200块钱",
    "求 ￥500",
    "借点钱，谢谢",
    "女儿病了，求大家借我2000元",
    "公司倒闭了，希望有人给我打2000块钱",
    "借*点*钱，谢谢",
    "求助，差2000元路费回家",
]
DOES_NOT_ASK = [
    "不需要钱，想要一件棉衣",
    "我不是来要钱的，就想有人帮我把屋顶漏水修一下。",
    "不收红包，也别给我钱",
    "捐款就不用了",
    "压岁钱红包封",
    "想要一些包红包用的红纸",
    "我想给孙子包个红包，求几个红包封",
    "教我用手机转账",
    "不会用支付宝，想请人教怎么转账给我儿子",
    "我在台东步行街摆摊，想请人设计一张收款码贴纸。",
    "想要一个100元左右的电饭锅",
    "想要50元以内的书包，我需要100元一箱的牛奶两箱",
    "给老伴看病借了很多钱，想要一床被子",
    "到处借钱看病，希望有人送点米面",
    "欠了6万多外债，孩子过年想吃一回海鲜大餐，不求别的",
    "家里缺钱，想要一件二手羽绒服",
    "孩子上学需要钱，老伴看病也要钱，想要一辆自行车",
    "医院说要做手术，押金要3万，已经凑了2万，心里害怕，想找个懂的人聊聊。",
    "每月药费2000元，低保900元，想要血压计",
    "父亲一个人住6楼没电梯，希望有人帮忙送菜，菜钱我微信转给志愿者。",
    "请人帮忙搬家，费用我出",
    "希望有人陪我去医院，路费我自己付",
    "公司欠我工资没给我钱",
    "希望领导帮忙要回被拖欠的工资15000元",
    "儿子每月给我打钱，就是没人说话",
    "被骗子骗了转账2万，想学防骗",
    "我想捐款给别的孩子",
    "希望有人资助一台轮椅",
    "政府给了救助金1200元，孩子想要一个足球",
    "想请人帮我填写救助金申请表",
    "希望有人和我一块过年",
    "想要一块手表，两块肥皂，给我2块电池",
    "想要个钱包",
    "帮我还钱包给失主",
    "想要一个存钱罐",
    "希望教孩子二元一次方程",
    "帮我取1000块钱",
    "能不能借我一辆三轮车搬家",
    "想借一台轮椅用一个月，押金500元可以付。",
    "把孩子照片转到我微信就行",
    "希望能有人给我爸妈打个电话拜年",
    "想要5斤猪肉，10斤白面，2桶油。",
    "想给工友们写20副春联，笔墨我们有，就缺会写字的人。",
]
# The docstring of `money.py` says that these pass; the reviewer reads them.
PASSES_UNSEEN = ["手头紧，家里揭不开锅了", "缺钱，求帮助", "给个三百五百的都行", "jie dian qian"]


@pytest.mark.parametrize("text", ASKS)
def test_who_asks_for_money_is_noticed(text: str) -> None:
    assert screen(text).asks_for_money


@pytest.mark.parametrize("text", DOES_NOT_ASK)
def test_who_tells_declines_pays_learns_or_names_a_price_does_not_ask(text: str) -> None:
    assert not screen(text).asks_for_money


@pytest.mark.parametrize("text", PASSES_UNSEEN)
def test_hints_are_left_to_the_reviewer(text: str) -> None:
    assert not screen(text).asks_for_money


def test_a_request_does_not_hide_behind_another_sentence() -> None:
    assert screen("我想学会转账。谁能借我点钱？").asks_for_money
    assert not screen("我想学会转账。谁能教我？").asks_for_money


@pytest.mark.parametrize(
    "piece", ["想", "求", "借", "给我", "希望有人", "急", "我要", "不", "钱", "1", "能"]
)
def test_a_hostile_text_of_twenty_thousand_characters_comes_to_an_end(piece: str) -> None:
    """A pattern that tries every way to read it would not end while the run lasts."""
    assert not screen((piece * 20_000)[:20_000]).asks_for_money
