"""An archive after everything was killed: is what was acknowledged there, whole, once, and is all of it valid?"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.archive.living import LOCK
from benchmarks.archive.office import Office
from sohoa.storage.archive import METADATA, document_id_of, records_in
from sohoa.storage.audit import chain
from sohoa.storage.audit.keys import known_keys, open_key
from sohoa.storage.audit.making import checkpoint
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.audit.verifying import verify
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.model import RECORDS, ObjectStore
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Package
from tests.ocfl_judge import judged_valid, lay_out

_CONTENT = re.compile(r".+/v\d+/content/.+")


def judge(office: Office, store: ObjectStore, home: Path, folder: Path, acknowledged: Mapping[int, str]) -> dict[str, Any]:
    """acknowledged: document ids by the paper's number. folder: for the storage root as plain files."""
    packages = [package for package in (ocfl.opened(store, one) for one, _ in ocfl.heads(store)) if package]
    now = datetime.now(UTC)
    checkpoint(store, now=now, sign=open_key(home / "keys"), stamp=None, retention=LOCK.retention(now))
    findings = [
        *_intact(office, store, acknowledged),
        *_once(store, packages, acknowledged),
        *(f"OCFL: {told}" for told in judged_valid(lay_out(store, folder), whole_root=True)),
        *(f"the chain breaks at {one.sequence}: {one.reason}" for one in chain.breaks()),
    ]
    log = verify(store, keys=known_keys(home / "keys"))
    findings += [f"the log: {one.as_dict()}" for one in log.findings if one.reason != "unstamped"]
    return {
        "findings": findings,
        "acknowledged": len(acknowledged),
        "files": StoredFile.objects.count(),
        "packages": len(packages),
        "leftovers": sum(len(package.under(ocfl.LEFTOVER)) for package in packages),
        "events": log.events,
        "checkpoints": log.checkpoints,
    }


def _intact(office: Office, store: ObjectStore, acknowledged: Mapping[int, str]) -> Iterator[str]:
    if sorted(acknowledged) != list(range(office.records)):
        yield f"{len(acknowledged)} of {office.records} papers were acknowledged"
    for number, record_id in acknowledged.items():
        paper = office.paper(number)
        if document_id_of(paper.sha256) != record_id:
            yield f"paper {number} was acknowledged as another record"
        there = {file.role: file for file in StoredFile.objects.filter(record=record_id)}
        for role, file in there.items():
            if store.sha256_of(file.bucket, file.key, file.version_id) != file.sha256:
                yield f"{role} of {record_id} is not what was archived"
        for file in paper.files:
            if file.role not in there or there[file.role].sha256 != hashlib.sha256(file.content).hexdigest():
                yield f"{file.role} of {record_id} is not what was handed in"
        if not {"manifest", "premis"} <= there.keys():
            yield f"{record_id} has no metadata"


def _once(store: ObjectStore, packages: list[Package], acknowledged: Mapping[int, str]) -> Iterator[str]:
    wanted = Counter(acknowledged.values())
    counted = {
        "in the catalogue": Counter(Record.objects.values_list("pk", flat=True)),
        "in the log": Counter(AuditEvent.objects.filter(action="record.archived").values_list("subject", flat=True)),
        f"by its {METADATA}": Counter(record for package in packages for record in records_in(package)),
    }
    for where, there in counted.items():
        if there != wanted:
            yield f"{where}: {(there - wanted).total()} too many, {(wanted - there).total()} too few"
    written: defaultdict[str, list[str]] = defaultdict(list)
    for one in store.list(RECORDS):
        if _CONTENT.fullmatch(one.key):
            written[one.key].append(one.version_id)
    # A server that was killed may have written what it never acknowledged; sent again, the same bytes lie there twice, which harms nobody.
    for key, versions in written.items():
        if len({store.sha256_of(RECORDS, key, version) for version in versions if len(versions) > 1}) > 1:
            yield f"other bytes were written under the key of {key.rpartition('/')[2]}"
