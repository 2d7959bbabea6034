"""What a person may write into a field: the rules of `config/catalogues/fields.toml`, and the types of `document_types.toml`."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sohoa.config.catalogue import rows
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import fold, nfc

TYPE = "type"
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


class ValueRefused(SohoaError):
    code, exit_code = "storage.value_refused", Exit.USAGE
    vi = "Giá trị này không hợp với trường «{name_vi}»: {why_vi}."
    en = "This value does not fit the field {name}: {why}."
    remedy = "Đối chiếu với giấy rồi nhập lại; giá trị cũ vẫn còn nguyên."
    remedy_en = "Look at the paper and enter it again; the former value is untouched."


class UnknownField(SohoaError):
    code, exit_code = "storage.unknown_field", Exit.USAGE
    vi = "Không có trường nào tên như vậy."
    en = "There is no field of that name."
    remedy = "Dùng tên trường mà «sohoa review show» in trong ngoặc, ví dụ code_number."
    remedy_en = "Use a field's name as `sohoa review show` prints it in brackets, such as code_number."


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the catalogue of fields; its meaning is told there. latest_days: None where any later date may stand."""

    name: str
    name_vi: str
    kind: str = "text"
    longest: int = 500
    pattern: str = ""
    expects_vi: str = ""
    expects_en: str = ""
    latest_days: int | None = None
    if_any: bool = False
    source: str = ""


@functools.cache
def rules() -> dict[str, Rule]:
    return {row["name"]: Rule(**row) for row in rows("fields", "field")}


def rule_of(name: str, *, known: Iterable[str] = ()) -> Rule:
    """known: names that a record bears already; such a field without a row is plain text. Raises UnknownField."""
    if name in rules():
        return rules()[name]
    if name in known:
        return Rule(name, name)
    raise UnknownField()


def name_vi(name: str) -> str:
    return rules()[name].name_vi if name in rules() else name


def in_order_of_asking(names: Iterable[str]) -> list[str]:
    """The catalogue's order; names without a row come last, by alphabet."""
    places = {name: place for place, name in enumerate(rules())}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))


@functools.cache
def _types() -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in rows("document_types", "type")}


def must_carry(type_code: str) -> tuple[str, ...]:
    return tuple(_types().get(type_code, {}).get("must_carry", ()))


def type_name(type_code: str) -> str:
    return str(_types()[type_code]["name"])


def checked(rule: Rule, given: str, *, today: date) -> str:
    """The value as it is kept: NFC, single spaces, a date as ISO, a type as its code. Raises ValueRefused."""
    text = "\n".join(" ".join(line.split()) for line in nfc(given).strip().splitlines())
    if not text:
        raise _refused(rule, "chưa nhập gì", "nothing was entered")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs") for letter in text.replace("\n", "")):
        raise _refused(rule, "có ký tự điều khiển không nhìn thấy", "it holds invisible control characters")
    if rule.kind == "type":
        return _type_code(rule, text)
    if rule.kind == "date":
        return _date(rule, text, today)
    if len(text) > rule.longest:
        raise _refused(rule, f"dài {len(text)} chữ, tối đa {rule.longest}", f"{len(text)} letters, at most {rule.longest}")
    if rule.pattern and not re.fullmatch(rule.pattern, text):
        raise _refused(rule, f"cần {rule.expects_vi}", f"expected: {rule.expects_en}")
    return text


def _date(rule: Rule, text: str, today: date) -> str:
    day_first, year_first = _DAY_FIRST.fullmatch(text), _YEAR_FIRST.fullmatch(text)
    if day_first:
        day, month, year = map(int, day_first.groups())
    elif year_first:
        year, month, day = map(int, year_first.groups())
    else:
        raise _refused(rule, "cần dạng ngày/tháng/năm, như 05/01/2026, hoặc 2026-01-05", "expected 05/01/2026 or 2026-01-05")
    try:
        stated = date(year, month, day)
    except ValueError:
        raise _refused(rule, "ngày này không có trong lịch", "the calendar has no such day") from None
    latest = LATEST if rule.latest_days is None else today + timedelta(days=rule.latest_days)
    if not EARLIEST <= stated <= latest:
        raise _refused(
            rule, f"phải từ năm {EARLIEST.year} đến {latest:%d/%m/%Y}", f"it must lie from {EARLIEST.year} to {latest.isoformat()}"
        )
    return stated.isoformat()


def _type_code(rule: Rule, text: str) -> str:
    """A code as it stands, or a code or name however typed where only one fits: `hd` may be HD as well as HĐ, `hđ` may not."""
    if text in _types():
        return text
    alike = _alike(text, fold)
    if len(alike) > 1 and not text.isascii():
        alike = _alike(text, str.casefold) or alike
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise _refused(rule, f"có thể là {' hoặc '.join(alike)}; gõ đúng mã, đủ dấu", f"may be any of {', '.join(alike)}")
    near = difflib.get_close_matches(fold(text), {fold(word): word for word in _types()}, n=3, cutoff=0.5)
    hint = [code for code in _types() if fold(code) in near]
    raise _refused(
        rule,
        "mã này không có trong danh mục" + (f"; gần giống: {', '.join(hint)}" if hint else ""),
        "the catalogue has no such code" + (f"; alike: {', '.join(hint)}" if hint else ""),
    )


def _alike(text: str, spoken: Callable[[str], str]) -> list[str]:
    return [code for code, row in _types().items() if spoken(text) in (spoken(code), spoken(row["name"]))]


def _refused(rule: Rule, why_vi: str, why: str) -> ValueRefused:
    return ValueRefused(name=rule.name, name_vi=rule.name_vi, why_vi=why_vi, why=why)
