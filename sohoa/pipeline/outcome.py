"""What became of one file, in the shape of the command-line contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sohoa.pipeline.claiming import Claim
from sohoa.pipeline.models import Item, State
from sohoa.pipeline.stages import PAGE_FAILED
from sohoa.storage.catalogue.records import Record

DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Outcome:
    """state: the item's, or "duplicate" when the same content is in the archive from another place (`copy_of`)."""

    source: str
    state: str
    item: Item
    record: Record | None = None
    copy_of: str = ""

    @property
    def error(self) -> dict[str, Any] | None:
        return self.item.reason or self.item.last_error

    @property
    def needs_a_person(self) -> bool:
        return self.state not in (State.ARCHIVED, State.EXCLUDED, DUPLICATE) or bool(self.failed_pages)

    @property
    def failed_pages(self) -> tuple[int, ...]:
        """Pages of an archived paper that no reader could read."""
        flags = self.record.flags if self.record else []
        return tuple(int(flag.removeprefix(PAGE_FAILED)) for flag in flags if flag.startswith(PAGE_FAILED))

    @property
    def unreachable(self) -> bool:
        return bool(self.item.waiting_for) and "disk" not in self.item.waiting_for

    def as_dict(self) -> dict[str, Any]:
        record = self.record
        held = record.files.filter(role__in=("record", "original")).order_by("-role").first() if record else None
        return {
            "source": self.source,
            "state": self.state,
            "document_id": self.item.document_id or None,
            "dossier": self.item.dossier or None,
            "type": record.type_code if record else None,
            "needs_review": record.needs_review if record else [],
            "flags": record.flags if record else [],
            "pages": self.item.pages,
            "seconds": round(self.item.seconds, 1),
            "object": held and {"bucket": held.bucket, "key": held.key, "version_id": held.version_id, "sha256": held.sha256},
            "signature": {"level": record.signature_level, "verdict": record.signature_verdict}
            if record and record.signature_verdict
            else None,
            "copy_of": self.copy_of or None,
            "waiting_for": self.item.waiting_for or None,
            "error": self.error,
        }


def outcome_of(claim: Claim, item: Item) -> Outcome:
    record = Record.objects.filter(pk=item.document_id).first() if item.document_id else None
    state = DUPLICATE if claim.copy_of and item.state == State.ARCHIVED else item.state
    return Outcome(str(claim.source), state, item, record, claim.copy_of)
