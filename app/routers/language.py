"""Which of the two languages a caller reads."""

from typing import Annotated, Literal

from fastapi import Depends, Request, Response

from app.platform.errors import Words

Language = Literal["zh", "en"]


def negotiate(accept_language: str | None) -> Language:
    """The preferred of zh and en by RFC 9110 weights; Chinese when neither is named."""
    best: tuple[float, Language] = (0.0, "zh")
    for part in (accept_language or "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        language = tag.strip().lower().split("-")[0]
        if language == "en" and quality > best[0]:
            best = (quality, "en")
        if language in {"zh", "*"} and quality > best[0]:
            best = (quality, "zh")
    return best[1]


def say(words: Words, language: Language, facts: dict[str, object] | None = None) -> str:
    """The sentence in one language, with the facts it names filled in."""
    text = words.zh if language == "zh" else words.en
    return text.format_map(facts) if facts and "{" in text else text


def spoken_headers(language: Language) -> dict[str, str]:
    """What an answer in one of the languages says of itself."""
    return {
        "Content-Language": "zh-CN" if language == "zh" else "en",
        "Vary": "Accept-Language",
    }


async def _spoken(request: Request, response: Response) -> Language:
    language = negotiate(request.headers.get("accept-language"))
    response.headers.update(spoken_headers(language))
    return language


# The caller's language, for an answer that is written in it.
Spoken = Annotated[Language, Depends(_spoken)]
