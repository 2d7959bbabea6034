"""What can go wrong with the log. Whether it holds is a report (findings.py), not an error."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError


class LogBroken(SohoaError):
    """reason: as chain.Break has it."""

    code = "storage.audit_log_broken"
    vi = "Nhật ký tự mâu thuẫn ở mục {sequence}, nên chưa được chốt."
    en = "The log contradicts itself at entry {sequence} ({reason}); no checkpoint was made over it."
    remedy = "Giữ nguyên cơ sở dữ liệu, chạy «sohoa audit verify», báo người quản trị và người kiểm toán."
    remedy_en = "Keep the database as it is, run `sohoa audit verify`, tell the administrator and the auditor."


class LogBehind(SohoaError):
    code = "storage.audit_log_behind"
    vi = "Kho nhật ký đã chốt tới mục {bucket}, nhưng cơ sở dữ liệu chỉ biết tới mốc {known}: cơ sở dữ liệu cũ hơn kho."
    en = "The audit bucket has a checkpoint at entry {bucket}, the catalogue knows of none past {known}: the database is older."
    remedy = "Không ghi thêm; chạy «sohoa audit verify» để xem, rồi dựng lại cơ sở dữ liệu bằng «sohoa rebuild»."
    remedy_en = "Write nothing more; look with `sohoa audit verify`, then make the database again with `sohoa rebuild`."


class CheckpointLost(SohoaError):
    code = "storage.audit_checkpoint_lost"
    vi = "Mốc chốt nhật ký ở mục {size} không còn trong kho, hoặc không còn như lúc ghi."
    en = "The checkpoint at entry {size} is not in the audit bucket as it was written ({why})."
    remedy = "Chạy «sohoa audit verify» để biết điều gì sai; giữ nguyên kho và báo người quản trị."
    remedy_en = "Run `sohoa audit verify` to learn what is wrong; keep the store as it is and tell the administrator."


class CheckpointUnreadable(SohoaError):
    code, exit_code = "storage.audit_checkpoint_unreadable", Exit.USAGE
    vi = "Tệp này không phải là mốc chốt nhật ký của sohoa."
    en = "This is not a checkpoint of the log ({why})."
    remedy = "Dùng tệp do «sohoa audit checkpoint -o» ghi ra."
    remedy_en = "Give a file written by `sohoa audit checkpoint -o`."


class KeyUnreadable(SohoaError):
    code, exit_code = "storage.audit_key_unreadable", Exit.USAGE
    vi = "Không đọc được khóa của nhật ký."
    en = "A key of the log cannot be read ({why})."
    remedy = "Lấy lại keys/audit-log.pem từ bản sao lưu; khóa công khai thì lấy bằng «sohoa audit key»."
    remedy_en = "Take keys/audit-log.pem from the backup; `sohoa audit key` prints the public one."


class NothingToProve(SohoaError):
    code, exit_code = "storage.audit_nothing_to_prove", Exit.USAGE
    vi = "Nhật ký không có mục nào về mã này."
    en = "The log has no entry with this number or about this id."
    remedy = "Xem mã bản ghi bằng «sohoa search», hoặc số mục trong «sohoa show»."
    remedy_en = "Find the record's id with `sohoa search`, or the entry's number in `sohoa show`."


class ProofFails(SohoaError):
    code = "storage.audit_proof_fails"
    vi = "Nhật ký trong cơ sở dữ liệu không còn khớp với mốc đã chốt, nên không lập được biên nhận."
    en = "The log in the database does not lead to the checkpoint any more; no receipt can be made."
    remedy = "Chạy «sohoa audit verify» để biết mục nào bị sửa; giữ nguyên cơ sở dữ liệu và báo người quản trị."
    remedy_en = "Run `sohoa audit verify` to learn which entry was changed; keep the database and tell the administrator."


class ReplayRefused(SohoaError):
    """reason: not_an_event | sequence_gap | previous_differs | another_is_there | bundle_missing | root_differs | signature_wrong."""

    code = "storage.audit_replay_refused"
    vi = "Nhật ký trong kho không dựng lại được từ mục {sequence}."
    en = "The log in the audit bucket cannot be restored past entry {sequence} ({reason})."
    remedy = "Chạy «sohoa audit verify»; nếu mất khóa của nhật ký thì đặt khóa công khai cũ vào keys/audit-log-former/."
    remedy_en = "Run `sohoa audit verify`; where the log's key was lost, put the old public key into keys/audit-log-former/."
