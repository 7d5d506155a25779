"""Notices in JSON: a member's inbox and settings; words and sends as staff see them."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.models.states import NoticeChannel, NoticeOutcome
from app.schemas.base import Input, Instant, Output, PageOut, ShortText, StaffInput, Text
from app.shared.notices import Content, Template, VariableType

KIND_PATTERN = r"^[a-z_]{1,40}\.[a-z_]{1,40}$"
KIND_EXAMPLE = "breakfast.voucher_expiring"
KindName = Annotated[str, Field(pattern=KIND_PATTERN)]
Given = Text | Annotated[int, Field(strict=True)] | None


class NoticeOut(Output):
    """Something that I was told, in the language that was asked for."""

    id: UUID
    kind: str = Field(examples=[KIND_EXAMPLE])
    title: str
    body: str
    link: str | None = Field(
        description="本接口的路径，供 App 打开相应页面 · a path of this API for the app to open",
        examples=["/v1/breakfast/stores?district=shinan"],
    )
    created_at: Instant
    read_at: Instant | None = Field(description="空为未读 · null: unread")


class NoticeList(PageOut[NoticeOut]):
    """A page of my inbox, the newest first."""

    unread_count: int = Field(description="全部未读数 · unread in all pages together")


class NoticeSettingOut(Output):
    """A kind that reaches phones, and whether I keep it in the inbox alone."""

    kind: str
    name: str
    channels: list[NoticeChannel]
    optional: bool = Field(description="可否关闭推送 · whether I may turn it off")
    opted_out: bool = Field(description="已关闭推送，仍进收件箱 · off; the inbox still gets it")


class NoticeSettingsOut(Output):
    items: list[NoticeSettingOut]


class NoticeSettingsIn(Input):
    """All kinds that are to stay in the inbox; the others reach my phone."""

    model_config = ConfigDict(json_schema_extra={"example": {"opted_out": [KIND_EXAMPLE]}})

    opted_out: list[KindName] = Field(max_length=100)


class VariableOut(Output):
    name: str
    type: VariableType
    example: Any
    about_zh: str
    about_en: str
    needed: bool = Field(description="两种语言都必须用到 · both languages must name it")


class WordsIn(StaffInput):
    """Four texts. A variable is its name in braces; nothing else is filled in."""

    title_zh: ShortText = Field(examples=["早餐券即将到期"])
    body_zh: Text = Field(examples=["您的早餐券{last_day}当天结束后失效，请尽快使用。"])
    title_en: ShortText = Field(examples=["Your breakfast voucher is about to expire"])
    body_en: Text = Field(examples=["Use your breakfast voucher by the end of {last_day}."])


class TemplateIn(WordsIn):
    """The words from now on, and the version that they were written after."""

    version: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] = Field(examples=[0])


class TemplateOut(Output):
    """A kind and the words that the next notice of it will have."""

    kind: str = Field(examples=[KIND_EXAMPLE])
    about_zh: str
    about_en: str
    version: int = Field(description="0 为默认文字 · 0: the words that it came with")
    title_zh: str
    body_zh: str
    title_en: str
    body_en: str
    variables: list[VariableOut]
    channels: list[NoticeChannel] = Field(description="收件箱之外 · beside the inbox")
    optional: bool = Field(description="会员可否关闭 · whether members may turn it off")
    quiet: bool = Field(description="22:00–08:00 不打扰 · waits for the end of the quiet hours")
    edited_by: str | None
    edited_at: Instant | None

    @classmethod
    def of(cls, template: Template) -> Self:
        kind = template.kind
        return cls(
            kind=kind.name,
            about_zh=kind.about.zh,
            about_en=kind.about.en,
            version=template.version,
            **_texts(template.wording),
            variables=[
                VariableOut(
                    name=each.name,
                    type=each.type,
                    example=each.example,
                    about_zh=each.about.zh,
                    about_en=each.about.en,
                    needed=each.needed,
                )
                for each in kind.variables
            ],
            channels=list(kind.channels),
            optional=kind.optional,
            quiet=kind.quiet,
            edited_by=template.edited_by,
            edited_at=template.edited_at,
        )


class PreviewIn(StaffInput):
    """What is left out is as it is now; without `variables` the examples are filled in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"body_zh": "早餐券{last_day}到期，请尽快使用。"}},
    )

    title_zh: ShortText | None = None
    body_zh: Text | None = None
    title_en: ShortText | None = None
    body_en: Text | None = None
    variables: dict[str, Given] | None = Field(
        default=None,
        description=(
            "全部变量的值；日期、时间为文本，金额为整数分 · a value for each variable; days and "
            "times as text, money in whole fen"
        ),
    )


class PreviewOut(Output):
    """What a member would read."""

    title_zh: str
    body_zh: str
    title_en: str
    body_en: str

    @classmethod
    def of(cls, content: Content) -> Self:
        return cls(**_texts(content))


class NoticeSendOut(Output):
    """What became of one notice on one channel; who was told, and what, is not shown."""

    id: UUID
    notice_id: UUID
    kind: str
    channel: NoticeChannel
    job_id: UUID = Field(
        description="后台任务；也是接收方的 webhook-id · its job, and the receiver's webhook-id"
    )
    outcome: NoticeOutcome = Field(
        description=(
            "`sent` 对方已收下；`logged` 只写了日志；`failed` 最近一次失败，见任务；`opted_out` "
            "会员已关闭；`too_late` 已过时；`no_channel` 没有渠道 · taken by the other side; a "
            "line in the log; the last attempt failed; turned off; no longer of use; no carrier"
        )
    )
    error: str | None = Field(examples=[None], description="失败原因代码 · why it failed")
    attempts_count: int
    first_at: Instant
    last_at: Instant


def _texts(words: Any) -> dict[str, str]:
    """Of whatever has a title and a body in both languages."""
    return {
        "title_zh": words.title.zh,
        "body_zh": words.body.zh,
        "title_en": words.title.en,
        "body_en": words.body.en,
    }
