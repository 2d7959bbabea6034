"""How a doubt is put to a person: in Vietnamese on the screen, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from sohoa.storage.completeness import Completeness
from sohoa.storage.field_values import name_vi
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.review import Desk, Doubt

if TYPE_CHECKING:
    from sohoa.pipeline.crops import Crops

REASONS_VI = {
    "missing": "loại văn bản này phải có, nhưng chưa tìm thấy trên giấy",
    "witnesses_disagree": "các dấu hiệu về loại văn bản không khớp nhau",
    "breaks_rule": "giá trị đọc được không hợp lệ với trường này",
    "other_readings": "có cách đọc khác cũng hợp",
    "unsure": "máy đọc chưa chắc",
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
    for number, (value, confidence) in enumerate(doubt.choices, 1):
        on.print(f"  [bold]{number}[/] {escape(value)}" + (f"  ({_vi(confidence)})" if confidence is not None else ""))
    on.print(f"  vì sao: {why_vi(doubt)}")
    where = f"  trang {doubt.page}" + (f", khung {', '.join(map(str, doubt.bbox))}" if doubt.bbox else "") if doubt.page else ""
    if where:
        on.print(where)
    if crops and doubt.field in crops.paths:
        on.print(f"  ảnh: {escape(str(crops.paths[doubt.field]))}")
    if crops and doubt.field in crops.failed:
        on.print(f"  không cắt được ảnh ({crops.failed[doubt.field]})")


def why_vi(doubt: Doubt) -> str:
    told = REASONS_VI[doubt.reason]
    said = ", ".join(f"{WITNESSES_VI.get(who, who)} cho là {code}" for who, code in doubt.witnesses.items())
    return f"{told}: {escape(said)}" if said else told


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
        "witnesses": doubt.witnesses,
        "page": doubt.page,
        "bbox": list(doubt.bbox) if doubt.bbox else None,
        "crop": str(crops.paths[doubt.field]) if crops and doubt.field in crops.paths else None,
    }


def settled_vi(whole: Completeness) -> str:
    if whole.complete:
        return "[green]✓[/] Bản ghi đầy đủ: không còn trường nào thiếu hay chưa chắc."
    left = [*(f"{name_vi(name)} (thiếu)" for name in whole.missing), *(name_vi(name) for name in whole.doubtful)]
    return f"Còn {len(left)} trường: {escape(', '.join(left))}."


def _vi(confidence: float) -> str:
    return f"{confidence:.2f}".replace(".", ",")
