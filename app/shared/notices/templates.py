"""The words of each kind as they are now: read, previewed, and changed by staff."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError

from app.models.notices import NoticeTemplate
from app.platform.clock import Clock
from app.platform.db import Sessions
from app.platform.errors import FieldError, InputInvalid, NotFound, VersionStale, Words
from app.shared.ledger import Act, Actor, made, write
from app.shared.notices.kinds import Kinds, NoticeKind
from app.shared.notices.values import Value, read
from app.shared.notices.wording import Content, Wording, faults, fill
from app.shared.outbox.put import Transaction


@dataclass(frozen=True, slots=True)
class Template:
    """A kind with the words that the next notice of it will have. Version 0 is by nobody."""

    kind: NoticeKind
    version: int
    wording: Wording
    edited_by: str | None = None
    edited_at: datetime | None = None


async def current_templates(
    transaction: Transaction, kinds: Iterable[NoticeKind]
) -> dict[str, Template]:
    """The newest words of each of these kinds, by its name."""
    found = {kind.name: Template(kind, 0, kind.wording) for kind in kinds}
    row = NoticeTemplate
    rows = await transaction.execute(
        select(
            row.kind,
            row.version,
            row.edited_by,
            row.edited_at,
            row.title_zh,
            row.title_en,
            row.body_zh,
            row.body_en,
        )
        .ext(distinct_on(row.kind))
        .where(row.kind.in_(list(found)))
        .order_by(row.kind, row.version.desc())
    )
    for name, version, edited_by, edited_at, *texts in rows:
        wording = Wording(Words(*texts[:2]), Words(*texts[2:]))
        found[name] = Template(found[name].kind, version, wording, edited_by, edited_at)
    return found


async def list_templates(sessions: Sessions, kinds: Kinds) -> list[Template]:
    """Every kind there is, by name."""
    async with sessions() as session:
        return list((await current_templates(session, kinds.values())).values())


async def find_template(sessions: Sessions, kinds: Kinds, *, kind: str) -> Template:
    """Raises `NotFound` for a kind that nobody declares."""
    async with sessions() as session:
        return (await current_templates(session, [_declared(kinds, kind)]))[kind]


async def change_template(
    sessions: Sessions,
    kinds: Kinds,
    clock: Clock,
    *,
    actor: Actor,
    kind: str,
    version: int,
    wording: Wording,
) -> Template:
    """Write the words of every notice from now on; those that are written keep theirs.

    `version` is the one that was read. Raises `InputInvalid` naming each variable that is
    unknown or missing, `NotFound`, `VersionStale`.
    """
    declared = _declared(kinds, kind)
    _check(wording, declared)
    changed = Template(declared, version + 1, wording, actor.name, clock.now())
    try:
        async with sessions.begin() as session:
            newest = await session.scalar(
                select(func.coalesce(func.max(NoticeTemplate.version), 0)).where(
                    NoticeTemplate.kind == kind
                )
            )
            if newest != version:
                raise VersionStale(version=newest)
            # Who comes between the look and this meets the primary key.
            await session.execute(insert(NoticeTemplate).values(_row(changed)))
            await write(session, [_act(actor, changed)])
    except IntegrityError as error:
        raise VersionStale(version=version + 1) from error
    return changed


async def preview(
    sessions: Sessions,
    kinds: Kinds,
    *,
    kind: str,
    changes: Mapping[str, str],
    given: Mapping[str, object] | None = None,
) -> Content:
    """What a member would read: the present words with these changes (`title_zh`, …), filled
    with these values (JSON) or else the examples.

    Raises as `change_template`, and `InputInvalid` for values that are not those declared.
    """
    template = await find_template(sessions, kinds, kind=kind)
    words = wording_of({**_texts(template.wording), **changes})
    _check(words, template.kind)
    values = template.kind.examples() if given is None else _read_all(template.kind, given)
    return fill(words, template.kind.variables, values)


def wording_of(texts: Mapping[str, str]) -> Wording:
    """From the four texts by the names that they have in JSON and in the table."""
    return Wording(
        Words(texts["title_zh"], texts["title_en"]), Words(texts["body_zh"], texts["body_en"])
    )


def _texts(wording: Wording) -> dict[str, str]:
    title, body = wording.title, wording.body
    return {
        "title_zh": title.zh,
        "body_zh": body.zh,
        "title_en": title.en,
        "body_en": body.en,
    }


def _declared(kinds: Kinds, name: str) -> NoticeKind:
    kind = kinds.get(name)
    if kind is None:
        raise NotFound()
    return kind


def _check(wording: Wording, kind: NoticeKind) -> None:
    if wrong := faults(wording, kind.variables):
        raise InputInvalid(errors=tuple(wrong))


def _read_all(kind: NoticeKind, given: Mapping[str, object]) -> dict[str, Value]:
    """Raises `InputInvalid` with every value that is missing, unknown or of another type."""
    values: dict[str, Value] = {}
    errors: list[FieldError] = []
    for variable in kind.variables:
        if variable.name not in given:
            errors.append(_wrong(variable.name, "variable_missing", "缺少变量", "missing"))
            continue
        try:
            values[variable.name] = read(variable, given[variable.name])
        except ValueError:
            what = str(variable.type)
            errors.append(
                _wrong(variable.name, "variable_type", f"类型应为 {what}", f"takes a {what}")
            )
    known = {variable.name for variable in kind.variables}
    errors += [
        _wrong(name, "variable_unknown", "没有这个变量", "there is no such variable")
        for name in given
        if name not in known
    ]
    if errors:
        raise InputInvalid(errors=tuple(errors))
    return values


def _wrong(name: str, code: str, zh: str, en: str) -> FieldError:
    return FieldError(f"#/variables/{name}", Words(zh, en), code)


def _act(actor: Actor, template: Template) -> Act:
    """A kind has a name and no id, so its fields carry it."""
    name = template.kind.name
    texts = {f"{name}.{field}": text for field, text in _texts(template.wording).items()}
    changes = made(**{f"{name}.version": template.version, **texts})
    return Act(actor, "notice_template.change", "notice_template", None, changes)


def _row(template: Template) -> dict[str, object]:
    return {
        **_texts(template.wording),
        "kind": template.kind.name,
        "version": template.version,
        "edited_by": template.edited_by,
        "edited_at": template.edited_at,
    }
