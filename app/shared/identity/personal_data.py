"""What this room keeps about a member: the account, the number behind it, categories, looks."""

from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, update

from app.models.districts import MemberDistrictHistory
from app.models.identity import Member, MemberCategory, Person
from app.models.personal_data import DataAccess
from app.platform.crypto import Sealer
from app.platform.db import AnyRow, AnySelect
from app.platform.errors import Words
from app.shared.identity.seals import ID_NUMBER, NAME, PHONE
from app.shared.personal_data import (
    DataKind,
    Erasing,
    Fate,
    Outcome,
    Subject,
    always,
    as_it_is,
)
from app.shared.sealed.fields import ERASED

ANOTHER_ACCOUNT = Words(
    "您名下另有账号在使用同一身份证号；注销该账号后一并删除。",
    "Another account of yours stands on this number; it goes with the last of them.",
)
DISTRICTS_STAY = Words(
    "所在区市的变更用于历史统计，予以保留，但已不再能关联到您。",
    "In which district the account lay when stays for the figures; it leads to nobody.",
)
LOOKS_STAY = Words(
    "工作人员查看记录用于内部监督，予以保留，但已与您本人脱离关联。",
    "The log of what staff looked at stays for their supervision; it no longer leads to you.",
)


def _account(subject: Subject) -> AnySelect:
    return select(
        Member.member_no,
        Member.name_sealed,
        Member.phone_sealed,
        Member.district,
        Member.created_at,
        Member.updated_at,
    ).where(Member.id == subject.member_id, Member.erased_at.is_(None))


def _show_account(sealer: Sealer, row: AnyRow) -> dict[str, Any]:
    return {
        "member_no": row.member_no,
        "name": NAME.open(sealer, row.name_sealed),
        "phone": PHONE.open(sealer, row.phone_sealed),
        "district": row.district,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


async def _erase_account(erasing: Erasing) -> None:
    member_id = erasing.subject.member_id
    await erasing.session.execute(
        update(Member)
        .where(Member.id == member_id)
        .values(
            member_no=f"erased-{member_id}",
            name_sealed=NAME.seal(erasing.sealer, ERASED),
            phone_sealed=PHONE.seal(erasing.sealer, ERASED),
            # No phone has this digest.
            phone_last4_digest=bytes(32),
            row_digest=None,
            version=Member.version + 1,
            updated_at=erasing.now,
            erased_at=erasing.now,
        )
    )


def _number(subject: Subject) -> AnySelect:
    return select(Person.id_number_sealed).where(
        Person.id == subject.person_id,
        Person.number_erased_at.is_(None),
        _has_account(subject),
    )


def _has_account(subject: Subject) -> ColumnElement[bool]:
    """Asked for by an account that was erased, the number is another's and not shown."""
    return exists().where(Member.id == subject.member_id, Member.erased_at.is_(None))


async def _fate_of_number(erasing: Erasing) -> Fate:
    others = await erasing.session.scalar(
        select(
            exists().where(
                Member.person_id == erasing.subject.person_id,
                Member.id != erasing.subject.member_id,
                Member.erased_at.is_(None),
            )
        )
    )
    return Fate(Outcome.REFUSED, ANOTHER_ACCOUNT) if others else Fate(Outcome.ERASED)


async def _erase_number(erasing: Erasing) -> None:
    await erasing.session.execute(
        update(Person)
        .where(Person.id == erasing.subject.person_id)
        .values(
            id_number_sealed=ID_NUMBER.seal(erasing.sealer, ERASED),
            number_erased_at=erasing.now,
        )
    )


def _categories(subject: Subject) -> AnySelect:
    return (
        select(MemberCategory.category, MemberCategory.source, MemberCategory.valid_until)
        .where(MemberCategory.member_id == subject.member_id)
        .order_by(MemberCategory.category)
    )


async def _erase_categories(erasing: Erasing) -> None:
    await erasing.session.execute(
        delete(MemberCategory).where(MemberCategory.member_id == erasing.subject.member_id)
    )


def _districts(subject: Subject) -> AnySelect:
    history = MemberDistrictHistory
    return (
        select(history.at, history.from_district, history.to_district)
        .where(history.member_id == subject.member_id)
        .order_by(history.at.desc())
    )


def _looks(subject: Subject) -> AnySelect:
    return (
        select(DataAccess.at, DataAccess.roles, DataAccess.act)
        .where(DataAccess.member_id == subject.member_id)
        .order_by(DataAccess.at.desc(), DataAccess.id.desc())
    )


DATA_KINDS = (
    DataKind(
        "identity_number",
        Words("身份证号", "Identity number"),
        _number,
        lambda sealer, row: {"id_number": ID_NUMBER.open(sealer, row.id_number_sealed)},
        _fate_of_number,
        _erase_number,
    ),
    DataKind(
        "account",
        Words("账号：会员号、姓名、手机号、区市", "Account: number, name, phone, district"),
        _account,
        _show_account,
        always(Fate(Outcome.ERASED)),
        _erase_account,
    ),
    DataKind(
        "categories",
        Words("会员类别", "Categories"),
        _categories,
        as_it_is,
        always(Fate(Outcome.ERASED)),
        _erase_categories,
    ),
    DataKind(
        "districts",
        Words("所在区市的变更", "Changes of district"),
        _districts,
        as_it_is,
        always(Fate(Outcome.DETACHED, DISTRICTS_STAY)),
    ),
    DataKind(
        "data_accesses",
        Words("工作人员查看记录", "Looks at your data by staff"),
        _looks,
        as_it_is,
        always(Fate(Outcome.DETACHED, LOOKS_STAY)),
    ),
)
