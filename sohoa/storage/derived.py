"""What the catalogue should say of a record, drawn from its package alone, and where it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sohoa.storage import archive, evidence, renewals, revisions
from sohoa.storage.catalogue.comparing import NOTED_ONLY
from sohoa.storage.catalogue.headlines import page_zero
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.packages.model import Held, Package


def differences(record: Record, package: Package, store: ObjectStore) -> list[str]:
    """Names of what differs: `title`, `page 2`, `file record`, `revision 3`, `evidence 1`; nothing when the catalogue is right.

    Where a record lies is not looked at: that depends on other records and the register (see `sohoa rebuild`).
    Raises PackageBroken, RevisionBroken, RenewalBroken, EvidenceBroken, TextUnreadable and the store's errors.
    """
    metadata = archive.metadata_of(package, record.pk, store)
    files = archive.files_of(package, metadata)
    moment = datetime.fromisoformat(metadata["archived_at"])
    made = Record(**archive.columns_of(metadata), package=package.id, archived_at=moment)
    return [
        *_history(record, made, package, files, store),
        *_columns(record, made),
        *_files(record, files),
        *_pages(record, files, store),
    ]


def _history(record: Record, made: Record, package: Package, files: dict[str, Held], store: ObjectStore) -> Iterator[str]:
    """What was settled, renewed and proven since; `made` and `files` are brought up to date by it."""
    waited: dict[int, bool] = {}
    known = {row.number: row for row in record.revisions.all()}
    for told, held in revisions.told_in(package, made, files["manifest"], store):
        number = told["number"]
        revisions.apply(made, told, undone_waited=told["undoes"] is not None and waited[told["undoes"]])
        waited[number], files[revisions.role_of(number)] = told["waited"], held
        if not _same(known.pop(number, None), revisions.row_of(made, told, held)):
            yield f"revision {number}"
    for told, held in renewals.told_in(package, made, store):
        renewals.apply(made, told)
        files[renewals.role_of(told["number"])] = held
    proofs = {row.number: row for row in record.evidence.all()}
    for told, held in evidence.told_in(package, made, files["manifest"], store):
        files[evidence.role_of(told["number"])] = held
        if not _same(proofs.pop(told["number"], None), evidence.row_of(made, told, held)):
            yield f"evidence {told['number']}"
    yield from (f"revision {number}" for number in known)
    yield from (f"evidence {number}" for number in proofs)


def _same(row: object, wanted: object) -> bool:
    if row is None:
        return False
    names = [field.attname for field in type(wanted)._meta.concrete_fields if not field.primary_key]  # type: ignore[attr-defined]
    return all(getattr(row, name) == getattr(wanted, name) for name in names)


def _columns(record: Record, made: Record) -> Iterator[str]:
    names = [field.attname for field in Record._meta.concrete_fields if field.attname not in NOTED_ONLY]
    yield from (name for name in names if getattr(record, name) != getattr(made, name))


def _files(record: Record, files: dict[str, Held]) -> Iterator[str]:
    known: dict[str, StoredFile] = {row.role: row for row in record.files.all()}
    for role, held in files.items():
        row = known.pop(role, None)
        if row is None or (row.key, row.version_id, row.sha256, row.size) != (held.key, held.version_id, held.sha256, held.size):
            yield f"file {role}"
    yield from (f"file {role}" for role in known)


def _pages(record: Record, files: dict[str, Held], store: ObjectStore) -> Iterator[str]:
    filing = record.filings.order_by("pk").first()
    wanted = dict([(0, page_zero(record, filing.dossier_code if filing else "")), *archive.texts_of(files, store)])
    known = dict(record.texts.values_list("number", "text"))
    yield from (f"page {number}" for number in sorted(wanted.keys() | known.keys()) if wanted.get(number) != known.get(number))
