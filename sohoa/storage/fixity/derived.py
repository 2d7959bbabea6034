"""What the catalogue says of a record, against what its package says: the same steps as when it was archived, without writing anything.

    differences(record, package, store)   ["title", "text-1", "revision-000002", "filing"]

Only names come out, never values: they are personal data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Model

from sohoa.kernel.errors import SohoaError
from sohoa.storage import archive, evidence, renewals, revisions
from sohoa.storage.alto import page_texts
from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.headlines import page_zero
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.retention import ResultState
from sohoa.storage.fixity.model import Looked
from sohoa.storage.objects.model import ByteStream, ObjectStore
from sohoa.storage.packages.model import Held, Package
from sohoa.storage.retention import states

LARGEST = 32 << 20  # bytes of a text that is kept at hand; a larger one is read from the store again
# When the proof of a signature ends is looked up later, from the certificates; the package says it only of renewals.
_NOT_DERIVED = {"id", "renew_by"}


class Copies:
    """The package's small files as they were read a moment ago; what was not kept comes from the store."""

    def __init__(self, store: ObjectStore, copies: Mapping[str, Path]) -> None:
        self._store, self._copies = store, copies

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str) -> Iterator[ByteStream]:
        copy = self._copies.get(key)
        if copy is None or not copy.exists():
            with self._store.open(bucket, key, version_id) as stream:
                yield stream
        else:
            with copy.open("rb") as stream:
                yield stream


def package_of(looked: Looked) -> Package:
    """As the rest of the house knows it."""
    files = {
        path: Held(path, file.key, file.version_id, file.sha256, file.seen.sha512 if file.seen else "", file.size)
        for path, file in looked.files.items()
    }
    return Package(looked.id, looked.root, looked.head, looked.inventory_sha512, files)


def differences(record: Record, package: Package, store: Copies) -> list[str]:
    """A package that cannot be followed is told as `derivation: {code}`. Raises StoreUnreachable."""
    try:
        return list(_differences(record, package, store))  # pyright: ignore[reportArgumentType]
    except (SohoaError, KeyError, ValueError, TypeError) as failure:
        return [f"derivation: {getattr(failure, 'code', 'malformed')}"]


def _differences(record: Record, package: Package, store: Any) -> Iterator[str]:
    metadata = archive.metadata_of(package, record.pk, store)
    files = archive.files_of(package, metadata)
    manifest = files["manifest"]
    made = Record(**archive.columns_of(metadata), package=package.id, archived_at=datetime.fromisoformat(metadata["archived_at"]))
    revised = revisions.told_in(package, made, manifest, store)
    waited = {told["number"]: told["waited"] for told, _ in revised}
    dossiers = [metadata["dossier"]] if metadata["dossier"] else []
    for told, _ in revised:
        revisions.apply(made, told, undone_waited=bool(told["undoes"] and waited.get(told["undoes"])))
        dossiers = _moved(dossiers, told.get("filed"))
    for told, _ in renewals.told_in(package, made, store):
        renewals.apply(made, told)
    yield from _columns(made, record, "")
    yield from _rows([revisions.row_of(made, told, held) for told, held in revised], FieldRevision, record, "revision")
    proofs = evidence.told_in(package, made, manifest, store)
    yield from _rows([evidence.row_of(made, told, held) for told, held in proofs], Evidence, record, "evidence")
    standings = states.told_in(package, made, manifest, store)
    yield from _rows([states.row_of(made, told, held) for told, held in standings], ResultState, record, "state")
    yield from _filings(record, dossiers)
    yield from _texts(made, record, files, store)


def _moved(dossiers: Sequence[str], filed: Mapping[str, Any] | None) -> list[str]:
    if not filed or filed["before"]["dossier"] == filed["after"]["dossier"]:
        return list(dossiers)
    left = [code for code in dossiers if code != filed["before"]["dossier"]]
    after = filed["after"]["dossier"]
    return [*left, after] if after and after not in left else left


def _columns(made: Model, there: Model, name: str, *, but: frozenset[str] = frozenset(_NOT_DERIVED)) -> Iterator[str]:
    for column in made._meta.concrete_fields:
        if column.name not in but and getattr(made, column.attname) != getattr(there, column.attname):
            yield f"{name}.{column.name}" if name else column.name


def _rows(made: Sequence[Any], kind: type[Any], record: Record, name: str) -> Iterator[str]:
    there = {row.number: row for row in kind.objects.filter(record=record)}
    for row in made:
        known = there.pop(row.number, None)
        if known is None:
            yield f"{name}-{row.number:06}"
        else:
            yield from _columns(row, known, f"{name}-{row.number:06}", but=frozenset({"id", "record"}))
    for number in there:
        yield f"{name}-{number:06}"


def _filings(record: Record, dossiers: Sequence[str]) -> Iterator[str]:
    filings = list(record.filings.select_related("component", "result"))
    if sorted(filing.dossier_code for filing in filings) != sorted(dossiers):
        yield "filing"
    for filing in filings:
        place = filing.component or filing.result
        if place is not None and (place.dossier_id != filing.dossier_code or (filing.component and filing.result)):
            yield "filing.place"


def _texts(made: Record, record: Record, files: Mapping[str, Held], store: Any) -> Iterator[str]:
    there = dict(record.texts.values_list("number", "text"))
    filed = record.filings.order_by("pk").first()
    expected = {0: page_zero(made, filed.dossier_code if filed else "")}
    if held := files.get(archive.TEXT):
        with store.open("records", held.key, held.version_id) as stream:
            for number, text in page_texts(stream):
                expected[number] = text
    for number in sorted(expected.keys() | there.keys()):
        if expected.get(number) != there.get(number):
            yield f"text-{number}"
