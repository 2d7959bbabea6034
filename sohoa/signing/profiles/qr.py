"""The QR code for the citizen, printed on a result or a receipt before anybody signs it.

TT 01/2023/TT-VPCP: top left of the paper; TCVN 7322:2009 (ISO/IEC 18004). What it holds is one line, the one that intake reads
again: `SOHOA-HS1` and `|X=value` for each thing, one letter each, what is empty left out. Which things go in is the office's
decision (`only`): a code is read by anybody who holds the paper, and the applicant's number is personal data.
"""
# zxing-cpp and pikepdf's objects carry few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import zxingcpp
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name

from sohoa.kernel.clock import iso_vietnam
from sohoa.kernel.durable import durable_file
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.opening import PdfDamaged, has_signatures, opened
from sohoa.signing.profiles.font import tidy
from sohoa.signing.profiles.ink import ink_on
from sohoa.signing.profiles.place import CLEAR, NoRoomForStamp, Room, corner_zone
from sohoa.signing.profiles.sheet import Box, Sheet, sheet_of, widgets_on

VERSION = "SOHOA-HS1"
SIDES = (24.0, 22.0, 20.0)  # millimetres, without the quiet zone
_MODULE = 0.4  # millimetres: three dots at 200 dpi, the least that a scanner's picture can be read by
_LARGEST = 45.0  # millimetres
_QUIET = 4  # modules around, ISO/IEC 18004
_ZONE = (0.5, 0.3)  # share of the page from its top left corner
_POINTS = 72 / 25.4


class QrAfterSigning(SohoaError):
    code, exit_code = "signing.qr_after_signing", Exit.USAGE
    vi = "Tệp đã có chữ ký số, nên không in thêm mã QR: in sẽ làm hỏng chữ ký."
    en = "The file is signed; printing a QR code on it would break the signature."
    remedy = "In mã QR lên bản chưa ký, rồi ký."
    remedy_en = "Print the QR code on the unsigned file, then sign."


class QrTooLong(SohoaError):
    code, exit_code = "signing.qr_too_long", Exit.USAGE
    vi = "Nội dung mã QR quá dài, in ra sẽ không đọc được."
    en = "The QR code would hold too much to be readable in print."
    remedy = "Bớt mục ghi trong mã QR (cấu hình), chỉ giữ mã hồ sơ và các mục bắt buộc."
    remedy_en = "Let fewer things into the QR code (settings): the dossier's code and what is required."


class QrEmpty(SohoaError):
    code, exit_code = "signing.qr_empty", Exit.USAGE
    vi = "Mã QR phải có mã hồ sơ."
    en = "The QR code must hold the dossier's code."
    remedy = "Điền mã hồ sơ rồi in lại."
    remedy_en = "Give the dossier's code and print again."


@dataclass(frozen=True, slots=True)
class QrPayload:
    """applicant: the identifier, not the name. due: day of return, on a receipt. valid_from, valid_to, scope: on a result."""

    dossier_code: str
    procedure_code: str = ""
    applicant: str = ""
    document_name: str = ""
    system: str = ""
    issued: datetime | None = None
    due: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    scope: str = ""

    def text(self, only: Collection[str] | None = None) -> str:
        """only: names of the fields that may go in; None: all. The dossier's code always does. Raises QrEmpty."""
        if not tidy(self.dossier_code):
            raise QrEmpty()
        told = [
            (letter, _written(getattr(self, field.name)))
            for letter, field in zip("HTDNSCRVEP", fields(self), strict=True)
            if only is None or field.name in only or field.name == "dossier_code"
        ]
        return "|".join([VERSION, *(f"{letter}={value}" for letter, value in told if value)])


def _written(value: str | date | None) -> str:
    if isinstance(value, datetime):
        return iso_vietnam(value)
    if isinstance(value, date):
        return value.isoformat()
    return tidy(value or "").replace("%", "%25").replace("|", "%7C")


def print_qr(
    source: Path,
    target: Path,
    payload: QrPayload,
    *,
    only: Collection[str] | None = None,
    page: int = 0,
    avoid: Sequence[Box] = (),
) -> Box:
    """Write `source` with the code on it to `target`, wholly or not at all; PDF/A-2b stays so. Gives where it stands, as seen.

    avoid: boxes in points as seen that must stay free besides what is printed, for instance where the officer will sign.
    Raises QrAfterSigning, QrEmpty, QrTooLong, NoRoomForStamp, PageNotDrawn, FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted.
    """
    if has_signatures(source):
        raise QrAfterSigning()
    modules = _modules(payload.text(only))
    with opened(source) as reader:
        sheet = sheet_of(reader, page)
        taken = [*(one.box for one in widgets_on(reader, page, sheet)), *avoid]
    box = _place(source, page, sheet, taken, modules.shape[0])
    try:
        with pikepdf.open(source) as pdf, durable_file(target) as out:
            _draw(pdf, page, sheet, box, modules)
            # The metadata stay as they were checked; nothing here may change what the paper says about itself.
            pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.preserve, deterministic_id=True)
    except pikepdf.PdfError as broken:
        raise PdfDamaged(why=type(broken).__name__) from broken
    return box


def _modules(text: str) -> NDArray[np.bool_]:
    """True is black; without quiet zone. Raises QrTooLong."""
    try:
        code: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    except (ValueError, RuntimeError) as full:
        raise QrTooLong() from full
    modules = np.asarray(code.to_image(scale=1, add_quiet_zones=False)) < 128
    if modules.shape[0] * _MODULE > _LARGEST:
        raise QrTooLong()
    return modules


def _place(source: Path, page: int, sheet: Sheet, taken: Sequence[Box], count: int) -> Box:
    """Of the code with its quiet zone."""
    zone = corner_zone(sheet.size, _ZONE, right=False)
    grown = zone[0] - CLEAR - 1, zone[1] - CLEAR - 1, zone[2] + CLEAR + 1, zone[3] + CLEAR + 1
    room = Room(ink_on(source, page, sheet, grown), taken)
    for least in SIDES:
        side = max(least, count * _MODULE) * (count + 2 * _QUIET) / count * _POINTS
        found = room.nearest(side, side, zone, right=False)
        if found is not None:
            return found[0]
    raise NoRoomForStamp()


def _draw(pdf: pikepdf.Pdf, page: int, sheet: Sheet, box: Box, modules: NDArray[np.bool_]) -> None:
    count = modules.shape[0] + 2 * _QUIET
    # Rows of black modules as long bars, so that no hairlines of paper show between them.
    bars: list[str] = []
    for row, line in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
        y = count - _QUIET - 1 - row
        bars += [f"{start + _QUIET} {y} {end - start} 1 re" for start, end in edges.reshape(-1, 2).tolist()]
    content = "\n".join(["/Grey cs 1 sc", f"0 0 {count} {count} re f", "0 sc", *bars, "f"])
    grey = Array([Name.CalGray, Dictionary(WhitePoint=Array([0.9505, 1, 1.089]), Gamma=2.2)])
    form = pdf.make_stream(
        content.encode("ascii"),
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, count, count]),
        Resources=Dictionary(ColorSpace=Dictionary(Grey=grey)),
    )
    own = pdf.pages[page]
    # A name of its own choosing would be another one each time, and the printed page with it.
    taken = own.resources.get("/XObject", Dictionary())
    free = next(name for number in itertools.count(1) if (name := f"/SohoaQr{number}") not in taken)
    name = own.add_resource(form, Name.XObject, Name(free))
    left, bottom, right, top = sheet.to_page(box)
    zoom = (right - left) / count
    matrix = {
        90: (0, zoom, -zoom, 0, right, bottom),
        180: (-zoom, 0, 0, -zoom, right, top),
        270: (0, -zoom, zoom, 0, left, top),
    }.get(sheet.rotation, (zoom, 0, 0, zoom, left, bottom))
    # What was on the page may have left its coordinates changed.
    own.contents_add(b"q", prepend=True)
    placed = " ".join(f"{number:.5f}" for number in matrix)
    own.contents_add(f"Q q {placed} cm {name} Do Q".encode("ascii"))
