"""What can go wrong when packages leave or come."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError


class NothingToExport(SohoaError):
    code, exit_code = "storage.nothing_to_export", Exit.USAGE
    vi = "Không có bản ghi hay hồ sơ nào mang mã này trong kho, hoặc hồ sơ chưa có giấy tờ nào."
    en = "The archive has no record or dossier of this code, or the dossier holds no paper yet."
    remedy = "Tìm mã bằng «sohoa search», rồi xuất lại."
    remedy_en = "Find the code with `sohoa search`, then export again."


class NotInDossier(SohoaError):
    code, exit_code = "storage.not_in_dossier", Exit.USAGE
    vi = "Bản ghi này không nằm trong hồ sơ đã nêu."
    en = "This record does not lie in the dossier that was named."
    remedy = "Bỏ --dossier, hoặc xem bản ghi nằm ở đâu bằng «sohoa show»."
    remedy_en = "Leave out --dossier, or see with `sohoa show` where the record lies."


class TargetNotEmpty(SohoaError):
    code, exit_code = "storage.export_target_taken", Exit.USAGE
    vi = "Trong thư mục đích đã có gói khác cùng tên; không ghi đè."
    en = "The target folder already holds something else under this package's name; nothing is overwritten."
    remedy = "Chọn thư mục đích khác bằng -o, hoặc chuyển gói cũ đi rồi chạy lại."
    remedy_en = "Choose another folder with -o, or move the older package away and run again."


class StoredFileDiffers(SohoaError):
    code = "storage.export_source_differs"
    vi = "Tệp trong kho không còn đúng như lúc lưu; không xuất gói này."
    en = "A file in the store is no longer what was archived; the package was not made."
    remedy = "Chạy «sohoa verify» cho bản ghi và báo người quản trị."
    remedy_en = "Run `sohoa verify` on the record and tell the administrator."


class PackageFailsCheck(SohoaError):
    code = "storage.export_fails_check"
    vi = "Gói vừa ghi không qua được lượt tự kiểm tra ({rule}); đã bỏ đi."
    en = "The package just written did not pass its own check ({rule}); it was discarded."
    remedy = "Kiểm tra ổ đĩa đích rồi xuất lại; nếu vẫn vậy thì báo người quản trị."
    remedy_en = "Check the target disk and export again; if it persists, tell the administrator."


class CodeRefused(SohoaError):
    code, exit_code = "storage.package_code_refused", Exit.USAGE
    vi = "Mã «{given}» không có trong bảng mã {table}; chỉ nhận {known}."
    en = "The code {given} is not in the table {table}; it takes {known}."
    remedy = "Xem bảng mã trong tài liệu «Gói lưu trữ»."
    remedy_en = "See the tables in the document on archive packages."


class PackageUnreadable(SohoaError):
    code = "storage.package_unreadable"
    vi = "Không đọc được gói này: {why_vi}."
    en = "This package cannot be read: {why}."
    remedy = "Đề nghị nơi gửi gửi lại gói; không giải nén bằng tay rồi dùng."
    remedy_en = "Ask the sender for the package again; do not unpack it by hand and use it."


class PackageRefused(SohoaError):
    code = "storage.package_refused"
    vi = "Gói không qua được kiểm tra: {count} điểm sai; không nhận giấy tờ nào."
    en = "The package fails {count} checks; no paper of it is taken."
    remedy = "Xem từng điểm bằng «sohoa import --verify-only», rồi đề nghị nơi gửi sửa."
    remedy_en = "See each with `sohoa import --verify-only`, then ask the sender to mend it."
