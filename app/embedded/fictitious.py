"""People and stores that do not exist, as files for the imports.

The same ones every time. No region has identity numbers that begin with 99 and
no network has numbers that begin with 120, so nobody real can be among them.
Streets are real, house numbers, chains and shops are not.
"""

import csv
import io
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import BinaryIO, TextIO

from app.embedded.edition import OTHER_MEMBERS_COUNT, STORES_COUNT, WORKERS_COUNT
from app.models.states import Category, District
from app.shared.identity.id_number import check_digit
from app.shared.imports import MEMBER_COLUMNS, STORE_COLUMNS

SEED = 2023
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力健世广志义兴良海山仁波宁"
FIRST_BIRTHDAY = date(1965, 1, 1)
BIRTHDAYS = 13_000  # to the year 2000

WORKER_CATEGORIES = (
    (Category.NEW_EMPLOYMENT,),
    (Category.OUTDOOR,),
    (Category.NEW_EMPLOYMENT, Category.OUTDOOR),
)
# Every so many members one in hardship.
HARDSHIP_AMONG_WORKERS, HARDSHIP_AMONG_OTHERS = 40, 7


@dataclass(frozen=True)
class Town:
    """A built-up part of a district: its streets, and a box on dry land (degrees)."""

    district: District
    name: str
    stores: int
    south: float
    north: float
    west: float
    east: float
    streets: Sequence[str]


TOWNS = (
    Town(
        District.SHINAN, "市南区", 110, 36.062, 36.080, 120.335, 120.425,
        ("香港中路", "江西路", "宁夏路", "闽江路", "南京路"),
    ),
    Town(
        District.SHIBEI, "市北区", 140, 36.082, 36.122, 120.345, 120.410,
        ("台东三路", "延吉路", "辽阳西路", "敦化路", "威海路"),
    ),
    Town(
        District.LICANG, "李沧区", 110, 36.142, 36.200, 120.385, 120.455,
        ("夏庄路", "书院路", "京口路", "向阳路", "九水路"),
    ),
    Town(
        District.LAOSHAN, "崂山区", 80, 36.100, 36.140, 120.445, 120.490,
        ("深圳路", "仙霞岭路", "秦岭路", "苗岭路", "株洲路"),
    ),
    Town(
        District.CHENGYANG, "城阳区", 120, 36.265, 36.335, 120.335, 120.425,
        ("正阳路", "长城路", "明阳路", "春城路", "德阳路"),
    ),
    Town(
        District.WEST_COAST, "西海岸新区", 160, 35.950, 36.015, 120.110, 120.190,
        ("长江中路", "井冈山路", "香江路", "武夷山路", "珠江路"),
    ),
    Town(
        District.JIMO, "即墨区", 90, 36.370, 36.420, 120.425, 120.490,
        ("鹤山路", "嵩山二路", "振华街", "蓝鳌路", "新兴路"),
    ),
    Town(
        District.JIAOZHOU, "胶州市", 80, 36.245, 36.300, 119.975, 120.045,
        ("福州南路", "郑州东路", "兰州东路", "北京路", "澳门路"),
    ),
    Town(
        District.PINGDU, "平度市", 60, 36.762, 36.808, 119.930, 119.995,
        ("红旗路", "人民路", "青岛路", "常州路", "郑州路"),
    ),
    Town(
        District.LAIXI, "莱西市", 50, 36.845, 36.888, 120.485, 120.535,
        ("烟台路", "威海西路", "上海路", "文化西路", "石岛路"),
    ),
)  # fmt: skip

CHAINS = (
    "晨光里", "海蓝角", "琴岛早点铺", "浮山小站", "胶澳街坊", "暖冬驿", "八关邻里", "潮汐便利",
    "栈桥食集", "石老人鲜到", "东岸优选", "大泽山好邻居", "墨水河便民", "少海人家", "姜山万家",
    "月湖里", "海泊河便利", "信号山早市",
)  # fmt: skip
COMPANY = "青岛{chain}便利连锁有限公司"
# The company behind QD0001.
FIRST_MERCHANT = COMPANY.format(chain=CHAINS[0])
HOURS = (
    ("00:00", "24:00"),
    ("06:00", "22:00"),
    ("06:30", "22:30"),
    ("05:30", "24:00"),
    ("07:00", "23:00"),
    ("06:00", "01:00"),
    ("05:00", "21:00"),
    ("06:00", "22:30"),
    ("06:00", "02:00"),
)


def stores_file() -> BinaryIO:
    """The partner stores, QD0001 first; it is open round the clock, so a try at night works."""
    return _file(STORE_COLUMNS.required, _stores())


def members_file(workers: int = WORKERS_COUNT, others: int = OTHER_MEMBERS_COUNT) -> BinaryIO:
    """The members: workers first, M00000001 among them, then the others."""
    return _file(MEMBER_COLUMNS.required, _members(workers, others))


def write_members(text: TextIO, *, workers: int, others: int = 0) -> None:
    """The same into an open file, however many: nobody holds them all."""
    _write(text, MEMBER_COLUMNS.required, _members(workers, others))


def _file(header: Iterable[str], rows: Iterator[Sequence[object]]) -> BinaryIO:
    text = io.StringIO(newline="")
    _write(text, header, rows)
    return io.BytesIO(text.getvalue().encode())


def _write(text: TextIO, header: Iterable[str], rows: Iterator[Sequence[object]]) -> None:
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)


def _stores() -> Iterator[Sequence[object]]:
    chance = random.Random(SEED)  # noqa: S311 - variety, not secrecy
    towns = [town for town in TOWNS for _ in range(town.stores)]
    for index, town in enumerate(towns[:STORES_COUNT]):
        street = town.streets[index % len(town.streets)]
        chain = CHAINS[index % len(CHAINS)]
        opens, closes = HOURS[index % len(HOURS)]
        yield (
            f"QD{index + 1:04}",
            f"{chain}（{street}{index % 97 + 1}店）",
            COMPANY.format(chain=chain),
            town.district.value,
            f"青岛市{town.name}{street}{chance.randrange(1, 400)}号",
            round(chance.uniform(town.south, town.north), 6),
            round(chance.uniform(town.west, town.east), 6),
            opens,
            closes,
        )


def _members(workers: int, others: int) -> Iterator[Sequence[object]]:
    chance = random.Random(SEED)  # noqa: S311 - variety, not secrecy
    districts = [town.district for town in TOWNS]
    weights = [town.stores for town in TOWNS]
    for index in range(workers + others):
        yield (
            f"M{index + 1:08}",
            chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2)))),
            _id_number(index, FIRST_BIRTHDAY + timedelta(days=chance.randrange(BIRTHDAYS))),
            f"120{index + 1:08}",
            chance.choices(districts, weights)[0].value,
            "|".join(_categories(index, workers)),
        )


def _id_number(index: int, birthday: date) -> str:
    """Place and sequence number alone make it unique, whatever the birthday."""
    place, sequence = divmod(index, 1_000)
    digits = f"99{place + 1:04}{birthday:%Y%m%d}{sequence:03}"
    return digits + check_digit(digits)


def _categories(index: int, workers: int) -> tuple[Category, ...]:
    if index < workers:
        hardship = index % HARDSHIP_AMONG_WORKERS == HARDSHIP_AMONG_WORKERS - 1
        return WORKER_CATEGORIES[index % 3] + ((Category.HARDSHIP,) if hardship else ())
    return (Category.HARDSHIP,) if index % HARDSHIP_AMONG_OTHERS == 0 else ()
