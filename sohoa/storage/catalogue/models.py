"""The catalogue's tables: what the archive holds, and the register of dossiers it belongs to."""

from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.packages import KnownPackage
from sohoa.storage.catalogue.records import Filing, PageText, Record, StoredFile
from sohoa.storage.catalogue.register import Component, Dossier, RegisterImport, Result, Unit
from sohoa.storage.catalogue.retention import DestroyedRecord, Destruction, Hold, PackageLock, ResultState, Tombstone

__all__ = [
    "Component",
    "DestroyedRecord",
    "Destruction",
    "Dossier",
    "Evidence",
    "FieldRevision",
    "Filing",
    "Hold",
    "KnownPackage",
    "PackageLock",
    "PageText",
    "Record",
    "RegisterImport",
    "Result",
    "ResultState",
    "StoredFile",
    "Tombstone",
    "Unit",
]
