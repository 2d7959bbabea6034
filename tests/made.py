"""Small contents for records that tests put into the archive by hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

from sohoa.storage.archive import Content, enter
from sohoa.storage.catalogue.records import Record
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition, package_of
from sohoa.storage.register_import import COLUMNS


def text_content(folder: Path, *pages: str) -> Content:
    """The `text` of a record: one string a page, lines apart by line breaks."""
    path = folder / f"text-{abs(hash(pages))}.xml"
    path.write_text(_alto(pages), encoding="utf-8")
    return Content("text", path, ".xml", "application/xml")


def _alto(pages: Sequence[str]) -> str:
    return (
        '<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout>'
        + "".join(map(_page, range(1, len(pages) + 1), pages))
        + "</Layout></alto>"
    )


def _page(number: int, text: str) -> str:
    lines = "".join(f"<TextLine>{''.join(map(_word, line.split()))}</TextLine>" for line in text.splitlines())
    return f'<Page ID="p{number}" PHYSICAL_IMG_NR="{number}"><PrintSpace><TextBlock>{lines}</TextBlock></PrintSpace></Page>'


def _word(word: str) -> str:
    return f"<String CONTENT={quoteattr(word)}/>"


def put_beside(record: Record, store: ObjectStore, files: Mapping[str, bytes]) -> None:
    """Files more in the record's package, by their path in it, as another program with our keys could add them."""
    additions = [Addition(path, content, "application/octet-stream") for path, content in files.items()]
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    ocfl.add(store, record.package, additions, message="put by a test", by="test", now=moment, retention=None)


def archived_files(store: ObjectStore, document_id: str, dossier: str = "") -> dict[str, bytes]:
    """A record's files by role, from its package alone; `manifest` is its metadata."""
    package = ocfl.opened(store, package_of(document_id, dossier))
    assert package is not None
    metadata = ocfl.read(store, package.files[f"{document_id}/metadata.json"])
    files = {role: package.files[told["path"]] for role, told in json.loads(metadata)["files"].items()}
    return {"manifest": metadata} | {role: ocfl.read(store, held) for role, held in files.items()}


def entered_again(record: Record, store: ObjectStore) -> Record:
    """The record as the bucket alone gives it back; its rows must be gone."""
    package = ocfl.opened(store, record.package)
    assert package is not None
    return enter(package, record.pk, store)


def register_csv(folder: Path, *dossiers: str, resolved: bool = False) -> Path:
    """A register of these dossiers; each wants one application form and gives one notice."""
    path = folder / f"register-{'-'.join(dossiers)}.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        for code in dossiers:
            dossier = {
                "dossier_code": code,
                "procedure_code": "1.009122",
                "procedure_name": "Cấp giấy phép mẫu",
                "sector": "Xây dựng",
                "unit_code": "H99.1",
                "unit_name": "UBND phường Thử",
                "unit_level": "commune",
                "channel": "online",
                "received_at": "2026-01-05T08:00:00+07:00",
                "resolved_at": "2026-02-01T09:00:00+07:00" if resolved else "",
                "yields_result": "yes",
                "ordinal": "1",
            }
            writer.writerow({**dossier, "kind": "component", "document_type": "DON", "name": "Đơn", "decision": "required_by_rule"})
            writer.writerow({**dossier, "kind": "result", "document_type": "TB", "name": "Thông báo"})
    return path
