"""The words of the printed report: what each part of a verdict is called, and what to do next. Vietnamese and English."""

from __future__ import annotations

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import FileReport, Revocation, Role, SignatureReport
from sohoa.signing.validation.explain import Language, Said

TITLE: Said = {"vi": "PHIẾU KẾT QUẢ KIỂM TRA CHỮ KÝ SỐ", "en": "SIGNATURE VALIDATION REPORT"}
FILE: Said = {"vi": "Tệp", "en": "File"}
SIZE: Said = {"vi": "Dung lượng", "en": "Size"}
JUDGED: Said = {"vi": "Kiểm tra lúc", "en": "Checked at"}
ROOTS: Said = {"vi": "Gốc tin cậy", "en": "Trusted roots"}
NO_ROOTS: Said = {"vi": "không có", "en": "none"}
EXPIRED: Said = {"vi": "đã hết hạn {end}", "en": "expired {end}"}
SIGNATURES: Said = {"vi": "Các chữ ký, theo thứ tự ký", "en": "Signatures, in the order they were made"}
MORE: Said = {"vi": "Còn {count} chữ ký khác không in ở đây.", "en": "{count} more signatures are not printed here."}
NEXT: Said = {"vi": "Việc cần làm", "en": "What to do"}
FOOT: Said = {
    "vi": "Kiểm tra ngoại tuyến theo ETSI EN 319 102-1, chỉ dựa trên dữ liệu trong tệp và các chứng thư gốc nêu trên. Trang {page}/{pages}",
    "en": "Checked offline after ETSI EN 319 102-1, from the data in the file and the roots named above alone. Page {page}/{pages}",
}
VERDICT: dict[Outcome, Said] = {
    Outcome.OK: {"vi": "HỢP LỆ", "en": "VALID"},
    Outcome.FAILED: {"vi": "KHÔNG HỢP LỆ", "en": "NOT VALID"},
    Outcome.UNDETERMINED: {"vi": "CHƯA XÁC ĐỊNH ĐƯỢC", "en": "UNDETERMINED"},
}
ROLE: dict[Role, Said] = {
    Role.PERSON: {"vi": "cá nhân", "en": "person"},
    Role.AGENCY: {"vi": "cơ quan, tổ chức", "en": "agency"},
    Role.TIMESTAMP: {"vi": "nơi cấp dấu thời gian", "en": "time-stamping authority"},
    Role.UNKNOWN: {"vi": "không rõ", "en": "unknown"},
}
NAMELESS: Said = {"vi": "(không đọc được tên)", "en": "(no readable name)"}
LABELS: dict[str, Said] = {
    "time": {"vi": "Thời điểm", "en": "Time"},
    "integrity": {"vi": "Nội dung", "en": "Content"},
    "chain": {"vi": "Chứng thư", "en": "Certificate"},
    "revocation": {"vi": "Thu hồi", "en": "Revocation"},
    "extent": {"vi": "Phạm vi", "en": "Extent"},
    "level": {"vi": "Dạng chữ ký", "en": "Form"},
    "findings": {"vi": "Nhận xét", "en": "Findings"},
}
INTEGRITY: dict[Outcome, Said] = {
    Outcome.OK: {"vi": "Phần đã ký còn nguyên vẹn.", "en": "What was signed is unchanged."},
    Outcome.FAILED: {"vi": "Không còn nguyên vẹn, hoặc chữ ký hỏng.", "en": "Changed, or the signature is broken."},
    Outcome.UNDETERMINED: {"vi": "Chưa kiểm tra được.", "en": "Could not be checked."},
}
CHAIN: dict[Outcome, Said] = {
    Outcome.OK: {"vi": "Dẫn đến chứng thư gốc tin cậy, còn hạn vào lúc ký.", "en": "Leads to a trusted root; valid when signed."},
    Outcome.FAILED: {"vi": "Không hợp lệ.", "en": "Not valid."},
    Outcome.UNDETERMINED: {"vi": "Chưa xác nhận được.", "en": "Could not be confirmed."},
}
REVOCATION: dict[Revocation, Said] = {
    Revocation.OK: {"vi": "Không bị thu hồi, theo dữ liệu kèm trong tệp.", "en": "Not revoked, after the data in the file."},
    Revocation.FAILED: {"vi": "Đã bị thu hồi.", "en": "Revoked."},
    Revocation.UNDETERMINED: {"vi": "Chưa biết.", "en": "Not known."},
    Revocation.NOT_CHECKED: {
        "vi": "Không kiểm tra: chứng thư không nêu nơi tra cứu.",
        "en": "Not checked: the certificate names no place to ask.",
    },
}
_WHOLE: Said = {"vi": "Toàn bộ tệp.", "en": "The whole file."}
_EARLIER: Said = {
    "vi": "Tệp như lúc ký; phần thêm sau được nêu ở dưới.",
    "en": "The file as it was signed; what came later is told below.",
}
_MODIFIED: Said = {"vi": "Tệp đã bị sửa sau khi ký.", "en": "The file was changed after signing."}
_NEXT: dict[str, Said] = {
    "NO_SIGNATURE": {
        "vi": "Tệp chưa được ký số: yêu cầu nơi phát hành gửi bản có chữ ký số.",
        "en": "The file is not signed: ask the issuer for a signed copy.",
    },
    "NO_CERTIFICATE_CHAIN_FOUND": {
        "vi": "Thêm chứng thư gốc của nơi cấp vào danh sách tin cậy (lấy từ trang chính thức của nơi cấp), rồi kiểm tra lại.",
        "en": "Add the root of the issuing authority to the trusted ones (from its official site), then check again.",
    },
    "TRY_LATER": {
        "vi": "Tra cứu tình trạng chứng thư tại nơi cấp; hoặc xin bản có kèm dữ liệu xác thực lâu dài (PAdES-B-LT).",
        "en": "Ask the issuing authority about the certificate, or ask for a copy with long-term data (PAdES-B-LT).",
    },
    "OUT_OF_BOUNDS_NO_POE": {
        "vi": "Đối chiếu với bản lưu tại cơ quan đã ký; với tệp của mình, gia hạn dấu thời gian trước khi chứng thư hết hạn.",
        "en": "Compare with the copy kept by the agency that signed; renew timestamps of your own files before certificates end.",
    },
    "CRYPTO_CONSTRAINTS_FAILURE": {
        "vi": "Đối chiếu với bản lưu tại cơ quan đã ký; đề nghị ký lại bằng thuật toán hiện hành (SHA-256 trở lên).",
        "en": "Compare with the copy kept by the agency that signed; ask for a signature with a present algorithm (SHA-256).",
    },
    "UNSIGNED_BYTES_AT_END": {
        "vi": "Xin lại bản gốc của tệp từ cơ quan đã ký: cuối tệp này có dữ liệu lạ.",
        "en": "Ask the agency that signed for the original file: this one has foreign data at its end.",
    },
    "LIMIT_EXCEEDED": {
        "vi": "Không mở tệp này ở máy khác. Xin bản khác của tệp từ cơ quan đã ký.",
        "en": "Do not open the file elsewhere. Ask the agency that signed for another copy.",
    },
}
_NEXT_BY_VERDICT: dict[Outcome, Said] = {
    Outcome.OK: {
        "vi": "Không cần làm gì thêm. Giữ nguyên tệp, không lưu lại bằng chương trình khác.",
        "en": "Nothing. Keep the file as it is; do not save it with another program.",
    },
    Outcome.FAILED: {
        "vi": "Không dùng tệp này làm kết quả. Xin lại bản gốc từ cơ quan đã ký.",
        "en": "Do not use this file as a result. Ask the agency that signed for the original.",
    },
    Outcome.UNDETERMINED: {
        "vi": "Chưa dùng tệp này làm kết quả. Đối chiếu với cơ quan đã ký.",
        "en": "Do not use this file as a result yet. Ask the agency that signed.",
    },
}


def next_step(report: FileReport, lang: Language) -> str:
    said = _NEXT.get(report.reason) if report.verdict is Outcome.UNDETERMINED else None
    return (said or _NEXT_BY_VERDICT[report.verdict])[lang]


def extent(report: SignatureReport, lang: Language) -> str:
    if report.modified_after_signing:
        return _MODIFIED[lang]
    if report.integrity is not Outcome.OK or "COVERAGE_UNCLEAR" in report.findings:
        return INTEGRITY[Outcome.UNDETERMINED][lang]
    return (_WHOLE if report.covers_whole_document else _EARLIER)[lang]
