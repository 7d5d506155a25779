"""Which of the two languages a caller reads, and what is said in it."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Literal

from fastapi import Depends, Request, Response

from app.platform.clock import SHANGHAI
from app.platform.errors import Words
from app.routers.state_words import STATE_WORDS

Language = Literal["zh", "en"]

# What programs call it and what people do, where a sentence shows it to members and clerks.
_NAMES: dict[str, Words] = {
    "per_person_per_day": Words("每日", "a day"),
    "per_person_total": Words("总共", "in all"),
    "new_employment": Words("新就业形态劳动者", "new-employment workers"),
    "outdoor": Words("户外劳动者", "outdoor workers"),
    "hardship": Words("困难职工", "members in hardship"),
    **STATE_WORDS,
}
_BETWEEN = " | "


@lru_cache(maxsize=256)
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


def say(words: Words, language: Language, facts: Mapping[str, object] | None = None) -> str:
    """The sentence in one language, with the facts it names filled in as people read them."""
    text = _in(words, language)
    if not facts or "{" not in text:
        return text
    return text.format_map({name: _readable(fact, language) for name, fact in facts.items()})


def _in(words: Words, language: Language) -> str:
    return words.zh if language == "zh" else words.en


def _readable(fact: object, language: Language) -> object:
    """An instant as Shanghai's minute, known names in the reader's words; all else as it is."""
    if not isinstance(fact, str):
        return fact
    names = fact.split(_BETWEEN)
    if all(name in _NAMES for name in names):
        return ("、" if language == "zh" else ", ").join(_in(_NAMES[n], language) for n in names)
    try:
        at = datetime.fromisoformat(fact)
    except ValueError:
        return fact
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at.tzinfo else fact


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
