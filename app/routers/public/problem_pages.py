"""`/problems/<code>`: a page for whoever meets a refusal and wants to know what to do."""

import asyncio
import re

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.platform.errors import REGISTRY, NotFound, Refusal, Words
from app.routers.documents import documents_of
from app.routers.guard import anyone, api_router
from app.routers.openapi import Operation
from app.routers.pages import Markup, fill, page

router = api_router()

_FACT = re.compile(r"\{(\w+)\}")

_ADVICE: dict[int, Words] = {
    400: Words(
        "请求本身有误，原样重发没有用：请改正后再发。",
        "The request itself is wrong and repeating it does not help: mend it, then send it again.",
    ),
    401: Words(
        "请取得新的令牌，放入 Authorization: Bearer 请求头。",
        "Get a fresh token and send it as Authorization: Bearer.",
    ),
    403: Words(
        "该身份不能这样做；需要时请联系负责账号或资格的人员。",
        "This caller may not do it; ask whoever keeps the accounts or the entitlement.",
    ),
    404: Words(
        "请检查编号；别人的对象与不存在的对象回答相同。",
        "Check the id; somebody else's object and one that does not exist answer alike.",
    ),
    405: Words(
        "请使用 Allow 响应头列出的方法。", "Use a method that the Allow header of the answer lists."
    ),
    409: Words(
        "对象现在的状态不允许这样做：请重新读取，再决定下一步。同一个 Idempotency-Key 可以再试。",
        "The object is not in a state for it now: read it again, then decide. "
        "The same Idempotency-Key may be tried again.",
    ),
    410: Words(
        "已经不在了，不会再回来：请重新取得链接，或重新申请。",
        "It is gone for good: get a fresh link, or ask for it anew.",
    ),
    412: Words(
        "请重新读取对象，把改动做在新的版本上再提交。",
        "Read the object again, make the change on its new version, and send that.",
    ),
    413: Words("请分成几次发送较小的内容。", "Send less at a time."),
    422: Words(
        "请按 errors 列出的位置改正；没有 errors 时按 detail 改正。",
        "Correct what errors points at; where there is none, what detail says.",
    ),
    429: Words(
        "请按 Retry-After 响应头给出的秒数等待，再发同一个请求。",
        "Wait as many seconds as the Retry-After header says, then send the same request.",
    ),
    500: Words(
        "这是我们的错误。请记下 request_id 告诉我们；同一请求带同一个键重试是安全的。",
        "This is our mistake. Tell us the request_id; repeating the request with its key is safe.",
    ),
    503: Words(
        "没有作出任何承诺。请按 Retry-After 等待后原样重发，带同一个 Idempotency-Key。",
        "Nothing was promised. Wait as Retry-After says, then send the same request "
        "with the same Idempotency-Key.",
    ),
}


@router.get("/problems", include_in_schema=False)
@anyone()
async def list_problems() -> HTMLResponse:
    """Every refusal by status."""
    known = sorted(REGISTRY.values(), key=lambda refusal: (refusal.status, refusal.code))
    return page("problems", rows=Markup("\n".join(_row(refusal) for refusal in known)))


@router.get("/problems/{code}", include_in_schema=False)
@anyone()
async def explain_problem(code: str, request: Request) -> HTMLResponse:
    """One refusal: what it means, what to do, who answers with it."""
    refusal = REGISTRY.get(code)
    if refusal is None:
        raise NotFound()
    advice = _ADVICE[refusal.status]
    found = await asyncio.to_thread(documents_of(request).refusing, code)
    return page(
        "problem",
        code=code,
        status=str(refusal.status),
        title_zh=refusal.title.zh,
        title_en=refusal.title.en,
        detail_zh=_without_braces(refusal.detail.zh),
        detail_en=_without_braces(refusal.detail.en),
        advice_zh=advice.zh,
        advice_en=advice.en,
        facts=_facts(refusal),
        operations=_operations(found),
    )


def _row(refusal: type[Refusal]) -> Markup:
    return fill(
        '<tr><td>$status</td><td><a href="/problems/$code"><code>$code</code></a></td>'
        '<td>$zh<br><span lang="en">$en</span></td></tr>',
        status=str(refusal.status),
        code=refusal.code,
        zh=refusal.title.zh,
        en=refusal.title.en,
    )


def _without_braces(detail: str) -> str:
    return _FACT.sub(r"‹\1›", detail)


def _facts(refusal: type[Refusal]) -> Markup:
    names = sorted(set(_FACT.findall(refusal.detail.zh + refusal.detail.en)))
    items = [fill("<li><code>$name</code></li>", name=name) for name in names]
    return _section("文档中另有的字段", "Further members of the document", items)


def _operations(found: list[Operation]) -> Markup:
    items = [
        fill(
            "<li><code>$method $path</code> $summary</li>",
            method=operation.method.upper(),
            path=operation.path,
            summary=operation.description.get("summary", ""),
        )
        for operation in found
    ]
    return _section("哪些操作会这样回答", "Operations that may answer so", items)


def _section(zh: str, en: str, items: list[Markup]) -> Markup:
    if not items:
        return Markup("")
    return fill(
        '<h2>$zh <span lang="en">$en</span></h2>\n<ul>\n$items\n</ul>',
        zh=zh,
        en=en,
        items=Markup("\n".join(items)),
    )
