"""A report said in plain sentences, Vietnamese or English, for a clerk at a terminal or a screen."""

from __future__ import annotations

from typing import Literal

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import FileReport, Revocation, Role, SignatureReport

Language = Literal["vi", "en"]
Said = dict[Language, str]

_UNUSABLE: Said = {"vi": "Không dùng làm kết quả.", "en": "Do not use it as a result."}
_UNCHANGED: Said = {"vi": "Nội dung đã ký chưa bị sửa.", "en": "What was signed has not been changed."}

# Every finding that `judge` can make, as what is the matter and, where a person can do something, what.
FINDINGS: dict[str, Said] = {
    "HASH_FAILURE": {"vi": "Tệp đã bị sửa sau khi ký.", "en": "The file was changed after signing."},
    "SIG_CRYPTO_FAILURE": {
        "vi": "Chữ ký không phải do khóa của chứng thư này tạo ra.",
        "en": "The signature was not made by the key of this certificate.",
    },
    "FORMAT_FAILURE": {"vi": "Dữ liệu chữ ký bị hỏng, không đọc được.", "en": "The signature's data is broken and cannot be read."},
    "COVERAGE_UNCLEAR": {
        "vi": "Chữ ký không bao trùm trọn phần nội dung mà nó thuộc về.",
        "en": "The signature does not cover all of the content it belongs to.",
    },
    "MODIFIED_AFTER_SIGNING": {
        "vi": "Nội dung đã bị thêm hoặc sửa sau khi ký.",
        "en": "Content was added or changed after signing.",
    },
    "REVOKED": {
        "vi": "Chứng thư của người ký đã bị thu hồi trước thời điểm ký.",
        "en": "The signer's certificate had been revoked before the time of signing.",
    },
    "REVOKED_NO_POE": {
        "vi": "Chứng thư của người ký đã bị thu hồi, và không có dấu thời gian chứng minh chữ ký được tạo trước đó.",
        "en": "The signer's certificate was revoked, and no timestamp proves that the signature is older.",
    },
    "NO_CERTIFICATE_CHAIN_FOUND": {
        "vi": "Không có chứng thư gốc của cơ quan ký. Thêm chứng thư gốc bằng «--trust» để kiểm tra tiếp.",
        "en": "The root certificate behind the signer is not among the trusted ones. Add it with --trust to check further.",
    },
    "NO_SIGNING_CERTIFICATE_FOUND": {
        "vi": "Không tìm thấy đúng chứng thư của người ký trong tệp.",
        "en": "The file does not hold the signer's own certificate.",
    },
    "OUT_OF_BOUNDS_NO_POE": {
        "vi": "Chứng thư của người ký không còn (hoặc chưa) hiệu lực; không có dấu thời gian chứng minh chữ ký có trước đó.",
        "en": "The signer's certificate is no longer (or not yet) valid; no timestamp proves that the signature was made in time.",
    },
    "CHAIN_CONSTRAINTS_FAILURE": {
        "vi": "Chứng thư của người ký không được cấp để ký tài liệu.",
        "en": "The signer's certificate was not issued for signing documents.",
    },
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": {
        "vi": "Chuỗi chứng thư của người ký có chứng thư không hợp lệ hoặc đã hết hạn.",
        "en": "A certificate above the signer's is invalid or has expired.",
    },
    "CRYPTO_CONSTRAINTS_FAILURE": {
        "vi": "Chữ ký dùng thuật toán cũ (như SHA-1) nay không còn được coi là an toàn.",
        "en": "The signature uses an old algorithm (such as SHA-1) that is no longer considered safe.",
    },
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": {
        "vi": "Chữ ký dùng thuật toán nay không còn an toàn, và không có dấu thời gian chứng minh thời điểm ký.",
        "en": "The signature uses an algorithm that is no longer safe, and no timestamp proves when it was made.",
    },
    "TRY_LATER": {
        "vi": "Chưa biết chứng thư có bị thu hồi hay không: tệp không kèm thông tin thu hồi dùng được, và không tra cứu qua mạng.",
        "en": "Whether the certificate was revoked is not known: the file holds no usable answer, and the network is not asked.",
    },
    "NO_POE": {
        "vi": "Thông tin thu hồi trong tệp không chứng minh được cho thời điểm ký.",
        "en": "The revocation data in the file proves nothing about the time of signing.",
    },
    "UNKNOWN_SIGNATURE_FORMAT": {
        "vi": "Loại chữ ký này chưa được hỗ trợ, nên chưa kiểm tra được.",
        "en": "This kind of signature is not supported, so it could not be checked.",
    },
    "SIGNING_TIME_IN_FUTURE": {
        "vi": "Thời điểm ký do người ký khai nằm ở tương lai. Kiểm tra đồng hồ máy.",
        "en": "The time the signer claims lies in the future. Check this machine's clock.",
    },
    "SIGNING_TIME_OUTSIDE_CERTIFICATE": {
        "vi": "Thời điểm ký do người ký khai nằm ngoài thời hạn của chứng thư.",
        "en": "The time the signer claims lies outside the validity of the certificate.",
    },
    "UNSIGNED_BYTES_AT_END": {
        "vi": "Cuối tệp có thêm dữ liệu mà không chữ ký nào bao trùm.",
        "en": "Data that no signature covers was appended to the end of the file.",
    },
    "TIMESTAMP_NOT_TRUSTED": {
        "vi": "Chữ ký có dấu thời gian, nhưng chưa có chứng thư gốc của nơi cấp dấu để kiểm tra.",
        "en": "The signature carries a timestamp, but its authority does not lead to a trusted root.",
    },
    "TIMESTAMP_OF_SOMETHING_ELSE": {
        "vi": "Chữ ký mang dấu thời gian được cấp cho dữ liệu khác. Xin bản gốc của tệp.",
        "en": "The signature carries a timestamp that was made for something else. Ask for the original file.",
    },
    "SIGNATURE_SHARED": {
        "vi": "Hai ô chữ ký cùng trỏ đến một chữ ký: người được nêu ở ô thứ hai không hề ký.",
        "en": "Two signature fields show one and the same signature: whoever the second names did not sign.",
    },
    "SIG_CONSTRAINTS_FAILURE": {
        "vi": "Chữ ký không ghi rõ chứng thư nào đã ký, trái với chuẩn PAdES, nên chưa chắc người được nêu là người ký.",
        "en": "The signature does not say which certificate signed, as PAdES demands, so the signer may be somebody else.",
    },
    "UNSIGNED_BYTES_IN_VALUE": {
        "vi": "Trong vùng chứa chữ ký có dữ liệu lạ mà không ai ký.",
        "en": "The space of the signature holds foreign data that nobody signed.",
    },
    "TIMESTAMP_ORDER_FAILURE": {
        "vi": "Dấu thời gian ghi giờ muộn hơn dấu thời gian được đóng sau nó.",
        "en": "The timestamp tells a later time than a timestamp that was added after it.",
    },
    "LIMIT_EXCEEDED": {
        "vi": "Tệp quá phức tạp để kiểm tra trong giới hạn về thời gian và bộ nhớ, nên chưa kết luận được. "
        "Xin bản khác của tệp từ cơ quan đã ký.",
        "en": "The file is too complex to be checked within the limits of time and memory, so nothing is known about it. "
        "Ask the agency that signed it for another copy.",
    },
    "ADDED_SIGNATURE": {"vi": "Sau chữ ký này đã thêm chữ ký khác.", "en": "Another signature was added afterwards."},
    "ADDED_TIMESTAMP": {
        "vi": "Sau chữ ký này đã thêm dấu thời gian lưu trữ.",
        "en": "An archive timestamp was added afterwards.",
    },
    "ADDED_VALIDATION_DATA": {
        "vi": "Sau chữ ký này đã thêm dữ liệu xác thực lâu dài.",
        "en": "Data for long-term validation was added afterwards.",
    },
    "ADDED_FORM_DATA": {
        "vi": "Sau chữ ký này biểu mẫu đã được điền thêm, như người ký cho phép.",
        "en": "The form was filled in afterwards, as the signer allows.",
    },
    "GENERIC": {"vi": "Có điểm chưa kiểm tra được trong chữ ký.", "en": "Something in the signature could not be checked."},
}
_WHOSE: dict[Role, Said] = {
    Role.TIMESTAMP: {"vi": "Dấu thời gian của {signer}", "en": "Document timestamp of {signer}"},
    Role.AGENCY: {"vi": "Chữ ký của cơ quan {signer}", "en": "Signature of the agency {signer}"},
    Role.PERSON: {"vi": "Chữ ký của {signer}", "en": "Signature of {signer}"},
    Role.UNKNOWN: {"vi": "Chữ ký không rõ của ai", "en": "Signature of an unknown signer"},
}
_VERDICT: dict[Outcome, Said] = {
    Outcome.OK: {"vi": "hợp lệ", "en": "valid"},
    Outcome.FAILED: {"vi": "không hợp lệ", "en": "not valid"},
    Outcome.UNDETERMINED: {"vi": "chưa xác định được", "en": "undetermined"},
}
_REVOCATION: dict[Revocation, Said] = {
    Revocation.OK: {
        "vi": "Thông tin kèm trong tệp cho thấy chứng thư không bị thu hồi.",
        "en": "Data in the file shows that the certificate was not revoked.",
    },
    Revocation.NOT_CHECKED: {
        "vi": "Không kiểm tra thu hồi: chứng thư không nêu nơi tra cứu.",
        "en": "Revocation was not checked: the certificate names no place to ask.",
    },
}
_FILE: dict[Outcome, Said] = {
    Outcome.OK: {"vi": "Tệp có {count} chữ ký, tất cả hợp lệ.", "en": "{count} signature(s), all valid."},
    Outcome.FAILED: {
        "vi": "Tệp có {count} chữ ký, trong đó có chữ ký không hợp lệ. Không dùng làm kết quả.",
        "en": "{count} signature(s), not all valid. Do not use the file as a result.",
    },
    Outcome.UNDETERMINED: {
        "vi": "Tệp có {count} chữ ký, trong đó có chữ ký chưa xác định được.",
        "en": "{count} signature(s), not all of which could be settled.",
    },
}
_UNSIGNED: Said = {"vi": "Tệp không có chữ ký số.", "en": "The file carries no digital signature."}


def explain(report: FileReport | SignatureReport, lang: Language = "vi") -> list[str]:
    """One sentence or two a line: for a file first the whole, then signature by signature."""
    if isinstance(report, SignatureReport):
        return _signature(report, lang)
    if not report.signatures:
        return [_UNSIGNED[lang]]
    if report.reason == "LIMIT_EXCEEDED":
        return [FINDINGS["LIMIT_EXCEEDED"][lang]]
    lines = [_FILE[report.verdict][lang].format(count=len(report.signatures))]
    for one in report.signatures:
        lines += _signature(one, lang)
    return lines


def _signature(report: SignatureReport, lang: Language) -> list[str]:
    role = report.role if report.signer else Role.UNKNOWN
    lines = [f"{_WHOSE[role][lang].format(signer=report.signer)}: {_VERDICT[report.verdict][lang]}."]
    lines += [FINDINGS.get(finding, FINDINGS["GENERIC"])[lang] for finding in report.findings]
    if report.verdict is Outcome.FAILED:
        lines[1] += f" {_UNUSABLE[lang]}"
    elif report.verdict is Outcome.UNDETERMINED and report.integrity is Outcome.OK and not report.modified_after_signing:
        lines[1] += f" {_UNCHANGED[lang]}"
    return [*lines, time_said(report, lang), *_extent(report, lang), *_revocation(report, lang)]


def time_said(report: SignatureReport, lang: Language) -> str:
    """When, and whose word that is."""
    if report.signing_time is None:
        return {"vi": "Chữ ký không cho biết thời điểm ký.", "en": "The signature does not tell when it was made."}[lang]
    local = report.signing_time.astimezone(VIETNAM)
    proven = report.time_source == "timestamp"
    if lang == "vi":
        return f"Thời điểm ký: {local:%H:%M:%S ngày %d/%m/%Y}, {'theo dấu thời gian' if proven else 'do người ký khai'}."
    return f"Time of signing: {local:%Y-%m-%d %H:%M:%S} (+07:00), {'proven by a timestamp' if proven else 'as the signer claims'}."


def _extent(report: SignatureReport, lang: Language) -> list[str]:
    if report.integrity is not Outcome.OK or report.modified_after_signing:
        return []
    if report.covers_whole_document:
        return [{"vi": "Chữ ký bao trùm toàn bộ tệp.", "en": "The signature covers the whole file."}[lang]]
    if "UNSIGNED_BYTES_AT_END" in report.findings or "COVERAGE_UNCLEAR" in report.findings:
        return []
    if any(finding.startswith("ADDED_") for finding in report.findings):
        return []  # told by name already
    said: Said = {
        "vi": "Sau chữ ký này, tệp chỉ được thêm chữ ký khác hoặc dữ liệu xác thực.",
        "en": "After this signature only other signatures or validation data were added.",
    }
    return [said[lang]]


def _revocation(report: SignatureReport, lang: Language) -> list[str]:
    return [_REVOCATION[report.revocation][lang]] if report.revocation in _REVOCATION and report.chain is Outcome.OK else []
