"""Bad input in plain words: where it stands, what is wrong, in two languages."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from app.platform.errors import FieldError, Words

# Typed by a Chinese keyboard where JSON wants ASCII: the usual cause of unreadable bodies.
CHINESE_PUNCTUATION = "“”‘’，：｛｝［］【】"
HINT_REACH = 3

_NO_BODY = Words("缺少请求体", "a body is required")

_WORDS: dict[str, Words] = {
    "missing": Words("缺少此字段", "this field is required"),
    "extra_forbidden": Words("没有这个字段", "there is no such field"),
    "string_type": Words("应为文本", "should be text"),
    "string_unicode": Words("含有不成对的代理字符", "holds half of a surrogate pair"),
    "string_too_short": Words("至少 {min_length} 个字符", "at least {min_length} characters"),
    "string_too_long": Words("最多 {max_length} 个字符", "at most {max_length} characters"),
    "string_pattern_mismatch": Words("应符合 {pattern}", "should match {pattern}"),
    "int_type": Words("应为整数", "should be an integer"),
    "int_parsing": Words("应为整数", "should be an integer"),
    "int_from_float": Words("应为整数", "should be an integer"),
    "float_type": Words("应为数字", "should be a number"),
    "float_parsing": Words("应为数字", "should be a number"),
    "finite_number": Words("应为有限数字", "should be a finite number"),
    "bool_type": Words("应为 true 或 false", "should be true or false"),
    "bool_parsing": Words("应为 true 或 false", "should be true or false"),
    "greater_than": Words("应大于 {gt}", "should be greater than {gt}"),
    "greater_than_equal": Words("应不小于 {ge}", "should be at least {ge}"),
    "less_than": Words("应小于 {lt}", "should be less than {lt}"),
    "less_than_equal": Words("应不大于 {le}", "should be at most {le}"),
    "enum": Words("应为 {expected} 之一", "should be one of {expected}"),
    "literal_error": Words("应为 {expected}", "should be {expected}"),
    "uuid_type": Words("应为 UUID", "should be a UUID"),
    "uuid_parsing": Words("应为 UUID", "should be a UUID"),
    "timezone_aware": Words("时间须带时区，如 +08:00", "a time needs its offset, such as +08:00"),
    "time_format": Words("应为 RFC 3339 时间文本", "should be a time in RFC 3339, as text"),
    "time_range": Words("时间应在 1970 至 2199 年之间", "should be between 1970 and 2199"),
    "datetime_parsing": Words("应为 RFC 3339 时间文本", "should be a time in RFC 3339"),
    "datetime_from_date_parsing": Words("应为 RFC 3339 时间文本", "should be a time in RFC 3339"),
    "date_from_datetime_parsing": Words("应为日期，如 2023-01-05", "should be a date, 2023-01-05"),
    "date_parsing": Words("应为日期，如 2023-01-05", "should be a date, 2023-01-05"),
    "text_control": Words("不能含控制字符", "may not contain control characters"),
    "list_type": Words("应为列表", "should be a list"),
    "too_short": Words("至少 {min_length} 项", "at least {min_length} items"),
    "too_long": Words("最多 {max_length} 项", "at most {max_length} items"),
    "dict_type": Words("应为对象", "should be an object"),
    "model_attributes_type": Words("应为 JSON 对象", "should be a JSON object"),
    "hours_invalid": Words("opens 应早于 24:00", "opens should be before 24:00"),
    "window_empty": Words("opens_at 应早于 closes_at", "opens_at should be before closes_at"),
    "show_one": Words(
        "请只填一种：pass、proxy_code，或 name 与 phone_last4",
        "send one of them: pass, proxy_code, or name with phone_last4",
    ),
    "recipient_whole": Words("姓名与电话须一起填写", "name and phone go together"),
    "no_paper": Words("至少一副", "at least one pair"),
    "opening_not_available": Words(
        "抽签预约尚未提供，请用 first_come", "a fair draw is not available yet; use first_come"
    ),
    "day_repeated": Words("每个例外日期只列一次", "name each exceptional day once"),
    "dearer_than_listed": Words("会员价不得高于标价", "no dearer than the list price"),
    "line_doubled": Words("每一行只列一次", "each line once"),
    "name_missing": Words("商户须有名称", "a merchant has a name"),
    "no_way": Words("至少一个自提点，或可配送", "a site, or delivery"),
    "pack_repeated": Words("每个礼包只列一次", "name each kind of pack once"),
    "want_one": Words(
        "请填 slot_id，或 topic 与 starts_at", "send slot_id, or topic and starts_at"
    ),
    "category_doubled": Words("每个类别只列一次", "name each category once"),
    "category_repeated": Words("每个类别只列一次", "name each category once"),
    "json_invalid": Words("不是有效的 JSON", "is not valid JSON"),
}


# Also what a body is that was sent without saying that it is JSON: nobody has parsed it.
NO_OBJECT = Words(
    "应为 JSON 对象，并带请求头 Content-Type: application/json",
    "should be a JSON object, with the header Content-Type: application/json",
)


def field_error(item: Mapping[str, Any]) -> FieldError:
    """One of Pydantic's errors, in our words. Values that were sent are not repeated."""
    kind, context = str(item["type"]), item.get("ctx") or {}
    if kind == "model_attributes_type" and item["loc"] == ("body",):
        return FieldError(pointer(item["loc"]), NO_OBJECT, kind)
    words = _NO_BODY if (kind, item["loc"]) == ("missing", ("body",)) else _WORDS.get(kind)
    if words is None:
        message = str(item.get("msg", "invalid")).removeprefix("Value error, ")
        return FieldError(pointer(item["loc"]), Words(f"取值有误：{message}", message), kind)
    return FieldError(
        pointer(item["loc"]),
        Words(words.zh.format_map(context), words.en.format_map(context)),
        kind,
    )


def pointer(place: tuple[Any, ...]) -> str:
    """`#/lines/0/quantity` in the body, `/query/limit` elsewhere."""
    head, *rest = [str(part).replace("~", "~0").replace("/", "~1") for part in place] or [""]
    return "/".join(["#" if head == "body" else f"/{head}", *rest])


def body_error(error: RequestValidationError) -> FieldError | None:
    """Where unreadable JSON breaks off, or None if the body was readable."""
    for item in error.errors():
        if item["type"] == "json_invalid":
            text = error.body if isinstance(error.body, str) else ""
            return broken_json(text, int(item["loc"][-1]))
    return None


def broken_json(text: str, position: int) -> FieldError:
    """The line and column where JSON breaks off, with a hint if Chinese punctuation is near."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    near = text[max(0, position - HINT_REACH) : position + HINT_REACH]
    zh, en = f"第 {line} 行第 {column} 列", f"line {line}, column {column}"
    if any(mark in near for mark in CHINESE_PUNCTUATION):
        zh += '：此处是中文引号或逗号，请改用英文半角 " 和 ,'
        en += ': Chinese quotes or commas stand here, use " and ,'
    return FieldError("#", Words(zh, en), "json_invalid")
