"""How a doubt is put to a person: in Vietnamese on the screen, and as JSON."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from sohoa.kernel.clock import VIETNAM, iso_vietnam
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.register import Dossier
from sohoa.storage.completeness import Completeness
from sohoa.storage.field_values import name_vi
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.review import AboutDossier, Desk, Doubt

if TYPE_CHECKING:
    from sohoa.pipeline.crops import Crops

REASONS_VI = {
    "missing": "loại văn bản này phải có, nhưng chưa tìm thấy trên giấy",
    "witnesses_disagree": "các dấu hiệu về loại văn bản không khớp nhau",
    "breaks_rule": "giá trị đọc được không hợp lệ với trường này",
    "other_readings": "có cách đọc khác cũng hợp",
    "unsure": "máy đọc chưa chắc",
    "dossier_suggested": "máy chỉ đoán được hồ sơ, cần người nhận hoặc bỏ",
    "dossier_disputed": "giấy tờ này có dấu hiệu thuộc nhiều hồ sơ khác nhau",
    "dossier_unknown": "mã hồ sơ này chưa có trong sổ đăng ký",
}
# What a doubt of a field says in words; {told}: what stands after its colon.
DOUBTS_VI = {
    "pen_alone": "{what} viết tay, chưa có bằng chứng thứ hai",
    "pen_unclear": "{what} viết tay khó đọc, bằng chứng khác chưa đủ để chắc",
    "outside_row": "ngoài khoảng số của đơn vị: quanh ngày này đơn vị cấp {told}",
    "number_taken": "đơn vị đã cấp số {told} cho giấy tờ khác",
    "signed_apart": "tệp được ký số ngày {told}, không khớp ngày đọc được",
    "ink_differs": "đọc lại từng chữ số trên ảnh thì ra {told}",
    "near_familiar": "đơn vị thường dùng «{told}», chỉ khác chút ít",
}
WITNESS_SAYS_VI = {"register": "sổ đăng ký", "qr": "mã QR", "text": "chỗ khác trên giấy"}
CLUES_VI = {
    "told": "người đưa vào đã nêu",
    "sheet": "phiếu phân cách nêu",
    "qr": "mã QR trên giấy",
    "text": "mã in trên giấy",
    "owner+procedure": "đúng người, đúng thủ tục",
    "owner": "đúng người",
}
WITNESSES_VI = {"title": "dòng tên loại", "notation": "ký hiệu", "text": "nội dung"}
SOURCES_VI = {"ocr": "máy đọc", "qr": "mã QR", "manual": "người nhập", "database": "cơ sở dữ liệu", "reused": "dùng lại"}


def crops_for(desk: Desk, store: ObjectStore, folder: Path | None) -> Crops | None:
    """Pictures of all its doubts; None where none were asked for."""
    if folder is None:
        return None
    # What draws pages takes half a second to import, which whoever asked for no picture should not wait for.
    from sohoa.pipeline.crops import write_crops

    return write_crops(desk.record, desk.doubts, store, folder)


def show_doubt(doubt: Doubt, crops: Crops | None, *, on: Console) -> None:
    """A few lines; what was read on the paper is never taken for markup."""
    sure = (
        f" ({SOURCES_VI.get(doubt.source, doubt.source)}, tin cậy {_vi(doubt.confidence)})"
        if doubt.value and doubt.confidence
        else ""
    )
    on.print(f"\n[bold]{escape(doubt.name_vi)}[/] \\[{doubt.field}]: [reverse]{escape(doubt.value) or '—'}[/]{sure}")
    if doubt.raw and doubt.raw != doubt.value:
        on.print(f"  trên giấy đọc là: {escape(doubt.raw)}")
    dossiers = {one.code: one for one in doubt.dossiers}
    if doubt.value in dossiers:
        on.print(f"  {escape(_dossier_vi(dossiers[doubt.value], scored=False))}")
    for number, (value, confidence) in enumerate(doubt.choices, 1):
        about = (
            f"  {_dossier_vi(dossiers[value])}" if value in dossiers else f"  ({_vi(confidence)})" if confidence is not None else ""
        )
        on.print(f"  [bold]{number}[/] {escape(value)}{escape(about)}")
    on.print(f"  vì sao: {why_vi(doubt)}")
    where = f"  trang {doubt.page}" + (f", khung {', '.join(map(str, doubt.bbox))}" if doubt.bbox else "") if doubt.page else ""
    if where:
        on.print(where)
    if crops and doubt.field in crops.paths:
        on.print(f"  ảnh: {escape(str(crops.paths[doubt.field]))}")
    if crops and doubt.field in crops.failed:
        on.print(f"  không cắt được ảnh ({crops.failed[doubt.field]})")


def why_vi(doubt: Doubt) -> str:
    if doubt.doubts and doubt.reason not in REASONS_VI:
        return escape("; ".join(_doubt_vi(one, doubt.field) for one in doubt.doubts))
    told = REASONS_VI.get(doubt.reason, REASONS_VI["unsure"])
    said = ", ".join(f"{WITNESSES_VI.get(who, who)} cho là {code}" for who, code in doubt.witnesses.items())
    return f"{told}: {escape(said)}" if said else told


def _doubt_vi(doubt: str, field: str) -> str:
    code, _, told = doubt.partition(":")
    if code == "contradicted":
        who, _, value = told.partition("=")
        return f"hai bằng chứng trái nhau: {WITNESS_SAYS_VI.get(who, who)} ghi {_day_vi(value)}, nét bút đọc ra khác"
    if code == "outside_row":
        first, _, last = told.partition("-")
        told = f"từ số {first} đến số {last}" if last else f"từ số {first} trở đi"
    sentence = DOUBTS_VI.get(code, REASONS_VI["unsure"])
    return sentence.format(told=_day_vi(told), what="ngày" if field == "issued_date" else "số")


def _day_vi(told: str) -> str:
    try:
        return f"{date.fromisoformat(told):%d/%m/%Y}" if len(told) == 10 else told
    except ValueError:
        return told


def _dossier_vi(about: AboutDossier, *, scored: bool = True) -> str:
    """`(0,92: đúng người, đúng thủ tục) Cấp giấy phép, tiếp nhận 05/01/2026 · bản ghi đang ở đây`

    scored: False where the field's own certainty stands above it already.
    """
    why = ", ".join(CLUES_VI.get(clue, clue) for clue in about.clues)
    score = _vi(about.score) if scored and about.score is not None else ""
    told = ": ".join(part for part in (score, why) if part)
    received = f", tiếp nhận {about.received.astimezone(VIETNAM):%d/%m/%Y}" if about.received else ""
    known = f"{about.procedure or 'có trong sổ'}{received}" if about.registered else "chưa có trong sổ"
    return (f"({told}) " if told else "") + known + (" · bản ghi đang ở đây" if about.lies_here else "")


def filed_vi(record: Record) -> str:
    """Where a record lies now, for after a move."""
    filing = record.filings.select_related("component", "result").order_by("pk").first()
    if filing is None:
        return "Bản ghi chưa nằm trong hồ sơ nào."
    place = filing.component or filing.result
    if place:
        return f"Bản ghi nằm trong hồ sơ {escape(filing.dossier_code)}, ở chỗ «{escape(place.name)}»."
    known = Dossier.objects.filter(pk=filing.dossier_code).exists()
    why = "hồ sơ không còn chỗ trống cho loại giấy tờ này" if known else "sổ chưa có hồ sơ này"
    return f"Bản ghi nằm trong hồ sơ {escape(filing.dossier_code)}, chưa vào thành phần nào: {why}."


def doubt_dict(doubt: Doubt, crops: Crops | None) -> dict[str, Any]:
    return {
        "field": doubt.field,
        "name": doubt.name_vi,
        "value": doubt.value or None,
        "raw": doubt.raw,
        "source": doubt.source,
        "confidence": doubt.confidence,
        "choices": [{"number": n, "value": value, "confidence": sure} for n, (value, sure) in enumerate(doubt.choices, 1)],
        "reason": doubt.reason,
        "doubts": list(doubt.doubts),
        "dossiers": [_dossier_dict(about) for about in doubt.dossiers],
        "witnesses": doubt.witnesses,
        "page": doubt.page,
        "bbox": list(doubt.bbox) if doubt.bbox else None,
        "crop": str(crops.paths[doubt.field]) if crops and doubt.field in crops.paths else None,
    }


def _dossier_dict(about: AboutDossier) -> dict[str, Any]:
    return {
        "code": about.code,
        "score": about.score,
        "clues": list(about.clues),
        "registered": about.registered,
        "procedure": about.procedure,
        "received_at": iso_vietnam(about.received) if about.received else None,
        "lies_here": about.lies_here,
    }


def settled_vi(whole: Completeness) -> str:
    if whole.complete:
        return "[green]✓[/] Bản ghi đầy đủ: không còn trường nào thiếu hay chưa chắc."
    left = [*(f"{name_vi(name)} (thiếu)" for name in whole.missing), *(name_vi(name) for name in whole.doubtful)]
    return f"Còn {len(left)} trường: {escape(', '.join(left))}."


def _vi(confidence: float) -> str:
    return f"{confidence:.2f}".replace(".", ",")
