"""Which dossier a paper belongs to, from everything that names one; nothing is attached on a guess."""

from __future__ import annotations

from dataclasses import dataclass

from sohoa.storage.catalogue.register import Dossier

# How far each clue is believed when it stands alone. Only what names one dossier by its code, or one open dossier of the same
# person and the same procedure, reaches ATTACH; the figures order the clues and are not measured.
SCORES = {"told": 1.0, "sheet": 1.0, "qr": 0.98, "text": 0.93, "owner+procedure": 0.92, "owner": 0.6}
ATTACH = 0.9
UNKNOWN_TO_REGISTER = 0.85  # a code read by OCR that the register does not know may have lost a digit
SUGGESTED = 5


@dataclass(frozen=True, slots=True)
class Clues:
    """told: the person who gave the paper in named it. sheet: its separator sheet did. qr, text: codes read on the paper.

    owner: the applicant's identifier. procedure: code of the procedure, "" where unknown.
    """

    told: str = ""
    sheet: str = ""
    qr: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    owner: str = ""
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class Belonging:
    """code: "" where no clue reaches certainty. score: 0 to 1. reasons: the clues for `code`.

    suggested: dossiers that are possible but not certain, for a person to choose from. disputed: other dossiers that a clue as good
    as certain names; then a person decides even though `code` is given.
    """

    code: str = ""
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()


def belonging(clues: Clues) -> Belonging:
    """Weigh the clues against the register. What a person said stands; a contradiction to it is told, never followed."""
    named = _named(clues)
    if not named:
        return Belonging()
    best = max(named, key=lambda code: (_score(named[code]), len(named[code])))
    score = _score(named[best])
    others = [code for code in named if code != best]
    if score < ATTACH:
        ordered = sorted(named, key=lambda code: -_score(named[code]))
        return Belonging(score=score, suggested=tuple(ordered[:SUGGESTED]))
    rivals = tuple(code for code in others if _score(named[code]) >= ATTACH)
    if rivals and not {"told", "sheet"} & set(_reasons(named[best])):
        # Two codes on one paper: a receipt that cites an earlier dossier looks just like this.
        return Belonging(score=score / 2, suggested=(best, *rivals)[:SUGGESTED], disputed=rivals)
    return Belonging(best, score, _reasons(named[best]), (), rivals)


Scored = dict[str, float]


def _score(clues: Scored) -> float:
    return max(clues.values())


def _reasons(clues: Scored) -> tuple[str, ...]:
    return tuple(sorted(clues, key=lambda reason: -clues[reason]))


def _named(clues: Clues) -> dict[str, Scored]:
    """Every dossier that a clue names, with the clues that do and how far each is believed."""
    named: dict[str, Scored] = {}

    def say(code: str, reason: str, score: float) -> None:
        named.setdefault(code, {})[reason] = score

    for reason, codes in (("told", (clues.told,)), ("sheet", (clues.sheet,)), ("qr", clues.qr), ("text", clues.text)):
        for code in filter(None, codes):
            known = reason != "text" or Dossier.objects.filter(pk=code).exists()
            say(code, reason, SCORES[reason] if known else UNKNOWN_TO_REGISTER)
    if clues.owner:
        theirs = Dossier.objects.filter(owner_identifier=clues.owner, returned_at=None).order_by("-received_at", "pk")
        same = theirs.filter(procedure_code=clues.procedure) if clues.procedure else theirs.none()
        for code in same.values_list("pk", flat=True)[:SUGGESTED]:
            say(code, "owner+procedure", SCORES["owner+procedure"] if same.count() == 1 else SCORES["owner"])
        for code in theirs.exclude(pk__in=list(named)).values_list("pk", flat=True)[:SUGGESTED]:
            say(code, "owner", SCORES["owner"])
    return named
