"""What an object carries besides its bytes, to and from the headers of S3."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, unquote

from minio.datatypes import Object
from minio.retention import Retention as MinioRetention

from sohoa.storage.objects.model import Described, Retention, StoredObject

SHA256 = "sha256"  # our own metadata name: the checksum header of S3 comes back from some stores only
# Told twice: SeaweedFS 4.48 forgets a version's own Content-Type when its retention or legal hold is changed.
TYPE = "content-type"
_EMPTY = "%00"  # a header without a value gets lost on the way


def metadata_headers(metadata: dict[str, str]) -> dict[str, str]:
    # Headers are ASCII; percent-encoded, every Vietnamese letter, line break and outer space comes back as it was.
    return {f"x-amz-meta-{name.lower()}": quote(value, safe="/:,;=@") or _EMPTY for name, value in metadata.items()}


def _metadata(headers: dict[str, str]) -> dict[str, str]:
    ours = {name.removeprefix("x-amz-meta-"): value for name, value in headers.items() if name.startswith("x-amz-meta-")}
    return {name: "" if value == _EMPTY else unquote(value) for name, value in ours.items()}


def lock_headers(retention: Retention | None) -> dict[str, str]:
    if retention is None:
        return {}
    until = retention.until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"x-amz-object-lock-mode": retention.mode, "x-amz-object-lock-retain-until-date": until}


def for_minio(retention: Retention) -> MinioRetention:
    return MinioRetention(retention.mode, retention.until.astimezone(UTC))


def described(told: Object) -> Described:
    headers = {name.lower(): value for name, value in (told.metadata or {}).items()}
    metadata = _metadata(headers)
    sha256 = metadata.pop(SHA256, "")
    content_type = metadata.pop(TYPE, told.content_type or "")
    mode, until = headers.get("x-amz-object-lock-mode"), headers.get("x-amz-object-lock-retain-until-date")
    retention = None
    if until and (mode == "COMPLIANCE" or mode == "GOVERNANCE"):
        retention = Retention(mode, datetime.fromisoformat(until).astimezone(UTC))
    held = headers.get("x-amz-object-lock-legal-hold", "").upper() == "ON"
    stored = StoredObject(told.bucket_name, told.object_name or "", version_of(told.version_id), sha256, told.size or 0)
    return Described(stored, content_type, metadata, retention, held)


def version_of(said: str | None) -> str:
    return "" if said in (None, "null") else said
