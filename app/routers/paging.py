"""`?limit=` and `?cursor=` in, `next_cursor` and a `Link` header out."""

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request, Response

from app.platform.pages import USUAL_PAGE, Page, PageRequest
from app.routers.numerals import INTEGER

T = TypeVar("T")

USUAL = USUAL_PAGE.limit


async def _page_request(
    limit: Annotated[
        int, Query(ge=1, le=200, description="每页条数 · items a page"), INTEGER
    ] = USUAL,
    cursor: Annotated[
        str | None,
        Query(max_length=500, description="上一页的 next_cursor · next_cursor of the page before"),
    ] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(_page_request)]


def link_next(request: Request, response: Response, page: Page[Any]) -> None:
    """The `Link` header (RFC 8288) of a page that has a next one."""
    if page.next_cursor is not None:
        url = request.url.include_query_params(cursor=page.next_cursor)
        target = f"{url.path}?{url.query}"
        response.headers["Link"] = f'<{target}>; rel="next"'
