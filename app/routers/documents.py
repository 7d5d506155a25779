"""The documents for people and programs: `/openapi.json`, `/docs` for each audience, and the
guides for developers outside.

Nothing is fetched from elsewhere: Swagger UI's files come with `fastapi-offline`.
"""

import asyncio
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from app.platform.errors import NotFound
from app.routers.guard import anyone, api_router
from app.routers.openapi import Documents
from app.routers.pages import STATIC, Markup, fill, page

router = api_router()

PAGES = {
    "/docs": "全部 · All",
    "/docs/app": "会员 App · Members' app",
    "/docs/store": "门店 · Stores",
    "/docs/admin": "工作人员 · Staff",
    "/problems": "拒绝代码 · Refusals",
}
# By audience; they lie where a reader of the project looks for them.
GUIDES = {"app": "for-apps.md", "store": "for-stores.md"}
GUIDES_FOLDER = Path(__file__).resolve().parents[2] / "docs"


def install_documents(app: FastAPI) -> None:
    """Last of all routers: the documents describe those that are there."""
    app.state.documents = Documents(app)
    # First, so that "assets" is not taken for an audience.
    app.mount(
        "/docs/assets", StaticFiles(directory=STATIC, packages=[("fastapi_offline", "static")])
    )
    app.include_router(router)


def documents_of(request: Request) -> Documents:
    """The documents of the application that answers."""
    documents: Documents = request.app.state.documents
    return documents


@router.get("/", include_in_schema=False)
@anyone()
async def front_door() -> RedirectResponse:
    """Whoever opens the service in a browser wants to read about it."""
    return RedirectResponse("/docs")


@router.get("/openapi.json", include_in_schema=False)
@anyone()
async def whole_document(request: Request) -> Response:
    return _json(await asyncio.to_thread(documents_of(request).written))


@router.get("/docs", include_in_schema=False)
@anyone()
async def whole_page() -> HTMLResponse:
    return _swagger("/docs", "/openapi.json")


@router.get("/docs/{audience}/openapi.json", include_in_schema=False)
@anyone()
async def audience_document(audience: str, request: Request) -> Response:
    _require_page(audience)
    return _json(await asyncio.to_thread(documents_of(request).part, audience))


@router.get("/docs/{audience}/guide", include_in_schema=False)
@anyone()
async def audience_guide(audience: str) -> PlainTextResponse:
    """As it is written: browsers show plain text, and would only save Markdown."""
    if audience not in GUIDES:
        raise NotFound()
    return PlainTextResponse(await asyncio.to_thread((GUIDES_FOLDER / GUIDES[audience]).read_text))


@router.get("/docs/{audience}", include_in_schema=False)
@anyone()
async def audience_page(audience: str) -> HTMLResponse:
    _require_page(audience)
    return _swagger(f"/docs/{audience}", f"/docs/{audience}/openapi.json")


def _json(document: bytes) -> Response:
    return Response(document, media_type="application/json")


def _require_page(audience: str) -> None:
    if f"/docs/{audience}" not in PAGES:
        raise NotFound()


def _swagger(here: str, document: str) -> HTMLResponse:
    links = [
        fill(
            '<a href="$path"$current>$name</a>',
            path=path,
            name=name,
            current=Markup(' aria-current="page"' if path == here else ""),
        )
        for path, name in PAGES.items()
    ]
    return page(
        "docs", title=f"五大礼包 · {PAGES[here]}", document=document, links=Markup("\n".join(links))
    )
