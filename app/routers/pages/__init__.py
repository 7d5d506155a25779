"""HTML pages for people: templates, their look, and the header that keeps them to themselves."""

import html
from pathlib import Path
from string import Template

from fastapi.responses import HTMLResponse

HERE = Path(__file__).parent
STATIC = HERE / "static"

# Nothing from elsewhere, nothing inline that could run. Swagger UI sets inline styles.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


class Markup(str):
    """HTML that was made here and goes into a page as it stands."""

    __slots__ = ()


def fill(template: str, **values: str) -> Markup:
    """A piece of HTML with its values filled in, escaped unless they are `Markup`."""
    safe = {
        name: value if isinstance(value, Markup) else html.escape(value)
        for name, value in values.items()
    }
    return Markup(Template(template).substitute(safe))


def page(name: str, **values: str) -> HTMLResponse:
    """The page `<name>.html` of this folder."""
    text = fill((HERE / f"{name}.html").read_text(), **values)
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})
