"""Why a record's PDF could not be made."""

from __future__ import annotations

from sohoa.kernel.errors import SohoaError


class NotPdfA(SohoaError):
    """violations: the checker's first findings, in English, for the log."""

    code = "ocr.not_pdfa"
    vi = "Bản PDF vừa tạo không đạt chuẩn lưu trữ PDF/A-2b nên không được dùng."
    en = "The PDF that was made does not conform to PDF/A-2b: {violations}"
    remedy = "Tài liệu gốc vẫn được giữ nguyên. Báo cho người quản trị kèm mã lỗi này."
    remedy_en = "The original is kept as it is. Tell the administrator this error's code."


class PageNotEmbedded(SohoaError):
    """page: from 1. detail: what did not hold, in English, for the log."""

    code = "ocr.page_not_embedded"
    vi = "Không đưa được ảnh của trang {page} vào bản PDF."
    en = "The image of page {page} could not be put into the PDF ({detail})."
    remedy = "Tài liệu gốc vẫn được giữ nguyên. Bấm «Chạy lại»; nếu vẫn lỗi, quét lại trang này."
    remedy_en = "The original is kept as it is. Retry; if it fails again, scan this page again."
