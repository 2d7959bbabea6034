"""Evidence records in the archive: files beside the record that prove since when its other objects exist unchanged.

Evidence n of a record is `{document_id}/evidence/{n:06}.ers` in its package, and beside it `{n:06}.json`, which says what it is about
and names the hash of the one before it (the first names the metadata's). Of two runs that make it, the second is told. The bucket
needs nothing else; when the rows never came, because of a crash, `catch_up` makes up for it from the package alone.

What a record's evidence is about is never touched again, but the record may grow: a later revision, or a renewed signature, is an
object that older evidence does not cover. `covers` tells the roles in few words, numbered ones by their last number:
`manifest original record revision-000003` covers three revisions. Evidence is not about evidence; its renewals prove that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from sohoa.kernel.clock import iso_vietnam
from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.packages import follow
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.model import ObjectStore, Retention
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition, Held, Package, PathTaken
from sohoa.storage.packages.numbered import Numbered
from sohoa.storage.retention.terms import living

FORMAT = "sohoa-evidence/1"
EVIDENCE = "evidence-"
MEDIA_TYPE = "application/octet-stream"  # RFC 4998 registers none
_NUMBERED = re.compile(r"(.+-)(\d{6})")


class EvidenceBroken(SohoaError):
    code = "storage.evidence_broken"
    vi = "Chứng cứ số {number} của bản ghi này trong kho không nối tiếp chứng cứ trước nó."
    en = "Evidence {number} of this record in the store does not continue the one before it."
    remedy = "Không lập thêm chứng cứ cho bản ghi này; chạy «sohoa verify» cho bản ghi và báo người quản trị."
    remedy_en = "Make no further evidence for this record; run `sohoa verify` on it and tell the administrator."


class EvidenceMadeMeanwhile(SohoaError):
    code = "storage.evidence_made_meanwhile"
    vi = "Trong lúc đó một lượt chạy khác đã lập chứng cứ cho bản ghi này."
    en = "Another run made evidence for this record in the meantime."
    remedy = "Không cần làm gì; chạy lại lệnh này nếu muốn xem còn bản ghi nào chưa có chứng cứ không."
    remedy_en = "Nothing needs to be done; run the command again to see whether a record is left without evidence."


CHAIN = Numbered("evidence", FORMAT, lambda number: EvidenceBroken(number=number), suffix=".ers")


@dataclass(frozen=True, slots=True)
class Proof:
    """What is told about new evidence. covers: the roles of what it is about. since: proven from then on. renew_by: when it will be
    too late to renew it. by, at: who made it, and when. continues: the number of the evidence that it renews; 0: none; then after is
    the number of the newest evidence that was there when it was decided on."""

    covers: Sequence[str]
    since: datetime
    renew_by: datetime
    by: str
    at: datetime
    continues: int = 0
    after: int = 0


def path_of(document_id: str, number: int) -> str:
    return CHAIN.path(document_id, number)


def about_path_of(document_id: str, number: int) -> str:
    return CHAIN.about(document_id, number)


def role_of(number: int) -> str:
    return f"{EVIDENCE}{number:06}"


def provable(record: Record) -> QuerySet[StoredFile]:
    """The objects of a record that evidence is about: all but evidence itself."""
    return record.files.exclude(role__startswith=EVIDENCE).order_by("role")


def count(record: Record) -> int:
    """How many evidence records there are, the number of the newest."""
    return _last(record)[0]


def uncovered(ids: Sequence[str] = ()) -> QuerySet[Record]:
    """Records, or those of `ids`, with an object that no evidence is about; the longest archived first."""
    found = living().filter(pk__in=ids) if ids else living()
    files = StoredFile.objects.filter(record=OuterRef("pk")).exclude(role__startswith=EVIDENCE)
    there = Subquery(files.order_by().values("record").annotate(count=Count("pk")).values("count"))
    whole = Evidence.objects.filter(record=OuterRef("pk"), objects_covered__gte=OuterRef("there"))
    return found.annotate(there=there).filter(~Exists(whole)).order_by("archived_at", "pk")


def standing(record: Record) -> QuerySet[Evidence]:
    """The evidence that counts: the newest renewal of each."""
    return _standing().filter(record=record).order_by("number")


def ending(by: datetime) -> QuerySet[Evidence]:
    """Of the evidence that counts, what has to be renewed until then."""
    return _standing().filter(renew_by__lte=by).order_by("record", "number")


def _standing() -> QuerySet[Evidence]:
    renewal = Evidence.objects.filter(record=OuterRef("record"), continues=OuterRef("number"))
    return Evidence.objects.filter(~Exists(renewal))


def file_of(evidence: Evidence) -> StoredFile:
    return StoredFile.objects.get(record=evidence.record_id, role=role_of(evidence.number))


def covered(evidence: Evidence) -> list[StoredFile]:
    """What it is about, of what the catalogue has; fewer than `objects_covered` when a row is gone."""
    return [file for file in provable(evidence.record) if _covers(evidence.covers, file.role)]


def as_told(record: Record) -> dict[str, Any]:
    """The evidence that counts, as `sohoa show --json` prints it. not_covered: roles of objects that none of it is about, as they came
    after it was made; all of them where there is no evidence."""
    roles, proofs = [file.role for file in provable(record)], []
    for one in standing(record):
        covers = [role for role in roles if _covers(one.covers, role)]
        told = {"role": role_of(one.number), "since": iso_vietnam(one.since), "renew_by": iso_vietnam(one.renew_by)}
        proofs.append({**told, "covers": covers})
    proven = {role for proof in proofs for role in proof["covers"]}
    return {"proofs": proofs, "not_covered": [role for role in roles if role not in proven]}


def add(record: Record, made: bytes, proof: Proof, store: ObjectStore, *, retention: Retention) -> Evidence:
    """Archive an evidence record as the next of its record.

    Raises EvidenceMadeMeanwhile when another run was quicker (catch_up enters what it made), ReadBackDiffers and the store's errors.
    """
    last, previous = _last(record)
    renewed = Evidence.objects.filter(record=record, continues=proof.continues).exists()
    if renewed if proof.continues else last != proof.after:
        raise EvidenceMadeMeanwhile()
    number = last + 1
    told = {
        "format": FORMAT,
        "document_id": record.pk,
        "number": number,
        "previous": previous,
        "continues": proof.continues,
        "covers": _in_few_words(proof.covers),
        "objects": len(proof.covers),
        "since": proof.since.isoformat(),
        "renew_by": proof.renew_by.isoformat(),
        "by": proof.by,
        "at": proof.at.isoformat(),
    }
    about = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()
    additions = [
        Addition(path_of(record.pk, number), made, MEDIA_TYPE),
        Addition(about_path_of(record.pk, number), about, "application/json"),
    ]
    message = f"evidence about {record.pk}"
    try:
        package = ocfl.add(store, record.package, additions, message=message, by=proof.by, now=proof.at, retention=retention)
    except PathTaken as taken:
        raise EvidenceMadeMeanwhile() from taken
    return _enter(record, told, package.files[path_of(record.pk, number)], package)


def catch_up(record: Record, store: ObjectStore, package: Package | None = None, *, until: int | None = None) -> bool:
    """Enter the evidence that the store holds and the catalogue does not know yet; whether there was any.

    package: the record's, where the caller has just opened it. until: enter none after this one.
    Raises EvidenceBroken and the store's own errors.
    """
    known = number, previous = _last(record)
    package = package or ocfl.opened(store, record.package)
    for told, held in CHAIN.after(number, previous, record.pk, package, store, until=until):
        _enter(record, told, held, package)
        number, previous = told["number"], held.sha256
    return (number, previous) != known


def told_in(package: Package, record: Record, metadata: Held, store: ObjectStore) -> list[tuple[dict[str, Any], Held]]:
    """All evidence about the record as the package has it, first to last. Raises EvidenceBroken and the store's errors."""
    return list(CHAIN.after(0, metadata.sha256, record.pk, package, store))


def _last(record: Record) -> tuple[int, str]:
    """Number and hash of the newest evidence; 0 and the manifest's hash where there is none."""
    last = Evidence.objects.filter(record=record).order_by("-number").first()
    if last:
        return last.number, last.sha256
    manifest = record.files.filter(role="manifest").first()
    return 0, manifest.sha256 if manifest else ""


@transaction.atomic
def _enter(record: Record, told: dict[str, Any], held: Held, package: Package) -> Evidence:
    """Rows and log, once: of two processes that enter the same evidence, one finds it done."""
    number = told["number"]
    known = Evidence.objects.filter(record=record, number=number).first()
    if known:
        return known
    made = row_of(record, told, held)
    made.save()
    StoredFile.holding(record, role_of(number), held).save()
    details: dict[str, object] = {"number": number, "covers": made.covers, "sha256": held.sha256}
    if made.continues:
        details["continues"] = made.continues
    action = "record.evidence_renewed" if made.continues else "record.evidence_made"
    chain.append(action, record.pk, now=made.at, details=details, actor=made.by)
    follow(package)
    return made


def row_of(record: Record, told: dict[str, Any], held: Held) -> Evidence:
    """Raises EvidenceBroken."""
    try:
        return Evidence(
            record=record,
            number=told["number"],
            continues=int(told["continues"]),
            covers=told["covers"],
            objects_covered=int(told["objects"]),
            since=datetime.fromisoformat(told["since"]),
            renew_by=datetime.fromisoformat(told["renew_by"]),
            by=told["by"],
            at=datetime.fromisoformat(told["at"]),
            sha256=held.sha256,
        )
    except (KeyError, ValueError, TypeError) as failure:
        raise EvidenceBroken(number=told["number"]) from failure


def _in_few_words(roles: Iterable[str]) -> str:
    last: dict[str, str] = {}
    for role in sorted(roles):
        numbered = _NUMBERED.fullmatch(role)
        last[numbered[1] if numbered else role] = role
    return " ".join(last.values())


def _covers(covers: str, role: str) -> bool:
    numbered = _NUMBERED.fullmatch(role)
    if not numbered:
        return role in covers.split()
    return any(numbered[1] == told[1] and numbered[2] <= told[2] for told in map(_NUMBERED.fullmatch, covers.split()) if told)
