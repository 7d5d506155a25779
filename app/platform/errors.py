"""Saying no: one exception class a meaning, plain Python, no HTTP framework.

A `Refusal` carries everything a problem document needs. The edge turns it into
one (`app/routers/problems.py`); nothing else catches it. A pack's own refusals
stand in its `refusals.py`.
"""

import random
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

LONGEST_RETRY_S = 3

REGISTRY: "dict[str, type[Refusal]]" = {}


class Words(NamedTuple):
    """One sentence in the two languages that callers can ask for."""

    zh: str
    en: str


class FieldError(NamedTuple):
    """One bad place in the input. `pointer` is `#/total` in the body,
    `/query/limit`, `/path/id` or `/header/name` elsewhere."""

    pointer: str
    detail: Words
    code: str


class Refusal(Exception):
    """A definite no. Subclasses fix `status`, `code`, `title` and `detail`.

    `matters`: an act of staff or of a till that is refused so leaves a row in the ledger,
    because somebody tried what they may not, or what the state of things forbids.

    `detail` may name members of `facts` in braces, and shows them as people read
    them. `facts` are added to the problem document as they are (JSON values);
    `headers` to the answer.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[Words]
    detail: ClassVar[Words]
    matters: ClassVar[bool] = False

    def __init__(
        self,
        *,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(self.code)
        self.errors = errors
        self.headers = dict(headers or {})
        self.facts = facts

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in vars(cls):
            other = REGISTRY.setdefault(cls.code, cls)
            if other is not cls:
                raise TypeError(f"refusal code {cls.code!r} is defined twice")


class Unauthenticated(Refusal):
    """No token, or one that does not verify (RFC 6750)."""

    status, code = 401, "unauthenticated"
    title = Words("请先登录", "Not signed in")
    detail = Words("令牌缺失、无效或已过期。", "The token is missing, invalid or expired.")


class Forbidden(Refusal):
    status, code = 403, "forbidden"
    matters = True
    title = Words("没有权限", "Forbidden")
    detail = Words("该身份不能执行此操作。", "This caller may not do this.")


class NotFound(Refusal):
    """Also the answer for an object that belongs to somebody else."""

    status, code = 404, "not_found"
    title = Words("找不到", "Not found")
    detail = Words("没有这个对象，或它不属于您。", "There is no such object, or it is not yours.")


class MethodNotAllowed(Refusal):
    status, code = 405, "method_not_allowed"
    title = Words("方法不支持", "Method not allowed")
    detail = Words("此路径不支持该方法。", "This path does not know that method.")


class BodyMalformed(Refusal):
    status, code = 400, "body_malformed"
    title = Words("请求体无法读取", "Unreadable body")
    detail = Words("请求体不是有效的 JSON。", "The body is not valid JSON.")


class BodyTooLarge(Refusal):
    status, code = 413, "body_too_large"
    title = Words("请求体过大", "Body too large")
    detail = Words("请求体超出允许的大小。", "The body is larger than allowed.")


class InputInvalid(Refusal):
    status, code = 422, "input_invalid"
    title = Words("输入有误", "Invalid input")
    detail = Words("请更正 errors 中列出的字段。", "Correct the fields listed in errors.")


def invalid(place: str, zh: str, en: str, code: str) -> InputInvalid:
    """One bad place of the body."""
    return InputInvalid(errors=(FieldError(f"#/{place}", Words(zh, en), code),))


class CursorInvalid(Refusal):
    status, code = 422, "cursor_invalid"
    title = Words("游标无效", "Invalid cursor")
    detail = Words(
        "请使用上一页返回的 next_cursor，或不带游标重新开始。",
        "Use the next_cursor of the page before, or start again without one.",
    )


class VersionStale(Refusal):
    """Somebody else changed the object since it was read."""

    status, code = 412, "version_stale"
    title = Words("内容已被更改", "Changed meanwhile")
    detail = Words(
        "该对象已被他人更改，请重新读取后再试。",
        "Somebody changed this since you read it; read it again.",
    )


class DeadlinePassed(Refusal):
    """Too late by the service's clock. Facts: `deadline_at`."""

    status, code = 409, "deadline_passed"
    title = Words("已过截止时间", "Too late")
    detail = Words("截止时间为 {deadline_at}，已经过了。", "It had to be before {deadline_at}.")


class StateConflict(Refusal):
    status, code = 409, "state_conflict"
    matters = True
    title = Words("当前状态不允许", "Not in this state")
    detail = Words(
        "当前状态为 {state}，不能执行该操作。", "The state is {state}; that act is not possible."
    )


class AlreadyExists(Refusal):
    status, code = 409, "already_exists"
    title = Words("已存在", "Already exists")
    detail = Words("同名对象已存在。", "An object of that name exists already.")


class QuotaExceeded(Refusal):
    status, code = 429, "quota_exceeded"
    title = Words("请求过于频繁", "Too many requests")
    detail = Words("请稍后再试。", "Try again later.")

    def __init__(self, *, retry_after_s: int = 1, **facts: Any) -> None:
        super().__init__(headers={"Retry-After": str(retry_after_s)}, **facts)


class TemporarilyUnavailable(Refusal):
    """Overload or a lost dependency: nothing was promised, ask again."""

    status, code = 503, "temporarily_unavailable"
    title = Words("服务暂时不可用", "Temporarily unavailable")
    detail = Words(
        "请稍后用同一请求重试；重复提交是安全的。",
        "Send the same request again shortly; repeating it is safe.",
    )

    def __init__(self, *, retry_after_s: int | None = None) -> None:
        """Unless it is known when: not everybody in the same second."""
        super().__init__(headers={"Retry-After": str(retry_after_s or some_seconds())})


def some_seconds() -> int:
    """By chance, until whoever was refused for no doing of his own may ask again."""
    # No secret: a full process asks ten thousand times a second, and the kernel's own chance
    # would be an eighth of what a refusal costs, `randint` a twentieth.
    return 1 + int(random.random() * LONGEST_RETRY_S)  # noqa: S311


class InternalError(Refusal):
    """A bug. Never raised on purpose."""

    status, code = 500, "internal_error"
    title = Words("服务器内部错误", "Internal error")
    detail = Words("请携带 request_id 联系我们。", "Please tell us the request_id.")
