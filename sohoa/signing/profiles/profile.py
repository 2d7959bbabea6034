"""Profiles of signatures: values read from `profiles.toml`, and from a site's own file of the same form."""

from __future__ import annotations

import enum
import functools
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.model import Role

LEAST_SIZE = 6.0  # points; smaller letters cannot be read on paper
_BUILT_IN = Path(__file__).with_name("profiles.toml")
_TOLD = frozenset({"time", "captured", "signer", "agency", "by", "number", "copy_form"})  # the keys of Facts.told()


class ProfileUnknown(SohoaError):
    code, exit_code = "signing.profile_unknown", Exit.USAGE
    vi = "Không có kiểu chữ ký «{name}»."
    en = "There is no signature profile {name}."
    remedy = "Chọn một trong các kiểu: {known}."
    remedy_en = "Choose one of: {known}."


class ProfileInvalid(SohoaError):
    code, exit_code = "signing.profile_invalid", Exit.USAGE
    vi = "Kiểu chữ ký «{name}» trong tệp cấu hình viết sai: {what}."
    en = "The signature profile {name} in the settings is wrong: {what}."
    remedy = "Sửa mục ấy theo mẫu profiles.toml đi kèm phần mềm, rồi chạy lại."
    remedy_en = "Correct it after the example of the profiles.toml that comes with the software, then run again."


class Place(enum.StrEnum):
    TOP_LEFT = "top_left"
    TOP_RIGHT = "top_right"
    BETWEEN = "between_position_and_name"
    OVER_PERSON = "over_person"
    NOWHERE = "nowhere"

    @property
    def is_corner(self) -> bool:
        return self in (Place.TOP_LEFT, Place.TOP_RIGHT)


class ImageKind(enum.StrEnum):
    NONE = "none"
    SIGNATURE = "signature"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Law:
    """Where a rule is written. checked: read in a copy of the text itself; False is to be shown as «chưa kiểm chứng»."""

    text: str
    article: str
    says: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """The keys of profiles.toml, explained there. title, reason: Vietnamese. size, least_size: points. width: millimetres."""

    name: str
    title: str
    field: str
    role: Role
    reason: str
    place: Place
    on_last_page: bool = False
    lines: tuple[str, ...] = ()
    conversion: tuple[str, ...] = ()
    size: float = 10.0
    least_size: float = LEAST_SIZE
    zone: tuple[float, float] = (0.5, 0.25)
    image: ImageKind = ImageKind.NONE
    width: float = 0.0
    least_width: float = 0.0
    over: str = "NguoiKy"
    law: tuple[Law, ...] = ()


@functools.lru_cache(maxsize=8)
def read_profiles(own: Path | None = None) -> Mapping[str, Profile]:
    """By name: those that come with the software, then those of the file `own` over them.

    Raises ProfileInvalid, naming what is wrong; OSError when `own` cannot be read.
    """
    known: dict[str, Profile] = {}
    for path in (_BUILT_IN, *([own] if own else [])):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            raise ProfileInvalid(name="*", what=type(broken).__name__) from broken
        known.update({name: _profile(name, table) for name, table in tables.items()})
    return MappingProxyType(known)


def chosen(name: str, role: Role, *, own: Path | None = None) -> Profile:
    """The profile of that name, else the half of it that is for this role (`issuance` is signed by a person, then by an agency).

    Raises ProfileUnknown, ProfileInvalid.
    """
    known = read_profiles(own)
    found = known.get(name) or known.get(f"{name}_{role.value}")
    if found is None:
        raise ProfileUnknown(name=name, known=", ".join(known))
    return found


def _profile(name: str, table: object) -> Profile:
    if not isinstance(table, dict):
        raise ProfileInvalid(name=name, what="not a table")
    given = dict(cast(dict[str, Any], table))
    try:
        made = Profile(
            name=name,
            title=_text(given.pop("title", name)),
            field=_text(given.pop("field")),
            role=Role(given.pop("role")),
            reason=_text(given.pop("reason")),
            place=Place(given.pop("place")),
            on_last_page={"first": False, "last": True}[given.pop("page", "first")],
            lines=_lines(given.pop("lines", [])),
            conversion=_lines(given.pop("conversion", [])),
            size=float(given.pop("size", 10.0)),
            least_size=float(given.pop("least_size", LEAST_SIZE)),
            zone=_zone(given.pop("zone", [0.5, 0.25])),
            image=ImageKind(given.pop("image", "none")),
            width=float(given.pop("width", 0.0)),
            least_width=float(given.pop("least_width", 0.0)),
            over=_text(given.pop("over", "NguoiKy")),
            law=tuple(Law(**one) for one in given.pop("law", [])),
        )
    except (KeyError, ValueError, TypeError) as wrong:
        raise ProfileInvalid(name=name, what=f"{type(wrong).__name__} {wrong}") from wrong
    what = _wrong_with(made) or ", ".join(given)
    if what:
        raise ProfileInvalid(name=name, what=what)
    return made


def _wrong_with(made: Profile) -> str:
    if not made.field or any(sign in made.field for sign in "./ "):
        return "field"
    if not LEAST_SIZE <= made.least_size <= made.size <= 72:
        return "size, least_size"
    if made.image is not ImageKind.NONE and not 5 <= made.least_width <= made.width <= 100:
        return "width, least_width"
    if made.place in (Place.BETWEEN, Place.OVER_PERSON) and made.image is ImageKind.NONE:
        return "image"
    if made.place.is_corner and not made.lines and made.image is ImageKind.NONE:
        return "lines"
    return ""


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError("not a text")
    return found


def _lines(found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise TypeError("lines: not a list")
    lines = tuple(_text(line) for line in cast(list[object], found))
    for line in lines:
        for _, name, form, conversion in string.Formatter().parse(line):
            if name is not None and (name not in _TOLD or form or conversion):
                raise ValueError(f"{{{name}}}")
    return lines


def _zone(found: object) -> tuple[float, float]:
    across, down = (float(share) for share in cast(list[float], found))
    if not (0 < across <= 1 and 0 < down <= 1):
        raise ValueError("zone")
    return across, down
