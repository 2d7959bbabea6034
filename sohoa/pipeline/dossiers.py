"""Which dossier a paper goes into: what its codes, its text and its owner say, put before the register."""

from __future__ import annotations

from sohoa.ocr.model import Understanding
from sohoa.ocr.understanding.certainty import TRUSTED
from sohoa.ocr.understanding.codes.paper import PaperSays
from sohoa.ocr.understanding.codes.saying import what_it_says
from sohoa.storage.catalogue.matching import DOSSIER, Belonging, Clues, belonging, flags_of

__all__ = ["asked_about", "clues_of", "dossier_of", "flags_of"]


def clues_of(understood: Understanding, *, told: str, procedure: str) -> Clues:
    """told: the dossier that the person who gave the paper in named; "" where nobody did. procedure: its code, or ""."""
    said = [saying for code in understood.codes if isinstance(saying := what_it_says(code), PaperSays)]
    fields = {name: field for name, field in understood.fields.items() if field.confidence >= TRUSTED}
    text, owner, named = fields.get(DOSSIER), fields.get("owner_identifier"), fields.get("procedure_code")
    return Clues(
        told=told,
        qr=tuple(dict.fromkeys(saying.dossier_code for saying in said)),
        text=(text.value,) if text and text.source == "ocr" else (),
        owner=owner.value if owner else "",
        procedure=procedure or (named.value if named else ""),
    )


def dossier_of(understood: Understanding, *, told: str, procedure: str) -> Belonging:
    return belonging(clues_of(understood, told=told, procedure=procedure))


def asked_about(understood: Understanding, belongs: Belonging) -> list[str]:
    """What waits for a person: the doubtful fields, and the dossier where it is only suggested or disputed."""
    names = list(understood.needs_review)
    return [*names, DOSSIER] if (belongs.suggested or belongs.disputed) and DOSSIER not in names else names
