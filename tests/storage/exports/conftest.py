"""A dossier in the catalogue and in a store: one paper that we scanned and signed, one that came signed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from fpdf import FPDF

from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Filing, Record, StoredFile
from sohoa.storage.catalogue.register import Dossier, Unit
from sohoa.storage.exports.bag import write_bag
from sohoa.storage.exports.codes import Chosen
from sohoa.storage.exports.eark import Kind, Making, write_package
from sohoa.storage.exports.holdings import MEDIA_TYPES, Document, Happening, HeldFile, Holding
from sohoa.storage.exports.parcel import Parcel
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS, ObjectStore
from sohoa.storage.packages.model import package_of

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
DOSSIER = "000.00.19.H26-260105-0012"
FILES = {
    "original": ("original.pdf", b"%PDF-1.4 as it was scanned"),
    "record": ("record.pdf", b"%PDF-1.7 signed"),
    "record-000001": ("renewals/000001.pdf", b"%PDF-1.7 signed, stamped again"),
    "text": ("text.xml", b"<alto/>"),
    "validation": ("validation.json", b"{}"),
    "manifest": ("metadata.json", b'{"document_id":"x"}'),
    "revision-000001": ("revisions/000001.json", b'{"number":1}'),
}
FIELDS = {
    "code_number": {"value": "05", "confidence": 0.9},
    "code_notation": {"value": "QĐ-UBND", "confidence": 0.9},
    "issued_date": {"value": "2026-01-05", "confidence": 0.9},
    "issuing_agency": {"value": "Ủy ban nhân dân phường Cửa Nam", "confidence": 0.9},
    "subject": {"value": "cấp giấy phép cho ông A, số 022123451234 & «bà B»", "confidence": 0.9},
}


def pdf_of(*lines: str) -> bytes:
    drawn = FPDF()
    drawn.set_creation_date(NOON)
    drawn.add_font("sans", "", "/usr/share/fonts/truetype/croscore/Arimo-Regular.ttf")
    for line in lines:
        drawn.add_page()
        drawn.set_font("sans", size=16)
        drawn.text(30, 50, line)
    out = BytesIO()
    drawn.output(out)
    return out.getvalue()


def archived(
    store: ObjectStore,
    seed: str,
    files: Mapping[str, tuple[str, bytes]] = FILES,
    *,
    dossier: str = DOSSIER,
    at: datetime = NOON,
    born_digital: bool = False,
) -> Record:
    """A record with its objects, as the archive leaves it. seed: makes its id and its keys."""
    sha256 = hashlib.sha256(seed.encode()).hexdigest()
    record = Record.objects.create(
        id=sha256[:20],
        source_sha256=sha256,
        package=package_of(sha256[:20], dossier),
        type_code="QĐ",
        type_name="Quyết định",
        title="Quyết định cấp phép",
        fields=FIELDS,
        issued_date=date(2026, 1, 5),
        pages=2,
        confidence=0.9,
        signed_on_arrival=born_digital,
        signature_level="PAdES-B-LTA",
        signature_verdict="ok",
        archived_at=at,
    )
    for role, (name, content) in files.items():
        stem, _, suffix = name.rpartition(".")
        key = f"{sha256[:9]}/urn%3atest/v1/content/{record.pk}/{stem}-{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
        stored = store.put_new(RECORDS, key, content, content_type="application/octet-stream")
        StoredFile.objects.create(
            record=record,
            role=role,
            bucket=stored.bucket,
            key=stored.key,
            version_id=stored.version_id,
            sha256=stored.sha256,
            size=stored.size,
        )
    if dossier:
        Filing.objects.create(record=record, dossier_code=dossier)
    chain.append("record.archived", record.pk, now=at, actor="may-quet")
    return record


@pytest.fixture
def plain(tmp_path: Path) -> FolderStore:
    made = FolderStore(tmp_path / "store")
    made.prepare()
    return made


@pytest.fixture
def registered(db: None) -> Dossier:
    unit = Unit.objects.create(code="H26.19", name="UBND phường Cửa Nam", level="commune")
    return Dossier.objects.create(
        code=DOSSIER,
        procedure_code="1.004193",
        procedure_name="Cấp giấy phép xây dựng nhà ở riêng lẻ",
        unit=unit,
        channel="direct",
        received_at=NOON - timedelta(days=30),
        resolved_at=NOON - timedelta(days=3),
        yields_result=True,
    )


@pytest.fixture
def dossier(registered: Dossier, plain: FolderStore) -> FolderStore:
    """The store; the dossier is DOSSIER."""
    archived(plain, "một")
    came = {"original": ("original.pdf", b"%PDF-1.7 came signed"), "manifest": ("metadata.json", b"{}")}
    archived(plain, "hai", came, at=NOON + timedelta(hours=1), born_digital=True)
    return plain


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """All files below a folder, by path."""
    return lambda root: {one.relative_to(root).as_posix(): one.read_bytes() for one in sorted(root.rglob("*")) if one.is_file()}


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A bag and an AIP, made once, to be copied and spoiled; no database is needed for that."""
    place = tmp_path_factory.mktemp("templates")
    kept = FolderStore(place / "store")
    kept.prepare()
    papers = ((FILES, False), ({"original": ("original.pdf", b"%PDF-1.7 came signed")}, True))
    documents = tuple(_document(kept, number, *paper) for number, paper in enumerate(papers, 1))
    unit = {"unit": "H26.19", "unit_name": "UBND phường Cửa Nam"}
    holding = Holding(
        DOSSIER, True, True, "1.004193", "Cấp giấy phép", **unit, received_at=NOON, ended_at=NOON, documents=documents
    )
    identifier = UUID(int=7)
    bag, aip = place / DOSSIER, place / f"uuid-{identifier}"
    write_bag(Parcel(bag), holding, kept, identifier=identifier, bagged=NOON.date())
    write_package(Making(Parcel(aip), holding, Kind.AIP, Chosen(), kept, identifier, None))
    return {"bag": bag, "aip": aip}


def _document(store: ObjectStore, number: int, files: Mapping[str, tuple[str, bytes]], born_digital: bool) -> Document:
    held = []
    for role, (path, content) in sorted(files.items()):
        stored = store.put_new(RECORDS, f"{number}/{path}", content, content_type="application/octet-stream")
        held.append(HeldFile(role, path, MEDIA_TYPES[Path(path).suffix], stored))
    fields = {name: str(field["value"]) for name, field in FIELDS.items()}
    event = Happening(number, NOON, "may-quet", "record.archived")
    return Document(
        f"{number:020}", number, NOON, "QĐ", "Quyết định", "", fields, 2, born_digital, "", "", "valid", "", tuple(held), (event,)
    )
