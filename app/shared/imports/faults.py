"""Why a row is refused: one code a meaning, and its words.

No text of the row goes into a refusal, because the text may be an identity
number; the line and the column say where to look.
"""

from dataclasses import dataclass

from app.platform.errors import Words
from app.shared.identity.id_number import IdNumberFault


@dataclass(frozen=True)
class RowFault:
    """What can be wrong with a row. `words` may name `{column}` and `{first_line}`."""

    code: str
    words: Words


ROW_MALFORMED = RowFault(
    "row_malformed",
    Words(
        "该行的格数与列名不符，或引号不成对",
        "the row has not as many cells as there are columns, or a quote is not closed",
    ),
)
TEXT_UNREADABLE = RowFault(
    "text_unreadable",
    Words("该行含有无法识别的字符", "the row holds characters that cannot be read"),
)
VALUE_MISSING = RowFault("value_missing", Words("{column} 为空", "{column} is empty"))
VALUE_TOO_LONG = RowFault("value_too_long", Words("{column} 过长", "{column} is too long"))
SPOILT_BY_EXCEL = RowFault(
    "number_spoilt_by_excel",
    Words(
        "{column} 被 Excel 改成了科学计数，末几位已丢失；请将该列设为“文本”后重新填写",
        "Excel has turned {column} into a rounded number and its last digits are lost; "
        "format the column as text and enter it again",
    ),
)
NUMBER_MALFORMED = RowFault(
    "number_malformed",
    Words(
        "{column} 只能由 1–64 个字母、数字、“_”“-”组成",
        "{column} is 1 to 64 letters, digits, _ or -",
    ),
)
PHONE_MALFORMED = RowFault(
    "phone_malformed",
    Words("手机号应为 1 开头的 11 位数字", "a phone number is 11 digits and begins with 1"),
)
DISTRICT_UNKNOWN = RowFault(
    "district_unknown",
    Words(
        "区市未知；请用英文小写名称，例如 west_coast",
        "unknown district; use the lower snake case name, such as west_coast",
    ),
)
CATEGORY_UNKNOWN = RowFault(
    "category_unknown",
    Words(
        "类别未知；可用 new_employment、outdoor、hardship，以 | 分隔",
        "unknown category; use new_employment, outdoor, hardship, joined by |",
    ),
)
DATE_MALFORMED = RowFault(
    "date_malformed",
    Words("{column} 应为日期，例如 2026-12-31", "{column} is a date such as 2026-12-31"),
)
COORDINATE_MALFORMED = RowFault(
    "coordinate_malformed",
    Words(
        "{column} 应为十进制度数，纬度 -90 至 90，经度 -180 至 180",
        "{column} is in decimal degrees, latitude -90 to 90, longitude -180 to 180",
    ),
)
HOURS_MALFORMED = RowFault(
    "hours_malformed",
    Words(
        "营业时间应为 06:00 这样的时刻；打烊可为 24:00 或次日凌晨，总时长不超过 24 小时",
        "hours are times such as 06:00; closing may be 24:00 or past midnight, "
        "24 hours after opening at most",
    ),
)
DUPLICATE_IN_FILE = RowFault(
    "duplicate_in_file",
    Words(
        "该编号在第 {first_line} 行已出现，以前者为准",
        "line {first_line} has the same number already; that one counts",
    ),
)
MEMBER_ERASED = RowFault(
    "member_erased",
    Words(
        "该会员已要求删除其个人信息，账号不再导入",
        "this member had their data erased; the account is not read in again",
    ),
)
ID_NUMBER_CHANGED = RowFault(
    "id_number_changed",
    Words(
        "该会员号已登记为另一个身份证号；账号不能通过导入转给他人",
        "this member number belongs to another identity number; "
        "an account does not become another person's by import",
    ),
)
ID_NUMBER_FAULTS = {
    IdNumberFault.FORM: RowFault(
        IdNumberFault.FORM.value,
        Words(
            "身份证号应为 18 位，末位可为 X",
            "an identity number has 18 digits, the last may be X",
        ),
    ),
    IdNumberFault.DATE: RowFault(
        IdNumberFault.DATE.value,
        Words("身份证号中的出生日期不存在", "the date of birth in the identity number is none"),
    ),
    IdNumberFault.CHECK_DIGIT: RowFault(
        IdNumberFault.CHECK_DIGIT.value,
        Words("身份证号校验位不符", "the identity number's check digit is wrong"),
    ),
}


class RowRefused(Exception):
    """Raised while a row is read; caught by the chunk that reads it."""

    def __init__(self, fault: RowFault, column: str | None = None) -> None:
        super().__init__(fault.code)
        self.fault = fault
        self.column = column


@dataclass(frozen=True)
class RowRefusal:
    """One line of the report. `line` is the file's, the header being line 1."""

    line: int
    code: str
    column: str | None
    detail: Words


def refusal(
    line: int, fault: RowFault, *, column: str | None = None, first_line: int | None = None
) -> RowRefusal:
    """The report's line for a fault, its words filled in."""
    detail = Words(
        fault.words.zh.format(column=column, first_line=first_line),
        fault.words.en.format(column=column, first_line=first_line),
    )
    return RowRefusal(line, fault.code, column, detail)
