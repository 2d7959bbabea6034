"""What can go wrong on the way that is no single room's fault."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError


class SourceMissing(SohoaError):
    code, exit_code = "pipeline.source_missing", Exit.USAGE
    vi = "Không thấy tệp hay thư mục đã nêu."
    en = "There is no such file or folder."
    remedy = "Kiểm tra lại đường dẫn rồi chạy lại."
    remedy_en = "Check the path and run again."


class SourceNotReadable(SohoaError):
    code = "pipeline.source_not_readable"
    vi = "Không có quyền đọc tệp này; tệp vẫn ở chỗ cũ."
    en = "No permission to read this file; it stays where it is."
    remedy = "Cấp quyền đọc cho người chạy sohoa, rồi chạy lại."
    remedy_en = "Give the user who runs sohoa permission to read it, then run again."


class LinkLeavesFolder(SohoaError):
    code = "pipeline.link_leaves_folder"
    vi = "Đây là liên kết trỏ ra ngoài thư mục được giao; không đi theo."
    en = "This is a link that leaves the folder given; it is not followed."
    remedy = "Chép tệp thật vào thư mục này rồi chạy lại."
    remedy_en = "Copy the real file into the folder and run again."


class DiskFull(SohoaError):
    code = "pipeline.disk_full"
    vi = "Ổ đĩa đã đầy; việc đang làm được giữ nguyên."
    en = "The disk is full; the work so far is kept."
    remedy = "Giải phóng chỗ trên ổ đĩa chứa SOHOA_HOME, rồi chạy lại đúng lệnh này."
    remedy_en = "Free space on the disk that holds SOHOA_HOME, then run the same command again."


class ChangedWhileReading(SohoaError):
    code = "pipeline.changed_while_reading"
    vi = "Tệp đang được ghi dở nên chưa nhận."
    en = "The file was still being written and was not taken."
    remedy = "Chờ máy quét hoặc phần mềm ghi xong, rồi chạy lại."
    remedy_en = "Wait until the scanner or program has finished writing, then run again."


class GaveUp(SohoaError):
    code = "pipeline.gave_up"
    vi = "Tệp này làm chương trình dừng đột ngột {attempts} lần liền."
    en = "This file ended its worker {attempts} times in a row."
    remedy = "Mở tệp bằng phần mềm khác để kiểm tra, quét lại nếu được; tệp gốc nằm trong khu cách ly."
    remedy_en = "Look at the file with another program, scan it again if possible; the source is kept in quarantine."


class Unexpected(SohoaError):
    code = "pipeline.unexpected"
    vi = "Gặp lỗi chưa lường trước ({kind}) khi xử lý tệp này."
    en = "An error nobody foresaw ({kind}) while working on this file."
    remedy = "Gửi tệp logs/sohoa.log cho người quản trị; tệp gốc nằm trong khu cách ly và có thể chạy lại."
    remedy_en = "Send logs/sohoa.log to the administrator; the source is kept in quarantine and can be run again."
