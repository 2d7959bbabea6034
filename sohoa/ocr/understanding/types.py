"""Kinds of paper, as rows of a catalogue that the caller reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import nfc


class DocumentTypeInvalid(SohoaError):
    code, exit_code = "ocr.document_type_invalid", Exit.USAGE
    vi = "Danh mục loại giấy tờ có dòng {row} không hợp lệ (mục «{key}»)."
    en = "Row {row} of the catalogue of document types is invalid at {key!r}."
    remedy = "Sửa dòng đó theo các dòng bên cạnh: code và name không để trống, mỗi code chỉ dùng một lần."
    remedy_en = "Mend that row after its neighbours: code and name are not empty, and each code is used once."


@dataclass(frozen=True, slots=True)
class DocumentType:
    """abbreviations: what its notation may begin with (`QĐ` in 05/QĐ-UBND), its own first. titles: as printed, without line breaks.

    must_carry: names of fields that go to a person when missing. nd30: of the list of NĐ 30/2020/NĐ-CP.
    tt05_code: `typeName` in packages after TT 05/2025/TT-BNV. retention: code of a retention class, "" where none was decided: no
    period is claimed as law here. source: where the row comes from.
    """

    code: str
    name: str
    abbreviations: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    must_carry: tuple[str, ...] = ()
    nd30: bool = False
    tt05_code: str = "32"
    retention: str = ""
    source: str = ""


def document_types_from(rows: Sequence[Mapping[str, object]]) -> tuple[DocumentType, ...]:
    """rows: the parsed `[[type]]` tables. Unknown keys are let through. Raises DocumentTypeInvalid."""
    types = tuple(_type_from(number, row) for number, row in enumerate(rows, 1))
    seen: set[str] = set()
    for number, kind in enumerate(types, 1):
        if kind.code in seen:
            raise DocumentTypeInvalid(row=number, key="code")
        seen.add(kind.code)
    return types


def _type_from(number: int, row: Mapping[str, object]) -> DocumentType:
    nd30 = row.get("nd30", False)
    if not isinstance(nd30, bool):
        raise DocumentTypeInvalid(row=number, key="nd30")
    return DocumentType(
        code=_text(number, row, "code"),
        name=_text(number, row, "name"),
        abbreviations=_texts(number, row, "abbreviations"),
        titles=_texts(number, row, "titles"),
        must_carry=_texts(number, row, "must_carry"),
        nd30=nd30,
        tt05_code=_text(number, row, "tt05_code", "32"),
        retention=_text(number, row, "retention", optional=True),
        source=_text(number, row, "source", optional=True),
    )


def _text(number: int, row: Mapping[str, object], key: str, default: str = "", *, optional: bool = False) -> str:
    value = row.get(key, default)
    if not isinstance(value, str) or not (value or optional):
        raise DocumentTypeInvalid(row=number, key=key)
    return nfc(value).strip()


def _texts(number: int, row: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list | tuple):
        raise DocumentTypeInvalid(row=number, key=key)
    items = cast("list[object] | tuple[object, ...]", value)
    if not all(isinstance(item, str) and item.strip() for item in items):
        raise DocumentTypeInvalid(row=number, key=key)
    return tuple(nfc(str(item)) for item in items)
