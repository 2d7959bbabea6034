"""What a backup is: a folder (or a bucket's prefix) that any number of runs add to.

sohoa-backup.txt                       what this is
objects/ab/abcdef…                     the bytes of objects, named by their SHA-256; shared by all runs, never written twice
backups/20260302T050000Z/objects.jsonl one line for each version of each object: where it lay and which bytes it had
backups/20260302T050000Z/catalogue…    the catalogue at the moment before
backups/20260302T050000Z/keys.bin      the keys, encrypted; only when asked for
backups/20260302T050000Z/backup.json   counts and hashes of the above; written last: without it the run never ended
backups/20260302T050000Z/backup.sig    the log key's signature over backup.json
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.storage.objects.model import AUDIT, RECORDS, Described, Retention

FORMAT = "sohoa-backup/1"
BUCKETS = (RECORDS, AUDIT)
MARK, HEAD, SIGNATURE, OBJECTS, KEYS = "sohoa-backup.txt", "backup.json", "backup.sig", "objects.jsonl", "keys.bin"
SQLITE, LINES = "catalogue.sqlite3", "catalogue.jsonl"

# What a person must keep by other means, by name; said at every run and in every backup.json.
NOT_INCLUDED = {
    "keys": ("khóa ký, khóa nhật ký, khóa kho (thư mục keys)", "signing, log and store keys (the folder keys)"),
    "quarantine": ("tệp đang cách ly và tệp đang xử lý", "quarantined files and work in progress"),
    "settings": ("biến môi trường và signing.toml", "environment variables and signing.toml"),
    "locks": ("khóa chống xóa: bản sao lưu là tệp thường", "Object Lock: a backup is plain files"),
}


class NotABackup(SohoaError):
    code, exit_code = "storage.not_a_backup", Exit.USAGE
    vi = "Ở đây không có bản sao lưu nào của sohoa dùng được: {why_vi}."
    en = "There is no usable sohoa backup here: {why}."
    remedy = "Kiểm tra đường dẫn; xem các bản sao lưu đã có, hoặc tạo mới bằng «sohoa backup»."
    remedy_en = "Check the path; look for earlier backups, or make one with `sohoa backup`."


class BackupDamaged(SohoaError):
    code = "storage.backup_damaged"
    vi = "Bản sao lưu đã hỏng hoặc bị sửa: {why_vi}."
    en = "The backup is damaged or was changed: {why}."
    remedy = "Dùng bản sao lưu khác, và tạo ngay một bản sao lưu mới vào chỗ khác."
    remedy_en = "Use another backup, and make a new one in another place at once."


class NotEmpty(SohoaError):
    code, exit_code = "storage.restore_not_empty", Exit.USAGE
    vi = "Chỗ khôi phục đã có dữ liệu; sohoa không ghi đè lên một kho đang có."
    en = "There is data where the backup would be restored; an archive is never written over."
    remedy = "Đặt SOHOA_HOME (và SOHOA_S3_URL nếu dùng) trỏ tới chỗ trống, rồi chạy lại."
    remedy_en = "Point SOHOA_HOME (and SOHOA_S3_URL, if used) to an empty place, then run again."


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one object as it lay in the store. wrong: why its bytes are not in the backup; "" when they are."""

    bucket: str
    key: str
    version_id: str
    sha256: str
    size: int
    content_type: str = "application/octet-stream"
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    retention: Retention | None = None
    legal_hold: bool = False
    wrong: str = ""

    @classmethod
    def of(cls, about: Described) -> Entry:
        stored = about.stored
        told = (stored.bucket, stored.key, stored.version_id, stored.sha256, stored.size, about.content_type, about.metadata)
        return cls(*told, about.retention, about.legal_hold)

    def line(self) -> bytes:
        kept = self.retention
        told: dict[str, Any] = {
            "bucket": self.bucket,
            "key": self.key,
            "version_id": self.version_id,
            "sha256": self.sha256,
            "size": self.size,
            "content_type": self.content_type,
            "metadata": self.metadata,
            "retention": {"mode": kept.mode, "until": kept.until.isoformat()} if kept else None,
            "legal_hold": self.legal_hold,
        }
        if self.wrong:
            told["wrong"] = self.wrong
        return json.dumps(told, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def entry_of(line: bytes) -> Entry:
    """Raises BackupDamaged."""
    try:
        told = json.loads(line)
        kept = told.pop("retention")
        retention = Retention(kept["mode"], datetime.fromisoformat(kept["until"])) if kept else None
        return Entry(**told, retention=retention)
    except (ValueError, KeyError, TypeError, RecursionError) as failure:
        raise BackupDamaged(why="its list of objects cannot be read", why_vi="danh sách tệp không đọc được") from failure


def blob_of(sha256: str) -> str:
    return f"objects/{sha256[:2]}/{sha256}"
