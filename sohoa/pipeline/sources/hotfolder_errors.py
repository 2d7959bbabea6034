"""Why a watched folder cannot be worked on now."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError


class FolderNotWritable(SohoaError):
    code, exit_code = "pipeline.folder_not_writable", Exit.USAGE
    vi = "Không ghi được vào thư mục cần theo dõi, nên không thể nhận giấy tờ từ đó."
    en = "The folder to be watched cannot be written to, so papers cannot be claimed from it."
    remedy = "Cấp quyền ghi thư mục này cho tài khoản chạy sohoa, rồi chạy lại."
    remedy_en = "Give the account that runs sohoa permission to write to the folder, then run again."


class FolderAway(SohoaError):
    code, exit_code = "pipeline.folder_away", Exit.UNREACHABLE
    vi = "Thư mục theo dõi đang vắng mặt (ổ mạng hoặc ổ rời chưa gắn); không coi là thư mục trống và không ghi gì vào chỗ ấy."
    en = "The watched folder is away (its mount is gone); it is not taken for an empty one and nothing is written there."
    remedy = "Gắn lại ổ; sohoa tự làm tiếp khi thấy thư mục."
    remedy_en = "Mount it again; work goes on by itself when the folder is back."


class FolderIsAnother(SohoaError):
    code, exit_code = "pipeline.folder_is_another", Exit.USAGE
    vi = "Ở chỗ này nay là một thư mục khác với thư mục đã theo dõi trước đây; chưa nhận gì từ đó."
    en = "Another folder than the one watched before is there now; nothing is taken from it."
    remedy = "Gắn lại đúng ổ. Nếu đã đổi ổ có chủ ý, chạy lại với --new-folder."
    remedy_en = "Mount the right one. If it was changed on purpose, run again with --new-folder."


class FolderOwned(SohoaError):
    """host, pid: of the owner. since: when it began, ISO 8601."""

    code, exit_code = "pipeline.folder_owned", Exit.USAGE
    vi = "Thư mục này đang do máy {host} (tiến trình {pid}) theo dõi từ {since}."
    en = "The folder is watched by host {host} (process {pid}) since {since}."
    remedy = "Không cần làm gì: khi bên ấy dừng, bên này tự nhận việc. Muốn đổi máy thì dừng tiến trình ở máy kia."
    remedy_en = "Nothing to do: when that one ends, this one takes over. To move the work, stop the process over there."


class TooManyWait(SohoaError):
    """count: papers that wait for work."""

    code = "pipeline.too_many_wait"
    vi = "Đã có {count} giấy tờ chờ xử lý nên tạm ngừng nhận thêm."
    en = "{count} papers wait for work already, so no more are taken in for now."
    remedy = "Không cần làm gì: sohoa nhận tiếp khi số chờ giảm. Muốn nhanh hơn thì thêm máy xử lý."
    remedy_en = "Nothing to do: intake goes on when fewer wait. Add workers to be faster."


class OfferedAgain(SohoaError):
    """Never shown: the paper could not be taken just now, and whoever found it will find it again."""

    code = "pipeline.offered_again"
    vi = "Tệp chưa nhận được lúc này; sẽ thử lại."
    en = "The file could not be taken just now and will be tried again."
    remedy = "Không cần làm gì."
    remedy_en = "Nothing to do."
