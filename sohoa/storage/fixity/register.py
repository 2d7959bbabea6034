"""The register's tables against the imports that lie in its package: the newest word about each dossier counts."""

from __future__ import annotations

import csv
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sohoa.kernel.errors import SohoaError
from sohoa.storage.catalogue.register import Dossier, RegisterImport, Unit
from sohoa.storage.fixity.model import CATALOGUE, Finding
from sohoa.storage.objects.model import RECORDS, ObjectStore
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import REGISTER, Held
from sohoa.storage.register_import import weigh


def register_findings(store: ObjectStore) -> Iterator[Finding]:
    """Ids are codes of dossiers and units. Nothing is told where the imports themselves cannot be read: that is the package's finding.

    Raises StoreUnreachable."""
    try:
        package = ocfl.opened(store, REGISTER)
        imports = [held for held in package.under("imports") if held.path.endswith(".csv")] if package else []
        with tempfile.TemporaryDirectory(prefix="sohoa-register-") as folder, closing(sqlite3.connect("")) as seen:
            yield from _compared(imports, store, Path(folder), seen)
    except (SohoaError, OSError, csv.Error, UnicodeDecodeError) as failure:
        if getattr(failure, "code", "") == "storage.unreachable":
            raise


def _compared(imports: list[Held], store: ObjectStore, folder: Path, seen: sqlite3.Connection) -> Iterator[Finding]:
    seen.execute("CREATE TABLE dossier (code TEXT PRIMARY KEY, import INTEGER) WITHOUT ROWID")
    units: dict[str, tuple[str, str]] = {}
    rows = dict(RegisterImport.objects.values_list("number", "sha256"))
    for number, held in reversed(list(enumerate(imports, 1))):
        if rows.pop(number, None) != held.sha256:
            yield Finding(REGISTER, CATALOGUE, f"import-{number:06}: not_in_catalogue", passing=True)
        _fetch(held, store, folder / "import.csv")
        if not _newest_only(folder, number, seen, units):
            continue
        changes = folder / "changes.csv"
        with changes.open("w", encoding="utf-8", newline="") as out:
            weigh(folder / "newest.csv", out)
        with changes.open(encoding="utf-8", newline="") as told:
            for code in dict.fromkeys(row["dossier_code"] for row in csv.DictReader(told)):
                yield Finding(code, CATALOGUE, "dossier: differs")
    for number in rows:
        yield Finding(REGISTER, CATALOGUE, f"import-{number:06}: missing")
    for code in Dossier.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=1000):
        if seen.execute("SELECT 1 FROM dossier WHERE code = ?", (code,)).fetchone() is None:
            yield Finding(code, CATALOGUE, "dossier: in_no_import")
    for unit in Unit.objects.order_by("pk"):
        if units.get(unit.code) != (unit.name, unit.level):
            yield Finding(unit.code, CATALOGUE, "unit: differs")


def _fetch(held: Held, store: ObjectStore, into: Path) -> None:
    with store.open(RECORDS, held.key, held.version_id) as stream, into.open("wb") as out:
        for chunk in stream:
            out.write(chunk)


def _newest_only(folder: Path, number: int, seen: sqlite3.Connection, units: dict[str, tuple[str, str]]) -> int:
    """Into `newest.csv` the rows of dossiers that no later import speaks of; how many. The last row of a unit names it."""
    count, here = 0, dict[str, tuple[str, str]]()
    with (
        (folder / "import.csv").open(encoding="utf-8-sig", newline="") as source,
        (folder / "newest.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        reader = csv.DictReader(source, strict=True)
        writer = csv.DictWriter(target, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        for row in reader:
            code = row["dossier_code"]
            here[row["unit_code"]] = (row["unit_name"], row["unit_level"])
            seen.execute("INSERT OR IGNORE INTO dossier VALUES (?, ?)", (code, number))
            if seen.execute("SELECT import FROM dossier WHERE code = ?", (code,)).fetchone()[0] == number:
                writer.writerow(row)
                count += 1
    for unit, told in here.items():
        units.setdefault(unit, told)
    return count
