"""Why a file, or one page of it, could not be taken in. Each class owns its stable code and the way out."""

from __future__ import annotations

from sohoa.kernel.errors import SohoaError


class EmptyFile(SohoaError):
    code = "ocr.empty_file"
    vi = "Tệp không có nội dung (0 byte)."
    en = "The file is empty (0 bytes)."
    remedy = "Quét hoặc sao chép lại tài liệu này, rồi đưa vào lại."
    remedy_en = "Scan or copy the document again, then submit it again."


class TruncatedPdf(SohoaError):
    """detail: what did not hold, in English, for the log."""

    code = "ocr.truncated_pdf"
    vi = "Tệp PDF bị hỏng hoặc chưa được chép đủ, không đọc được đến hết."
    en = "The PDF is damaged or was not copied to its end ({detail})."
    remedy = "Chép lại tệp từ nguồn (chờ chép xong hẳn), hoặc quét lại giấy, rồi đưa vào lại."
    remedy_en = "Copy the file again from its source (let the copy finish), or scan the paper again, then submit it again."


class EncryptedPdf(SohoaError):
    code = "ocr.encrypted_pdf"
    vi = "Tệp PDF được đặt mật khẩu nên không mở được."
    en = "The PDF needs a password to open."
    remedy = "Xin bản không đặt mật khẩu từ nơi gửi, hoặc gỡ mật khẩu, rồi đưa vào lại."
    remedy_en = "Ask the sender for a copy without a password, or remove the password, then submit it again."


class PdfWithoutPages(SohoaError):
    code = "ocr.pdf_without_pages"
    vi = "Tệp PDF không có trang nào."
    en = "The PDF has no pages."
    remedy = "Kiểm tra lại tệp ở nguồn và quét lại tài liệu nếu cần."
    remedy_en = "Check the file at its source and scan the document again if needed."


class NotADocument(SohoaError):
    code = "ocr.not_a_document"
    vi = "Nội dung tệp không phải là PDF, TIFF, JPEG, PNG, WebP hay HEIC."
    en = "The content of the file is not PDF, TIFF, JPEG, PNG, WebP or HEIC."
    remedy = "Xuất tài liệu thành PDF hoặc quét lại, rồi đưa vào lại."
    remedy_en = "Export the document as PDF or scan it again, then submit it again."


class TooManyPixels(SohoaError):
    """width, height: pixels. page: from 1."""

    code = "ocr.too_many_pixels"
    vi = "Trang {page} có kích thước quá lớn ({width} × {height} điểm ảnh), vượt giới hạn an toàn."
    en = "Page {page} is too large ({width} x {height} pixels) to be opened safely."
    remedy = "Quét lại ở độ phân giải 300 dpi, hoặc chia bản vẽ khổ lớn thành nhiều trang."
    remedy_en = "Scan again at 300 dpi, or split a large drawing into several pages."


class PageNotRasterised(SohoaError):
    """page: from 1. status: how the rasteriser ended."""

    code = "ocr.page_not_rasterised"
    vi = "Không dựng được hình của trang {page}."
    en = "Page {page} could not be rendered ({status})."
    remedy = "Mở tệp bằng phần mềm khác, in lại thành PDF hoặc quét lại trang này, rồi bấm «Chạy lại»."
    remedy_en = "Open the file in another program and print it to PDF again, or scan the page again, then retry."


class DamagedImage(SohoaError):
    """page: from 1. detail: what did not hold, in English, for the log."""

    code = "ocr.damaged_image"
    vi = "Ảnh của trang {page} bị hỏng hoặc chưa được chép đủ."
    en = "The image of page {page} is damaged or was not copied to its end ({detail})."
    remedy = "Chép lại tệp từ nguồn (chờ chép xong hẳn), hoặc quét lại giấy, rồi đưa vào lại."
    remedy_en = "Copy the file again from its source (let the copy finish), or scan the paper again, then submit it again."


class UnreadablePermissions(SohoaError):
    code = "ocr.unreadable_permissions"
    vi = "Chương trình không có quyền đọc tệp này."
    en = "The program may not read this file."
    remedy = "Cấp quyền đọc tệp cho tài khoản chạy sohoa, rồi đưa vào lại."
    remedy_en = "Give the account that runs sohoa the right to read the file, then submit it again."
