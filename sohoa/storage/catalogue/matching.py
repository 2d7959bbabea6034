"""Which dossier a paper belongs to, from everything that names one; nothing is attached on a guess."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sohoa.storage.catalogue.register import Dossier

BY_OWNER = "owner+procedure"
# How far each clue is believed when it stands alone. Only what names one dossier by its code, or one open dossier of the same
# person and the same procedure, reaches ATTACH; the figures order the clues and are not measured.
SCORES = {"told": 1.0, "sheet": 1.0, "qr": 0.98, "text": 0.93, BY_OWNER: 0.92, "owner": 0.6}
ATTACH = 0.9
UNKNOWN_TO_REGISTER = 0.85  # a code read by OCR that the register does not know may have lost a digit
SUGGESTED = 5

# A record's flags about its dossier: those that a person should think of, each `code:score:clues`, and by what it was filed where nobody
# had named the dossier.
SUGGESTED_FLAG, DISPUTED_FLAG, BY_FLAG = "dossier_suggested:", "dossier_disputed:", "dossier_by:"
OPEN_FLAGS = (SUGGESTED_FLAG, DISPUTED_FLAG)
DOSSIER_FLAGS = (*OPEN_FLAGS, BY_FLAG)
DOSSIER, OWNER, PROCEDURE = "dossier_code", "owner_identifier", "procedure_code"  # the fields that tell where a paper belongs
Scored = dict[str, float]


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
    as certain names; then a person decides even though `code` is given. named: every dossier that a clue names, with its clues.
    """

    code: str = ""
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    named: Mapping[str, Scored] = field(default_factory=dict[str, Scored])


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
        return Belonging(score=score, suggested=tuple(ordered[:SUGGESTED]), named=named)
    rivals = tuple(code for code in others if _score(named[code]) >= ATTACH)
    if rivals and not {"told", "sheet"} & set(_reasons(named[best])):
        # Two codes on one paper: a receipt that cites an earlier dossier looks just like this.
        return Belonging(score=score / 2, suggested=(best, *rivals)[:SUGGESTED], disputed=rivals, named=named)
    return Belonging(best, score, _reasons(named[best]), (), rivals, named)


def clues_in(fields: Mapping[str, Mapping[str, Any]], waiting: Collection[str]) -> Clues:
    """What an archived record says of its dossier; only what does not wait for a person. fields: as in Record.fields."""

    def sure(name: str) -> str:
        told = fields.get(name, {})
        return str(told["value"]) if told and ("verified_by" in told or name not in waiting) else ""

    code, by_qr = sure(DOSSIER), fields.get(DOSSIER, {}).get("source") == "qr"
    return Clues(
        qr=(code,) if code and by_qr else (),
        text=(code,) if code and not by_qr else (),
        owner=sure(OWNER),
        procedure=sure(PROCEDURE),
    )


def flags_of(belongs: Belonging) -> list[str]:
    """What a record keeps of this: by what it was filed, where nobody had named the dossier, and what a person should think of."""
    named_by_hand = {"told", "sheet"} & set(belongs.reasons)
    by = [BY_FLAG + ",".join(belongs.reasons)] if belongs.code and not named_by_hand else []
    return [
        *by,
        *(_flag(SUGGESTED_FLAG, code, belongs) for code in belongs.suggested),
        *(_flag(DISPUTED_FLAG, code, belongs) for code in belongs.disputed),
    ]


def _flag(kind: str, code: str, belongs: Belonging) -> str:
    clues = belongs.named.get(code, {})
    return f"{kind}{code}:{_score(clues):.2f}:{','.join(_reasons(clues))}" if clues else f"{kind}{code}"


@dataclass(frozen=True, slots=True)
class Possible:
    """A dossier that a flag names. score: None where the flag does not tell. clues: as in SCORES, the strongest first."""

    code: str
    score: float | None
    clues: tuple[str, ...]


def possible_in(flags: Collection[str]) -> tuple[Possible, ...]:
    """Each dossier that a person should think of, once, the likeliest first."""
    found: dict[str, Possible] = {}
    for flag in flags:
        kind = next((kind for kind in OPEN_FLAGS if flag.startswith(kind)), "")
        if kind:
            code, *told = flag.removeprefix(kind).rsplit(":", 2)
            one = (
                Possible(code, float(told[0]), tuple(filter(None, told[1].split(","))))
                if len(told) == 2
                else Possible(code, None, ())
            )
            found.setdefault(code, one)
    return tuple(sorted(found.values(), key=lambda one: -(one.score or 0.0)))


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
            say(code, BY_OWNER, SCORES[BY_OWNER] if same.count() == 1 else SCORES["owner"])
        for code in theirs.exclude(pk__in=list(named)).values_list("pk", flat=True)[:SUGGESTED]:
            say(code, "owner", SCORES["owner"])
    return named
