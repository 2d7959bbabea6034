"""A holding as a BagIt 1.0 bag (RFC 8493): every object of every paper, byte for byte, and the facts beside them.

Payload: `data/<docCode>/…` as in the archive, and `data/holding.json`, all that the catalogue knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

import sohoa
from sohoa.storage.exports.ead import doc_code
from sohoa.storage.exports.holdings import Holding
from sohoa.storage.exports.parcel import Parcel, Written, safe_name
from sohoa.storage.objects.model import ObjectStore

DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
HOLDING = "data/holding.json"
_ALGORITHMS = ("sha256", "sha512")


def write_bag(parcel: Parcel, holding: Holding, store: ObjectStore, *, identifier: UUID, bagged: date) -> None:
    """Raises StoredFileDiffers and the store's errors."""
    facts = json.dumps(holding.facts(), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    parcel.put(HOLDING, facts, "application/json")
    for document in holding.documents:
        for file in document.files:
            parcel.fetch(f"data/{safe_name(doc_code(holding, document))}/{file.path}", file, store)
    payload = list(parcel.written)
    parcel.put(DECLARATION, b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "text/plain")
    parcel.put(INFO, _info(holding, payload, identifier, bagged), "text/plain")
    for algorithm in _ALGORITHMS:
        parcel.put(f"manifest-{algorithm}.txt", _manifest(algorithm, payload), "text/plain")
    tags = parcel.written[len(payload) :]
    for algorithm in _ALGORITHMS:
        parcel.put(f"tagmanifest-{algorithm}.txt", _manifest(algorithm, tags), "text/plain")


def _info(holding: Holding, payload: Iterable[Written], identifier: UUID, bagged: date) -> bytes:
    files = list(payload)
    told = [
        ("Source-Organization", holding.unit_name or holding.unit),
        ("External-Description", holding.procedure_name),
        ("External-Identifier", holding.code),
        ("Internal-Sender-Identifier", f"urn:uuid:{identifier}"),
        ("Bagging-Date", bagged.isoformat()),
        ("Payload-Oxum", f"{sum(file.size for file in files)}.{len(files)}"),
        ("Bag-Software-Agent", f"sohoa {sohoa.__version__}"),
    ]
    return "".join(f"{name}: {_one_line(value)}\n" for name, value in told if value).encode()


def _one_line(value: str) -> str:
    """A name with a line feed in it could otherwise add elements of its own."""
    return " ".join(value.split())


def _manifest(algorithm: str, files: Iterable[Written]) -> bytes:
    return "".join(_lines(algorithm, files)).encode()


def _lines(algorithm: str, files: Iterable[Written]) -> Iterator[str]:
    for file in sorted(files, key=lambda one: one.path):
        yield f"{getattr(file, algorithm)}  {file.path}\n"
