"""Which dossier a record lies in once people have settled what decides it: its dossier's code, or else its owner and procedure.

A move is part of the revision that causes it (revisions.py), as where the record lay before and where it lies after. So the bucket alone
gives it back, and undoing the revision undoes the move, whatever the register says by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.matching import (
    BY_FLAG,
    BY_OWNER,
    DISPUTED_FLAG,
    DOSSIER,
    DOSSIER_FLAGS,
    OPEN_FLAGS,
    OWNER,
    PROCEDURE,
    belonging,
    clues_in,
    flags_of,
)
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.register import Dossier

DECIDING = (DOSSIER, OWNER, PROCEDURE)
# A code with more slips than this is another code. Looked for among the newest of the same agency, which is what a clerk has in hand.
SLIPS, NEAR, LOOKED_AT = 2, 3, 20_000


class DossierNotInRegister(SohoaError):
    code, exit_code = "storage.dossier_not_in_register", Exit.USAGE
    vi = "Mã hồ sơ {dossier} chưa có trong sổ đăng ký{near_vi}, nên bản ghi chưa được chuyển đi đâu."
    en = "The register does not know the dossier {dossier}{near_en}; the record was not moved."
    remedy = (
        "Đối chiếu từng chữ số với giấy. Giấy ghi đúng như vậy thì dùng --unregistered (khi đi lần lượt: gõ dấu chấm than); "
        "bản ghi chờ ở hồ sơ ấy đến khi sổ được nhập."
    )
    remedy_en = (
        "Compare it with the paper digit by digit. If the paper says so, use --unregistered (in the walk: type an exclamation mark); "
        "the record then waits in that dossier until the register comes."
    )


@dataclass(frozen=True, slots=True)
class Lying:
    """dossier: "" for none. flags: those about dossiers, see catalogue/matching.py. waits: a person is asked for the dossier's code."""

    dossier: str
    flags: tuple[str, ...]
    waits: bool

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Lying:
        return cls(told["dossier"], tuple(told["flags"]), told["waits"])

    @property
    def by(self) -> frozenset[str]:
        """The clues by which it was filed; none where a person or a sheet named the dossier."""
        told = next((flag.removeprefix(BY_FLAG) for flag in self.flags if flag.startswith(BY_FLAG)), "")
        return frozenset(filter(None, told.split(",")))


def lying(record: Record) -> Lying:
    filing = record.filings.order_by("pk").first()
    flags = tuple(flag for flag in record.flags if flag.startswith(DOSSIER_FLAGS))
    return Lying(filing.dossier_code if filing else "", flags, DOSSIER in record.needs_review)


def flags_with(record: Record, there: Lying) -> list[str]:
    """The record's flags once it lies there."""
    return [*(flag for flag in record.flags if not flag.startswith(DOSSIER_FLAGS)), *there.flags]


def filed_by(record: Record, field: str, new: Mapping[str, Any] | None, undoes: int | None) -> dict[str, Any] | None:
    """Before and after of the change that gives `field` the value `new`; None where it leaves the record where it is.

    undoes: the number of the revision that the change takes back.
    """
    if field not in DECIDING:
        return None
    here = lying(record)
    standing = [revision for revision in _standing(record) if revision.number != undoes]
    named = [revision for revision in standing if revision.field == DOSSIER]
    if field != DOSSIER and named:
        return None  # a person said which dossier it is
    if undoes is not None:
        after = _as_it_was(record, named or standing, here)
    elif field == DOSSIER:
        value = str(new["value"]) if new else ""
        # That the paper bears no code takes it out only of a dossier that nothing but such a code had named.
        after = Lying(value or ("" if here.by and here.by <= {"text", "qr"} else here.dossier), (), False)
    else:
        after = _by_owner(record, field, new, here)
    moved = field == DOSSIER or after != here
    return {"before": asdict(here), "after": asdict(after)} if moved else None


def _standing(record: Record) -> list[FieldRevision]:
    """Revisions that moved the record, or kept it by a person's word, and were not taken back; oldest first."""
    touching = record.revisions.filter(field__in=DECIDING).order_by("number")
    undone = {revision.undoes for revision in touching if revision.undoes is not None}
    return [one for one in touching if one.filed and one.undoes is None and one.number not in undone]


def _as_it_was(record: Record, standing: Sequence[FieldRevision], here: Lying) -> Lying:
    """What the last of those that still stand said, else how it was archived."""
    if standing:
        return Lying.of(standing[-1].filed["after"])
    first = next((one for one in record.revisions.order_by("number") if one.filed), None)
    return Lying.of(first.filed["before"]) if first else here


def archived_lying(record: Record) -> Lying:
    """Before anybody settled anything: what is offered to a person keeps its numbers whatever was settled since."""
    return _as_it_was(record, (), lying(record))


def _by_owner(record: Record, field: str, new: Mapping[str, Any] | None, here: Lying) -> Lying:
    """A record that lies nowhere, or only by its owner, goes where its owner now says; of any other a person is asked."""
    fields = {name: told for name, told in record.fields.items() if name != field} | ({field: new} if new else {})
    clues = clues_in(fields, set(record.needs_review) - {field})
    doubted = DOSSIER in fields and "verified_by" not in fields[DOSSIER] and here.waits
    if not here.dossier or (here.by and here.by <= {BY_OWNER}):
        found = belonging(clues)
        code, flags = found.code, tuple(flags_of(found))
    else:
        code, kept = here.dossier, [flag for flag in here.flags if not (flag.startswith(DISPUTED_FLAG) and flag.endswith(BY_OWNER))]
        found = belonging(replace(clues, told=code, qr=(), text=()))
        flags = tuple(dict.fromkeys([*kept, *flags_of(found)]))
    return Lying(code, flags, doubted or any(flag.startswith(OPEN_FLAGS) for flag in flags))


def must_be_registered(record: Record, dossier: str) -> None:
    """Raises DossierNotInRegister, unless the record lies in that dossier already."""
    if dossier == lying(record).dossier or Dossier.objects.filter(pk=dossier).exists():
        return
    near = near_codes(dossier)
    raise DossierNotInRegister(
        dossier=dossier,
        near_vi=f" (gần giống: {', '.join(near)})" if near else "",
        near_en=f" (alike: {', '.join(near)})" if near else "",
    )


def near_codes(dossier: str) -> list[str]:
    """Codes of the register that differ by a slip or two, the nearest first."""
    agency = dossier.partition("-")[0]
    same = Dossier.objects.filter(pk__gte=agency, pk__lt=f"{agency}\U0010ffff").order_by("-received_at", "pk")
    codes = list(same.values_list("pk", flat=True)[:LOOKED_AT])
    found = process.extract(dossier, codes, scorer=Levenshtein.distance, score_cutoff=SLIPS, limit=NEAR)
    return [code for code, _, _ in found]
