"""The one place where the product is asked: type and fields of a paper, as sohoa/pipeline/stages.classify asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sohoa.ocr.model import PageImage, PageText, Understanding
from sohoa.ocr.understanding import Known, understand
from sohoa.ocr.understanding.handwriting.written import NOTHING
from sohoa.pipeline.stages import PAGES_UNDERSTOOD, evidence_of, known, pictures

__all__ = ["PAGES_UNDERSTOOD", "TODAY", "known", "understood"]

# The sample office's papers are of 2026; a fixed day, so that figures do not change with the calendar.
TODAY = date(2026, 12, 31)


def understood(
    pages: Sequence[tuple[PageImage, PageText]], *, source: Path | None = None, given: Known | None = None
) -> Understanding:
    """pages: the first PAGES_UNDERSTOOD of a paper: the picture as stored (turn it by the text's rotation, which is the upright frame
    of all boxes) and its reading. source: the file they came from; None for generated papers, which have none and bear no signatures.
    given: instead of what the product knows.
    """
    by_number = dict(zip((image.number for image, _ in pages), pages, strict=True))
    told = replace(given or known(), today=TODAY, evidence=evidence_of(source) if source else NOTHING)
    return understand([text for _, text in pages], told, pictures(by_number.__getitem__))
