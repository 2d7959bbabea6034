"""Nothing counts as stored before the store gave the same bytes back."""

from __future__ import annotations

from sohoa.kernel.errors import SohoaError
from sohoa.storage.objects.model import ObjectStore, StoredObject


class ReadBackDiffers(SohoaError):
    code = "storage.read_back_differs"
    vi = "Bản lưu trong kho khác bản gửi vào; chưa coi là đã lưu."
    en = "What the store gave back differs from what was sent; not counted as archived."
    remedy = "Kiểm tra ổ đĩa và kho lưu («sohoa doctor»), rồi chạy lại; tệp gốc vẫn còn."
    remedy_en = "Check the disk and the store (`sohoa doctor`), then run again; the source is still there."


def read_back(store: ObjectStore, stored: StoredObject) -> None:
    """Raises ReadBackDiffers and the store's own errors."""
    if store.sha256_of(stored.bucket, stored.key, stored.version_id) != stored.sha256:
        raise ReadBackDiffers()
