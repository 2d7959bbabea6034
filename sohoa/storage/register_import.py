"""The register from a one-stop system's export: one CSV, a row per component or result, the dossier's columns repeated.

Rows are read one by one; a dossier ends where its rows end. A bad row keeps its whole dossier out, with the reason, and stops nothing
else. What is brought in goes by way of the archive, see register_keeping.py: weighed here, kept there, then entered here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import TextIO

from django.db import transaction

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import nfc
from sohoa.storage.catalogue.filing import match
from sohoa.storage.catalogue.register import Channel, Component, Decision, Dossier, Result, Unit

DOSSIER_COLUMNS = (
    *("dossier_code", "procedure_code", "procedure_name", "sector", "unit_code", "unit_name", "unit_level", "channel"),
    *("received_at", "due_at", "resolved_at", "returned_at", "status", "yields_result"),
)
OPTIONAL = ("owner_identifier",)  # older exports do not have it
# Of a component or result, where the one-stop system knows what its paper bears; an export without these columns leaves them as they are.
NUMBERED = ("code_number", "code_notation", "issued_date")
COLUMNS = (*DOSSIER_COLUMNS, "kind", "ordinal", "document_type", "name", "decision", "sheets")
TOGETHER = 200  # dossiers entered in one transaction: a writer of the archive waits no longer than that
YES_NO = {"yes": True, "no": False, "có": True, "không": False, "1": True, "0": False}

Row = dict[str, str]


class NotARegister(SohoaError):
    code, exit_code = "storage.not_a_register", Exit.USAGE
    vi = "Tệp này không phải sổ đăng ký hồ sơ dạng CSV: {why_vi}."
    en = "This file is not a register of dossiers in CSV: {why}."
    remedy = "Xuất lại từ hệ thống một cửa dạng CSV UTF-8 với đủ các cột nêu trong docs/vi/so-dang-ky.md."
    remedy_en = "Export it again as UTF-8 CSV with the columns listed in docs/vi/so-dang-ky.md."


@dataclass(frozen=True, slots=True)
class Refused:
    """A dossier kept out. line: of the file, from 1. reason: what is wrong, for a person."""

    line: int
    dossier: str
    reason: str


@dataclass(slots=True)
class Imported:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        told = [{"line": r.line, "dossier": r.dossier, "reason": r.reason} for r in self.refused]
        return {"created": self.created, "updated": self.updated, "unchanged": self.unchanged, "refused": told}


class _BadRow(Exception):
    pass


def weigh(file: Path, changes: TextIO | None = None) -> Imported:
    """What `file` would change; nothing is written to the register. Raises NotARegister.

    changes: gets the rows of the dossiers that are new or differ, as a register of its own.
    """
    outcome = Imported()
    writer: csv.DictWriter[str] | None = None
    for line, rows in _dossiers(_rows(file)):
        try:
            with transaction.atomic():
                how = _write(rows)
                transaction.set_rollback(True)
        except _BadRow as bad:
            outcome.refused.append(Refused(line, rows[0]["dossier_code"], str(bad)))
            continue
        setattr(outcome, how, getattr(outcome, how) + 1)
        if changes is not None and how != "unchanged":
            if writer is None:
                writer = csv.DictWriter(changes, list(rows[0]), lineterminator="\n")
                writer.writeheader()
            writer.writerows(rows)
    return outcome


def enter(file: Path) -> None:
    """Bring the register up to date with `file`, which was weighed; again after a crash, at any line, gives the same."""
    dossiers = _dossiers(_rows(file))
    while together := list(islice(dossiers, TOGETHER)):
        with transaction.atomic():
            for _, rows in together:
                # What was weighed well stays well; were it not so, one dossier must not keep the others out.
                with suppress(_BadRow), transaction.atomic():
                    _write(rows)
                    match(rows[0]["dossier_code"])


def _rows(file: Path) -> Iterator[tuple[int, Row]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise NotARegister(why=f"columns missing: {', '.join(missing)}", why_vi=f"thiếu cột {', '.join(missing)}")
            wanted = (*COLUMNS, *OPTIONAL, *(name for name in NUMBERED if name in (reader.fieldnames or ())))
            for row in reader:
                yield reader.line_num, {name: nfc(row.get(name) or "").strip() for name in wanted}
    except (UnicodeDecodeError, csv.Error) as broken:
        raise NotARegister(why="not UTF-8 CSV", why_vi="không đọc được theo CSV UTF-8") from broken


def _dossiers(rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, list[Row]]]:
    for _, together in groupby(rows, key=lambda numbered: numbered[1]["dossier_code"]):
        numbered = list(together)
        yield numbered[0][0], [row for _, row in numbered]


def _write(rows: list[Row]) -> str:
    first = rows[0]
    if not first["dossier_code"]:
        raise _BadRow("thiếu mã hồ sơ")
    for row in rows[1:]:
        differing = [name for name in (*DOSSIER_COLUMNS, *OPTIONAL) if row[name] != first[name]]
        if differing:
            raise _BadRow(f"các dòng của hồ sơ khác nhau ở cột {', '.join(differing)}")
    for row in rows:
        _must_fit(row)
    columns = _dossier_columns(first)
    components, results = _parts(rows)
    Unit.objects.update_or_create(pk=first["unit_code"], defaults={"name": first["unit_name"], "level": first["unit_level"]})
    dossier, created = Dossier.objects.get_or_create(pk=first["dossier_code"], defaults=columns)
    changed = not created and any(getattr(dossier, name) != value for name, value in columns.items())
    if changed:
        Dossier.objects.filter(pk=dossier.pk).update(**columns)
    changed |= _write_parts(Component, dossier, components)
    changed |= _write_parts(Result, dossier, results)
    return "created" if created else "updated" if changed else "unchanged"


_TEXTS = {
    Unit: {"unit_code": "code", "unit_name": "name", "unit_level": "level"},
    Dossier: {"dossier_code": "code", **{name: name for name in ("procedure_code", "procedure_name", "sector", "status")}},
    Component: {"document_type": "document_type", "name": "name"},
}
LARGEST = 2_147_483_647  # what a whole number's column takes


def _must_fit(row: Row) -> None:
    """SQLite keeps a text however long it is; PostgreSQL refuses it, and with it the statement."""
    for table, columns in _TEXTS.items():
        for column, name in columns.items():
            longest = table._meta.get_field(name).max_length
            if longest and len(row[column]) > longest:
                raise _BadRow(f"cột {column} dài quá {longest} chữ")
    for column in ("ordinal", "sheets"):
        if row[column].isdecimal() and (len(row[column]) > 10 or int(row[column]) > LARGEST):
            raise _BadRow(f"cột {column} lớn quá {LARGEST}")


def _dossier_columns(row: Row) -> dict[str, object]:
    if row["channel"] not in Channel.values:
        raise _BadRow(f"kênh nộp «{row['channel']}» không thuộc {', '.join(Channel.values)}")
    if not row["unit_code"]:
        raise _BadRow("thiếu mã đơn vị")
    received = _moment(row, "received_at")
    if received is None:
        raise _BadRow("thiếu ngày tiếp nhận")
    return {
        "procedure_code": row["procedure_code"],
        "procedure_name": row["procedure_name"],
        "sector": row["sector"],
        "unit_id": row["unit_code"],
        "channel": row["channel"],
        "received_at": received,
        "due_at": _moment(row, "due_at"),
        "resolved_at": _moment(row, "resolved_at"),
        "returned_at": _moment(row, "returned_at"),
        "status": row["status"],
        "yields_result": _yes_no(row),
        "owner_identifier": _identifier(row),
    }


def _parts(rows: list[Row]) -> tuple[dict[int, dict[str, object]], dict[int, dict[str, object]]]:
    components: dict[int, dict[str, object]] = {}
    results: dict[int, dict[str, object]] = {}
    for row in rows:
        if not row["kind"] and len(rows) == 1:
            continue  # a dossier that lists nothing
        if not row["ordinal"].isdecimal():
            raise _BadRow(f"số thứ tự «{row['ordinal']}» không phải số")
        ordinal, part = int(row["ordinal"]), {"document_type": row["document_type"], "name": row["name"], **_numbered(row)}
        if row["kind"] == "component":
            if row["decision"] not in Decision.values:
                raise _BadRow(f"quyết định số hóa «{row['decision']}» không có trong danh mục")
            if row["sheets"] and not row["sheets"].isdecimal():
                raise _BadRow(f"số tờ «{row['sheets']}» không phải số")
            part |= {"decision": row["decision"], "sheets": int(row["sheets"]) if row["sheets"] else None}
            kept = components
        elif row["kind"] == "result":
            kept = results
        else:
            raise _BadRow(f"loại dòng «{row['kind']}» không phải component hay result")
        if ordinal in kept:
            raise _BadRow(f"số thứ tự {ordinal} lặp lại")
        kept[ordinal] = part
    return components, results


def _numbered(row: Row) -> dict[str, object]:
    """Number, notation and day of the part's paper, as far as the export has their columns. `05/QĐ-UBND` in the first is both."""
    told: dict[str, object] = {name: row[name] for name in ("code_number", "code_notation") if name in row}
    number, slash, notation = row.get("code_number", "").partition("/")
    if slash and not row.get("code_notation"):
        told |= {"code_number": number.strip(), "code_notation": notation.strip()}
    for name, longest in (("code_number", 30), ("code_notation", 60)):
        if len(str(told.get(name, ""))) > longest:
            raise _BadRow(f"cột {name} dài quá {longest} chữ")
    return told | ({"issued_date": _day(row["issued_date"])} if "issued_date" in row else {})


def _day(given: str) -> date | None:
    """`2026-02-27` or `27/02/2026`; the time of day that some exports add is left out."""
    plain = given.partition("T")[0].partition(" ")[0]
    day_first = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", plain)
    try:
        return date(*map(int, reversed(day_first.groups()))) if day_first else date.fromisoformat(plain) if plain else None
    except ValueError:
        raise _BadRow(f"cột issued_date «{given}» cần ngày dạng 2026-02-27 hoặc 27/02/2026") from None


def _write_parts(kind: type[Component] | type[Result], dossier: Dossier, parts: dict[int, dict[str, object]]) -> bool:
    changed = bool(kind.objects.filter(dossier=dossier).exclude(ordinal__in=parts).delete()[0])
    for ordinal, columns in parts.items():
        part, created = kind.objects.get_or_create(dossier=dossier, ordinal=ordinal, defaults=columns)
        differs = not created and any(getattr(part, name) != value for name, value in columns.items())
        if differs:
            kind.objects.filter(pk=part.pk).update(**columns)
        changed |= created or differs
    return changed


def _identifier(row: Row) -> str:
    """Without the spaces and dots that people put between digits."""
    given = re.sub(r"[\s.]", "", row["owner_identifier"])
    if given and not re.fullmatch(r"\d{9}|\d{10}(-\d{3})?|\d{12,13}", given):
        raise _BadRow("cột owner_identifier cần số định danh 12 chữ số, CMND 9 chữ số hoặc mã số thuế 10 hay 13 chữ số")
    return given


def _yes_no(row: Row) -> bool:
    given = row["yields_result"].lower()
    if given not in YES_NO:
        raise _BadRow(f"cột yields_result «{given}» cần yes hoặc no")
    return YES_NO[given]


def _moment(row: Row, column: str) -> datetime | None:
    if not row[column]:
        return None
    try:
        moment = datetime.fromisoformat(row[column])
    except ValueError:
        raise _BadRow(f"cột {column} «{row[column]}» không phải ngày giờ ISO 8601") from None
    if not 1900 <= moment.year <= 2199:
        raise _BadRow(f"cột {column} «{row[column]}» cần một năm từ 1900 đến 2199")
    # An export without a zone speaks of the wall clock in Vietnam.
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
