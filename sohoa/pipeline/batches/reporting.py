"""A batch told to the clerk beside the scanner, and the same as data."""

from __future__ import annotations

from typing import Any

from sohoa.kernel.clock import iso_vietnam
from sohoa.pipeline.batches.counting import Count, counted
from sohoa.pipeline.batches.models import Batch, BatchEvent, BatchPage, BatchPaper

FINDINGS_VI = {
    "blank": "mặt trước trắng: chồng giấy có thể đặt ngược",
    "too_dark": "nền quá tối ({value}/255)",
    "too_faint": "chữ quá mờ nhạt ({value}/255)",
    "blurred": "nhòe: nét chữ loang {value} mm",
    "skewed": "lệch {value} độ",
    "cut_edge": "mất chữ ở mép giấy ({value} chữ chạm mép)",
    "cut_corner": "gấp hoặc rách góc ({value} góc)",
    "doubled_feed": "dài {value} mm: có thể hai tờ dính nhau",
    "repeated": "giống hệt trang ngay trước lúc dừng: có thể quét lại tờ đã có",
    "number_gap": "số trang nhảy từ {value}: có thể hai tờ dính nhau",
    "seal_missing": "không thấy dấu đỏ ở giấy tờ loại {value}",
    "damaged": "ảnh nhận từ máy quét bị hỏng",
}

EVENTS_VI = {
    "opened": "mở lô",
    "paused": "tạm dừng",
    "resumed": "làm tiếp",
    "cancelled": "hủy lô",
    "counted": "ghi số tờ đếm tay",
    "scan_started": "bắt đầu quét",
    "scan_ended": "kết thúc lượt quét",
    "page_replaced": "quét lại trang",
    "page_dropped": "bỏ trang ra",
    "note_attached": "báo có giấy ghi chú",
    "note_gone": "bỏ báo giấy ghi chú",
    "named": "đặt mã theo phiếu đầu lô",
    "secrets_removed": "báo đã lấy ra giấy tờ bí mật nhà nước",
    "closing": "quyết định đóng lô",
    "closed": "đóng lô",
}


def finding_vi(finding: dict[str, str]) -> str:
    return FINDINGS_VI.get(finding["code"], finding["code"]).format(value=finding.get("value", "").replace(".", ","))


def page_dict(page: BatchPage) -> dict[str, Any]:
    """The shape of a page in every `--json`; keys are added, never renamed."""
    return {
        "page": page.position,
        "variant": page.variant,
        "sheet": page.sheet,
        "side": page.side,
        "sha256": page.content,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "blank": page.blank,
        "separator": page.separator,
        "note": page.note,
        "findings": page.findings,
        "at": iso_vietnam(page.at),
        "by": page.by,
        "run": page.run_id,
        "current": page.current,
    }


def batch_dict(batch: Batch, *, count: Count | None = None) -> dict[str, Any]:
    return {
        "code": batch.code,
        "state": batch.state,
        "dossier": batch.dossier or None,
        "procedure": batch.procedure or None,
        "unit": batch.unit or None,
        "document_type": batch.document_type or None,
        "device": batch.device or None,
        "opened_by": batch.opened_by,
        "opened_at": iso_vietnam(batch.opened_at),
        "ended_by": batch.ended_by or None,
        "ended_at": iso_vietnam(batch.ended_at) if batch.ended_at else None,
        "reason": batch.reason or None,
        "count": (count or counted(batch)).as_dict(),
    }


def papers_of(batch: Batch) -> list[dict[str, Any]]:
    return [
        {
            "ordinal": paper.ordinal,
            "pages": paper.pages,
            "sha256": paper.item.content,
            "dossier": paper.item.dossier or None,
            "state": paper.item.state,
            "document_id": paper.item.document_id or None,
        }
        for paper in BatchPaper.objects.filter(batch=batch).select_related("item").order_by("ordinal")
    ]


def event_dict(event: BatchEvent) -> dict[str, Any]:
    return {"at": iso_vietnam(event.at), "by": event.by, "what": event.what, "details": event.details}
