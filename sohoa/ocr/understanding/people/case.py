"""Which dossier and which procedure a paper names, in a code or in print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sohoa.kernel.text import fold
from sohoa.ocr.model import Alternative, Code, Field
from sohoa.ocr.understanding.codes.paper import PaperSays
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.people.dossiers import DOSSIER_CODES, FoundCode, dossier_codes, in_long_form, procedure_codes
from sohoa.ocr.understanding.people.owners import CONFLICT
from sohoa.ocr.understanding.people.values import MENDED
from sohoa.ocr.understanding.strips import Strip, field_of

FROM_CODE, CODE_AND_TEXT = 0.97, 0.995
UNLABELLED = 0.95  # a dossier's code has a form of its own, but the paper may name another dossier than its own
_DOSSIER_LABEL = re.compile(r"\b(?:ma (?:so )?ho so|so ho so|ma (?:so )?bien nhan|so bien nhan)\b")
_PROCEDURE_LABEL = re.compile(r"\b(?:ma (?:so )?thu tuc|ma (?:so )?tthc|thu tuc (?:hanh chinh )?so)\b")


def case_fields(
    layouts: Sequence[Layout], papers: Sequence[tuple[Code, PaperSays]], *, patterns: Sequence[re.Pattern[str]] = DOSSIER_CODES
) -> dict[str, Field]:
    """dossier_code, procedure_code. Several different ones are a doubt with all of them to choose from."""
    strips = [strip for layout in layouts for strip in layout.strips]
    dossiers = [_field(strip, code, _DOSSIER_LABEL) for strip in strips for code in dossier_codes(strip.text, patterns)]
    procedures = [
        _field(strip, code, _PROCEDURE_LABEL)
        for strip in strips
        for code in procedure_codes(strip.text)
        if in_long_form(strip.text, code) or _PROCEDURE_LABEL.search(fold(strip.text[: code.start]))
    ]
    said = [Field(paper.dossier_code, FROM_CODE, code.page, code.bbox, source="qr") for code, paper in papers]
    told = [
        Field(paper.procedure_code, FROM_CODE, code.page, code.bbox, source="qr") for code, paper in papers if paper.procedure_code
    ]
    chosen = {"dossier_code": _chosen(said, dossiers), "procedure_code": _chosen(told, procedures)}
    return {name: field for name, field in chosen.items() if field is not None}


def _field(strip: Strip, code: FoundCode, label: re.Pattern[str]) -> tuple[Field, bool]:
    """The field, and whether a label introduces it."""
    words = strip.words_at(code.start, code.end)
    introduced = bool(label.search(strip.folded[: code.start]))
    doubt = (MENDED if code.mended else 1.0) * (1.0 if introduced else UNLABELLED)
    raw = strip.text[code.start : code.end]
    return replace(field_of(code.code, words, strip.page, doubt=doubt), raw=raw if raw != code.code else ""), introduced


def _chosen(said: Sequence[Field], printed: Sequence[tuple[Field, bool]]) -> Field | None:
    labelled = [field for field, introduced in printed if introduced] or [field for field, _ in printed]
    values = [field.value for field in labelled]
    if said:
        first = said[0]
        others = {field.value for field in said[1:]} - {first.value}
        if others:
            return _contested(first, sorted(others))
        if first.value in {field.value for field, _ in printed}:
            return replace(first, confidence=CODE_AND_TEXT, witnesses=("text",))
        differs = {field.value for field, introduced in printed if introduced and field.confidence >= MENDED}
        return _contested(first, sorted(differs)) if differs else first
    if not labelled:
        return None
    others = set(values) - {values[0]}
    best = max((field for field in labelled if field.value == values[0]), key=lambda field: field.confidence)
    return _contested(best, sorted(others)) if others else best


def _contested(field: Field, others: Sequence[str]) -> Field:
    share = round((1 - CONFLICT) / len(others), 4)
    return replace(
        field,
        confidence=min(field.confidence, CONFLICT),
        alternatives=tuple(Alternative(value, share) for value in others),
    )
