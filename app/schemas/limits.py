"""The published table of limits in JSON."""

from typing import Self

from pydantic import Field

from app.platform.errors import Words
from app.schemas.base import Output
from app.shared.limits import AT_ONCE, GUESSES, RATES, AtOncePolicy, GuessPolicy, RatePolicy


class BothWords(Output):
    """One phrase in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, words: Words) -> Self:
        return cls(zh=words.zh, en=words.en)


class RateLimitOut(Output):
    """So many requests a caller within the window; all of them may come at once."""

    name: str = Field(description="RateLimit 头中的名称 · its name in the RateLimit headers")
    quota: int
    window_s: int
    counted_by: BothWords
    about: BothWords

    @classmethod
    def of(cls, policy: RatePolicy) -> Self:
        return cls(
            name=policy.name,
            quota=policy.quota,
            window_s=policy.window_s,
            counted_by=BothWords.of(policy.counted_by),
            about=BothWords.of(policy.about),
        )


class GuessLimitOut(Output):
    """So many wrong guesses within the window; past them every answer is the same 429, or, with
    a first wait, each further guess is let in after a wait that doubles up to the longest."""

    name: str
    most: int
    window_s: int
    first_wait_s: int = Field(description="0：不放慢而关闭 · 0: shut, not slowed down")
    longest_wait_s: int
    counted_by: BothWords
    about: BothWords

    @classmethod
    def of(cls, policy: GuessPolicy) -> Self:
        return cls(
            name=policy.name,
            most=policy.most,
            window_s=policy.window_s,
            first_wait_s=policy.first_wait_s,
            longest_wait_s=policy.longest_wait_s,
            counted_by=BothWords.of(policy.counted_by),
            about=BothWords.of(policy.about),
        )


class AtOnceLimitOut(Output):
    """Requests in hand at the same time, in one process: past a caller's own the answer is 429,
    past those of all together 503."""

    name: str
    most: int = Field(description="每个调用方 · of one caller")
    in_all: int = Field(description="合计 · of all together")
    counted_by: BothWords
    about: BothWords

    @classmethod
    def of(cls, policy: AtOncePolicy) -> Self:
        return cls(
            name=policy.name,
            most=policy.most,
            in_all=policy.in_all,
            counted_by=BothWords.of(policy.counted_by),
            about=BothWords.of(policy.about),
        )


class LimitsOut(Output):
    rates: list[RateLimitOut]
    guesses: list[GuessLimitOut]
    at_once: AtOnceLimitOut

    @classmethod
    def published(cls) -> Self:
        return cls(
            rates=[RateLimitOut.of(policy) for policy in RATES],
            guesses=[GuessLimitOut.of(policy) for policy in GUESSES],
            at_once=AtOnceLimitOut.of(AT_ONCE),
        )
