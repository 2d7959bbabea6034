"""Dossiers of a small office, archived as the product does it, and an office's own rules of keeping."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sohoa.config.retention import RetentionPlan, retention_plan
from sohoa.storage.archive import Content, Deposit, deposit
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.register import Channel, Dossier, Result, Unit
from sohoa.storage.objects.model import ObjectStore, Retention

ENDED = datetime(2015, 6, 1, 3, tzinfo=UTC)
SCANNED = datetime(2026, 3, 2, 5, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
WORDS = "giấy phép xây dựng nhà ở"
RULES = """
[[rule]]
procedure = "1.10y"
class = "06"
source = "QĐ mẫu 01"
[[rule]]
procedure = "1.forever"
class = "01"
source = "QĐ mẫu 02"
[[rule]]
document_type = "BB"
class = "05"
source = "QĐ mẫu 03"
"""


class For:
    """A lock of so many days after SCANNED, or until then, or none at all."""

    def __init__(self, days: int = 0, until: datetime | None = None) -> None:
        self.until = until or (SCANNED + timedelta(days=days) if days else None)

    def retention(self, now: datetime) -> Retention | None:
        return Retention("GOVERNANCE", self.until) if self.until else None


def plan_in(home: Path, text: str = RULES) -> RetentionPlan:
    (home / "retention.toml").write_text(text, encoding="utf-8")
    return retention_plan(home)


def dossier(code: str, procedure: str = "1.10y", ended: datetime | None = ENDED, **more: Any) -> Dossier:
    unit, _ = Unit.objects.get_or_create(code="U1", defaults={"name": "Phường Mẫu", "level": "commune"})
    told = {"procedure_code": procedure, "procedure_name": "Thủ tục mẫu", "sector": "Xây dựng", "unit": unit}
    told |= {"channel": Channel.DIRECT, "received_at": ENDED, "resolved_at": ended, "yields_result": True, **more}
    made = Dossier.objects.create(code=code, **told)
    Result.objects.create(dossier=made, ordinal=1, document_type="QĐ", name="Quyết định")
    return made


def paper(
    store: ObjectStore, folder: Path, code: str, *, name: str = "a", lock: Any = None, kind: str = "QĐ", **more: Any
) -> Record:
    """A paper archived into the dossier `code`, "" for none."""
    content = f"{folder.name} {code} {name}".encode()
    file = folder / "record.pdf"
    file.write_bytes(content)
    value = {"value": "Nguyễn Văn Mẫu", "confidence": 0.9}
    told: dict[str, Any] = {
        "source_sha256": hashlib.sha256(content).hexdigest(),
        "source_name": "giay.pdf",
        "contents": [Content("record", file, ".pdf", "application/pdf")],
        "type": {"code": kind, "name": "Quyết định", "confidence": 0.98, "agreement": "title", "witnesses": {}},
        "fields": {"subject": {**value, "value": WORDS}, "signer_name": value},
        "needs_review": (),
        "flags": (),
        "pages": 1,
        "confidence": 0.9,
        "signed_on_arrival": False,
        "signature": {"level": "PAdES-B-B", "verdict": "ok"},
        "dossier": code,
    }
    return deposit(Deposit(**{**told, **more}), store, lock or For(), now=SCANNED)
