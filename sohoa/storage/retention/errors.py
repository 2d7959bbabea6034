"""What keeping and destroying refuse. Sentences name no person and no key."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError


class StateBroken(SohoaError):
    code = "storage.state_broken"
    vi = "Lần đổi tình trạng số {number} của bản ghi này trong kho không nối tiếp lần trước nó."
    en = "Change {number} of this record's standing in the store does not continue the one before it."
    remedy = "Không đổi tình trạng bản ghi này nữa; chạy «sohoa verify» cho bản ghi và báo người quản trị."
    remedy_en = "Change its standing no further; run `sohoa verify` on it and tell the administrator."


class StateRefused(SohoaError):
    code, exit_code = "storage.state_refused", Exit.USAGE
    vi = "Không đổi được tình trạng của bản ghi: {why_vi}."
    en = "The record's standing cannot be changed so: {why}."
    remedy = "Xem tình trạng hiện nay bằng «sohoa retention state MÃ», rồi làm lại."
    remedy_en = "See how it stands now with `sohoa retention state ID`, then try again."


class HoldRefused(SohoaError):
    code, exit_code = "storage.hold_refused", Exit.USAGE
    vi = "Không đặt hoặc không gỡ được lệnh giữ: {why_vi}."
    en = "The hold cannot be placed or released: {why}."
    remedy = "Xem các lệnh giữ bằng «sohoa retention list --holds», rồi làm lại."
    remedy_en = "See the holds with `sohoa retention list --holds`, then try again."


class NothingToDestroy(SohoaError):
    code = "storage.nothing_to_destroy"
    vi = "Không có hồ sơ nào được phép đưa vào danh sách hủy."
    en = "No package may be put on a list for destruction."
    remedy = "Chạy «sohoa retention propose --dry-run» để xem lý do của từng hồ sơ."
    remedy_en = "See why with `sohoa retention propose --dry-run`."


class DestructionRefused(SohoaError):
    code, exit_code = "storage.destruction_refused", Exit.USAGE
    vi = "Không làm được với danh sách hủy này: {why_vi}."
    en = "This cannot be done with the list for destruction: {why}."
    remedy = "Xem danh sách bằng «sohoa retention list --destructions»; cần thì lập danh sách mới."
    remedy_en = "See the lists with `sohoa retention list --destructions`; propose a new one where needed."


class SamePerson(SohoaError):
    code, exit_code = "storage.same_person", Exit.USAGE
    vi = "Người phê duyệt phải khác người đề nghị hủy."
    en = "Who approves must be another person than who proposed."
    remedy = "Nhờ người có thẩm quyền khác phê duyệt bằng tên của chính họ."
    remedy_en = "Have another person who is entitled to it approve, under their own name."


class ListChanged(SohoaError):
    code = "storage.list_changed"
    vi = "Từ khi lập danh sách, {count} hồ sơ trong đó đã thay đổi hoặc không còn được phép hủy."
    en = "Since the list was made, {count} of its packages changed or may no longer be destroyed."
    remedy = "Lập danh sách mới bằng «sohoa retention propose», rồi phê duyệt danh sách ấy."
    remedy_en = "Propose a new list with `sohoa retention propose` and approve that one."


class DestructionBroken(SohoaError):
    code = "storage.destruction_broken"
    vi = "Một văn bản về hủy hồ sơ hoặc về lệnh giữ trong kho bị sai hoặc bị thay."
    en = "An object about a destruction or a hold in the audit bucket is wrong or was replaced."
    remedy = "Không hủy gì thêm; chạy «sohoa audit verify» và báo người quản trị."
    remedy_en = "Destroy nothing more; run `sohoa audit verify` and tell the administrator."


class RecordDestroyed(SohoaError):
    code = "storage.record_destroyed"
    vi = "Bản ghi hoặc hồ sơ này đã được hủy theo quyết định; không còn nội dung và không lưu lại vào chỗ cũ."
    en = "This record or dossier was destroyed by an approved decision; nothing of it is left, and nothing goes in its place."
    remedy = "Xem biên bản hủy bằng «sohoa retention list --destructions»; cần lưu lại thì xin ý kiến người có thẩm quyền."
    remedy_en = "See the destruction with `sohoa retention list --destructions`; ask who is entitled before archiving it again."
