"""Words with variables: only what was declared is filled in, and only once."""

from datetime import UTC, date, datetime

import pytest

from app.models.states import District
from app.platform.errors import Words
from app.shared.identity.districts import DISTRICT_WORDS
from app.shared.notices import NoticeKind, Value, Variable, VariableType, Wording, gather
from app.shared.notices.values import read, spell
from app.shared.notices.wording import faults, fill

NAME = Variable("name", VariableType.TEXT, "a", Words("名", "a name"))
COUNT = Variable("count", VariableType.COUNT, 1, Words("数", "a number"), needed=False)


def variable(kind: VariableType) -> Variable:
    return Variable("it", kind, None, Words("它", "it"))


def wording(zh: str, en: str = "{name}") -> Wording:
    return Wording(Words("题", "Title"), Words(zh, en))


def found(zh: str, en: str = "{name}") -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in faults(wording(zh, en), [NAME, COUNT])]


def test_variables_are_filled_in_in_both_languages() -> None:
    content = fill(wording("{name}，{count}", "{count} {name}"), [NAME, COUNT], values("甲", 3))
    assert content.body == Words("甲，3", "3 甲")


def values(name: str, count: int = 1) -> dict[str, Value]:
    return {"name": name, "count": count}


@pytest.mark.parametrize("name", ["{count}", "{name}", "{0}", "%s", "$name", "{{name}}"])
def test_what_stands_in_a_value_is_not_filled_in(name: str) -> None:
    content = fill(wording("{name}。"), [NAME, COUNT], values(name, 77))
    assert content.body.zh == f"{name}。"


@pytest.mark.parametrize(
    "zh", ["{name.upper}", "{name[0]}", "{name!r}", "{name:>90000000}", "{}", "{0}", "{", "}",
           "{{name}}", "{Name}", "{__class__}"],
)  # fmt: skip
def test_braces_enclose_names_and_nothing_else(zh: str) -> None:
    assert ("#/body_zh", "variable_malformed") in found(f"{{name}} {zh}")


def test_a_variable_that_is_not_declared_is_named() -> None:
    [fault] = faults(wording("{name} {phone} {phone}"), [NAME])
    assert (fault.pointer, fault.code) == ("#/body_zh", "variable_unknown")
    assert "phone" in fault.detail.zh
    assert "phone" in fault.detail.en


def test_a_needed_variable_is_missed_in_the_language_that_lacks_it() -> None:
    assert found("没有", "{name}") == [("#/body_zh", "variable_missing")]
    assert found("{name}", "none") == [("#/body_en", "variable_missing")]
    assert found("{name}", "{name}") == []


def test_a_title_may_name_it_instead_of_the_body() -> None:
    titled = Wording(Words("{name}", "{name}"), Words("文", "text"))
    assert faults(titled, [NAME]) == []


@pytest.mark.parametrize("given", [{}, {"name": "a"}, {"name": "a", "count": 1, "phone": "1"}])
def test_a_caller_who_gives_other_variables_than_declared_is_told_which(
    given: dict[str, Value],
) -> None:
    with pytest.raises(ValueError, match=r"missing|not declared"):
        fill(wording("{name}"), [NAME, COUNT], given)


@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        (VariableType.COUNT, 0, "0", "0"),
        (VariableType.MONEY, 1000, "10 元", "10 yuan"),
        (VariableType.MONEY, 1005, "10.05 元", "10.05 yuan"),
        (VariableType.DAY, date(2023, 1, 5), "1月5日", "5 January"),
        (
            VariableType.TIME,
            datetime(2023, 1, 4, 16, 30, tzinfo=UTC),
            "1月5日 00:30",
            "5 January, 00:30",
        ),
        (VariableType.AREA, District.WEST_COAST, "西海岸新区", "West Coast"),
        (VariableType.AREA, None, "全市", "the whole city"),
    ],
)
def test_a_value_reads_as_its_language_has_it(
    kind: VariableType, value: Value, zh: str, en: str
) -> None:
    assert spell(variable(kind), value) == Words(zh, en)


def test_every_district_has_a_name_in_both_languages() -> None:
    assert set(DISTRICT_WORDS) == set(District)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (VariableType.TEXT, 5),
        (VariableType.TEXT, "长" * 201),
        (VariableType.TEXT, None),
        (VariableType.COUNT, True),
        (VariableType.COUNT, -1),
        (VariableType.MONEY, 10**400),
        (VariableType.DAY, datetime(2023, 1, 5, tzinfo=UTC)),
        (VariableType.TIME, datetime(2023, 1, 5)),  # noqa: DTZ001 - it is what is refused
        (VariableType.TIME, datetime(1, 1, 1, tzinfo=UTC)),
        (VariableType.AREA, "shinan?"),
    ],
)
def test_a_value_of_another_type_is_refused_and_not_repeated(
    kind: VariableType, value: Value
) -> None:
    with pytest.raises(ValueError, match=f"^it takes a {kind}$"):
        spell(variable(kind), value)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (VariableType.DAY, "2023-02-30"),
        (VariableType.DAY, 5),
        (VariableType.TIME, "2023-01-05T08:00:00"),
        (VariableType.TIME, "0001-01-01T00:00:00+14:00"),
        (VariableType.AREA, "atlantis"),
        (VariableType.AREA, 1),
        (VariableType.COUNT, "5"),
        (VariableType.COUNT, 1.5),
        (VariableType.TEXT, ["a"]),
    ],
)
def test_json_that_stands_for_no_such_value_is_refused(kind: VariableType, given: object) -> None:
    with pytest.raises(ValueError, match=f"^it takes a {kind}$"):
        read(variable(kind), given)


def test_a_kind_whose_own_words_are_wrong_does_not_come_into_being() -> None:
    kind = NoticeKind("test.a", Words("测", "A test"), wording("{name} {phone}"), (NAME,))
    with pytest.raises(ValueError, match=r"test\.a: there is no variable phone"):
        gather([kind])


def test_nor_does_a_kind_of_a_name_that_is_taken() -> None:
    kind = NoticeKind("test.a", Words("测", "A test"), wording("{name}"), (NAME,))
    with pytest.raises(ValueError, match="declared twice"):
        gather([kind, kind])
