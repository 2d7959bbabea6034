"""Papers of a kind that bears a red seal, and on which none was seen: told while the stack is still at hand."""

from __future__ import annotations

from collections.abc import Iterator

from sohoa.config.catalogue import rows
from sohoa.pipeline.batches.keeping import current
from sohoa.pipeline.batches.models import Batch, BatchPage
from sohoa.pipeline.batches.quality import Finding, Severity
from sohoa.storage.catalogue.register import Component


def tell_missing_seals(batch: Batch) -> list[BatchPage]:
    """Put the finding on the last written page of each such paper, take it off where a seal has come since; gives the pages that bear it.

    A paper that was scanned grey cannot be judged and is left alone.
    """
    sealed = {row["type"] for row in rows("scanning", "sealed")}
    told: list[BatchPage] = []
    for kind, pages in _papers(batch):
        missing = kind in sealed and pages and all(page.facts.get("seal") is False for page in pages)
        for page in pages:
            findings = [finding for finding in page.findings if finding["code"] != "seal_missing"]
            if missing and page is pages[-1]:
                findings.append(Finding("seal_missing", Severity.LOOK, kind).as_dict())
                told.append(page)
            if findings != page.findings:
                page.findings = findings
                page.save(update_fields=["findings"])
    return told


def _papers(batch: Batch) -> Iterator[tuple[str, list[BatchPage]]]:
    """By its separator sheets, or the whole stack where it has none: the kind of paper, "" where nobody says, and its written pages."""
    kind, pages = batch.document_type, list[BatchPage]()
    for page in current(batch):
        if page.separator:
            yield kind, pages
            kind, pages = _kind_of(page.facts.get("place")) or batch.document_type, []
        elif page.readable and not page.blank:
            pages.append(page)
    yield kind, pages


def _kind_of(place: list | None) -> str:
    if not place or place[1] is None:
        return ""
    found = Component.objects.filter(dossier_id=place[0], ordinal=place[1]).values_list("document_type", flat=True)
    return found.first() or ""
