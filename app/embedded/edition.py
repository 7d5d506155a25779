"""The 2023 edition: its name, its five packs and its figures, as data.

The texts are the campaign's; the windows are not here, because the seed moves
them so that the day of the first start is the edition's first day.
"""

from dataclasses import dataclass
from datetime import date

from app.models.states import PackKind
from app.platform.errors import Words

CAMPAIGN_NAME = Words("2023年冬送温暖·五大礼包", "Winter Warmth 2023: five gift packs")
# Twenty drops, the last voucher's seven days, and a few days for the counting.
CAMPAIGN_DAYS = 30


@dataclass(frozen=True)
class PackText:
    kind: PackKind
    title: Words
    summary: Words


PACKS = (
    PackText(
        PackKind.WISHES,
        Words("心愿大礼包·携手互助一家亲", "Wishes: hand in hand, one family"),
        Words(
            "说出您的微心愿——敬老关爱、困难帮扶、节日慰问、返乡帮助——让身边的志愿者帮您实现。",
            "Post a small wish: care for the elderly, help in hardship, a holiday greeting, "
            "a way home. A volunteer near you makes it come true.",
        ),
    ),
    PackText(
        PackKind.BREAKFAST,
        Words(
            "生活大礼包·户外劳动者请查收：您的早餐已就位",
            "Breakfast: outdoor workers, your breakfast is ready",
        ),
        Words(
            "快递员、外卖骑手、网约车司机、环卫工人：每天一张早餐券，App 里领取，"
            "全市 1000 家便利店出示即用。",
            "Couriers, riders, drivers, sanitation workers: one breakfast voucher a day, "
            "claimed in the app, redeemed at any of 1,000 convenience stores.",
        ),
    ),
    PackText(
        PackKind.COUPLETS,
        Words("福气大礼包·送万福、进万家", "Couplets: a blessing to every home"),
        Words(
            "书法志愿者直播现场挥毫，写春联、送福字；可在线预约，也可到现场领取。",
            "Volunteer calligraphers write couplets and fu characters live on stream; "
            "reserve a pair online or pick one up on the spot.",
        ),
    ),
    PackText(
        PackKind.HEALTH,
        Words("健康大礼包·疫来疫往，健康你我", "Health: well through the season, you and me"),
        Words(
            "医院专家与心理咨询师在线答疑，科普讲座随时听，防疫知识答题赢奖品。",
            "Free online advice from hospital experts and counsellors, science talks, "
            "and a quiz on epidemic prevention with a prize draw.",
        ),
    ),
    PackText(
        PackKind.GIFT_BOXES,
        Words("年货大礼包·你的年货，我包啦！", "Gift boxes: your New Year shopping is on us!"),
        Words(
            "惠工优选五款年货礼盒，会员专享价；困难职工另有免费礼盒。",
            "Five kinds of New Year gift box from the union's shop at a member's price, "
            "and free boxes for members in hardship.",
        ),
    ),
)


@dataclass(frozen=True)
class WishKindText:
    """A kind of wish. A claim is to be started within so many hours."""

    code: str
    title: Words
    start_within_h: int = 72


WISH_KINDS = (
    WishKindText("elderly_care", Words("敬老关爱", "Care for the elderly")),
    WishKindText("hardship_help", Words("困难帮扶", "Help in hardship")),
    WishKindText("holiday_greeting", Words("节日慰问", "Holiday greetings")),
    WishKindText("return_home", Words("返乡帮助", "Help to get home")),
)


@dataclass(frozen=True)
class BreakfastPlan:
    """One drop a day, from 00:00 to 24:00 Shanghai. Money in fen."""

    name: str
    drops: int
    vouchers_a_drop: int
    valid_days: int
    per_person_per_day: int
    face_value_fen: int
    limit_group: str


BREAKFAST = BreakfastPlan(
    name="户外劳动者早餐券",
    drops=20,
    vouchers_a_drop=1_000,
    valid_days=7,
    per_person_per_day=1,
    face_value_fen=1_000,
    limit_group="breakfast-2023",
)


@dataclass(frozen=True)
class CoupletsPlan:
    """One afternoon, so many days into the campaign. Variants: title, wording, pairs to be
    reserved, pairs for the door; sites: name and address."""

    title: str
    day: int
    variants: tuple[tuple[str, str, int, int], ...]
    sites: tuple[tuple[str, str], ...]


COUPLETS = CoupletsPlan(
    title="送万福、进万家",
    day=6,
    variants=(
        ("七言春联", "春风入喜财入户，岁月更新福满门", 100, 150),
        ("五言春联", "春归花不落，风静月常明", 60, 90),
        ("福字", "福", 40, 60),
    ),
    sites=(
        ("市工人文化宫", "市南区东海西路 1 号"),
        ("李沧区户外劳动者驿站", "李沧区书院路 2 号"),
    ),
)


@dataclass(frozen=True)
class GiftBox:
    """A kind of box: what is in it, how often; prices in fen; how many for sale, how many free."""

    name: str
    contents: tuple[tuple[str, int], ...]
    list_price_fen: int
    member_price_fen: int
    quantity: int
    free_quantity: int


# The campaign published five kinds and 15,007 people who took part; quantities and prices are
# this edition's own.
GIFT_BOXES = (
    GiftBox("坚果炒货礼盒", (("开心果", 2), ("腰果", 2), ("核桃", 1)), 16_800, 9_900, 4_000, 120),
    GiftBox("海鲜干货礼盒", (("海米", 1), ("干贝", 1), ("鱿鱼干", 2)), 29_800, 19_900, 3_000, 80),
    GiftBox("粮油米面礼盒", (("花生油", 1), ("大米", 1), ("面粉", 1)), 15_800, 9_800, 4_000, 200),
    GiftBox("新鲜水果礼盒", (("苹果", 12), ("橙子", 8)), 12_800, 7_900, 3_000, 80),
    GiftBox("糕点糖果礼盒", (("高粱饴", 2), ("桃酥", 2), ("钙奶饼干", 2)), 9_900, 5_900, 3_000, 20),
)
GIFT_BOX_SITES = (
    ("市工人文化宫", "市南区东海西路 1 号"),
    ("李沧区户外劳动者驿站", "李沧区书院路 2 号"),
    ("西海岸新区职工服务中心", "黄岛区长江中路 3 号"),
)
GIFT_BOX_LIST_PRICES = ("同城三家商超当日均价", date(2022, 12, 20))
GIFT_BOXES_PER_PERSON, GIFT_BOXES_SALE_DAYS = 2, 14

STORES_COUNT = 1_000
WORKERS_COUNT = 1_300
OTHER_MEMBERS_COUNT = 700
