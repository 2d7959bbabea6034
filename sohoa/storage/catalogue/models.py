"""The catalogue's tables: what the archive holds, and the register of dossiers it belongs to."""

from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.records import Filing, PageText, Record, StoredFile
from sohoa.storage.catalogue.register import Component, Dossier, Result, Unit

__all__ = ["Component", "Dossier", "Evidence", "FieldRevision", "Filing", "PageText", "Record", "Result", "StoredFile", "Unit"]
