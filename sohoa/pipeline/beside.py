"""What the archive and the register know beside a paper, for understanding it: numbers, the register's word, the unit's own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from sohoa.ocr.model import Understanding
from sohoa.ocr.understanding.certainty import TRUSTED
from sohoa.ocr.understanding.familiar import FIELDS, Familiar
from sohoa.ocr.understanding.handwriting.weighing import Told
from sohoa.ocr.understanding.understand import TYPE_TRUSTED, Numbers, Register
from sohoa.pipeline.dossiers import dossier_of
from sohoa.storage.catalogue.numbers import given_numbers, registered_paper
from sohoa.storage.familiar import familiar_values

REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Beside:
    numbers: Numbers
    register: Register
    familiar: Familiar


def beside(*, unit: str, dossier: str, procedure: str) -> Beside:
    """dossier, procedure: as the person who gave the paper in named them, "" where nobody did."""
    return Beside(
        partial(given_numbers, unit=unit),
        partial(told_by_register, dossier=dossier, procedure=procedure),
        familiar_values(unit, FIELDS),
    )


def told_by_register(understood: Understanding, *, dossier: str, procedure: str) -> tuple[Told, ...]:
    """The register's word on number and date, where the paper's dossier, type and place in it are certain without the ink."""
    if understood.type.confidence < TYPE_TRUSTED:
        return ()
    belongs = dossier_of(understood, told=dossier, procedure=procedure)
    if not belongs.code or belongs.disputed:
        return ()
    printed = understood.fields.get("code_notation")
    notation = printed.value if printed and printed.confidence >= TRUSTED else ""
    paper = registered_paper(belongs.code, understood.type.code, notation)
    issued: date | None = paper.issued if paper else None
    return (Told(REGISTER, paper.number, issued),) if paper else ()
