"""Which dossier a paper goes into: what its codes, its text and its owner say, put before the register."""

from __future__ import annotations

from sohoa.ocr.model import Understanding
from sohoa.ocr.understanding.certainty import TRUSTED
from sohoa.ocr.understanding.codes.paper import PaperSays
from sohoa.ocr.understanding.codes.saying import what_it_says
from sohoa.storage.catalogue.matching import Belonging, Clues, belonging

# A record's flags for dossiers that a person should think of; the dossier's code follows.
SUGGESTED, DISPUTED = "dossier_suggested:", "dossier_disputed:"


def clues_of(understood: Understanding, *, told: str, procedure: str) -> Clues:
    """told: the dossier that the person who gave the paper in named; "" where nobody did. procedure: its code, or ""."""
    said = [saying for code in understood.codes if isinstance(saying := what_it_says(code), PaperSays)]
    fields = {name: field for name, field in understood.fields.items() if field.confidence >= TRUSTED}
    text, owner, named = fields.get("dossier_code"), fields.get("owner_identifier"), fields.get("procedure_code")
    return Clues(
        told=told,
        qr=tuple(dict.fromkeys(saying.dossier_code for saying in said)),
        text=(text.value,) if text and text.source == "ocr" else (),
        owner=owner.value if owner else "",
        procedure=procedure or (named.value if named else ""),
    )


def dossier_of(understood: Understanding, *, told: str, procedure: str) -> Belonging:
    return belonging(clues_of(understood, told=told, procedure=procedure))


def flags_of(belongs: Belonging) -> list[str]:
    return [*(f"{SUGGESTED}{code}" for code in belongs.suggested), *(f"{DISPUTED}{code}" for code in belongs.disputed)]
