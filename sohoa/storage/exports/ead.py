"""EAD.xml and EAD_doc_*.xml: what a dossier and its papers are, in the elements that TT 05/2025 is said to ask for.

Root and elements as in our notes (`simpledc`, no namespace); the official schema was not at hand, so none is named. An element whose
value nobody knows is there and empty: a guess would be worse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from xml.etree.ElementTree import Comment, Element, SubElement

from sohoa.config.catalogue import rows
from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.text import mask_identifier
from sohoa.storage.exports.codes import CATALOGUE, LABEL_VI, VIETNAMESE, Chosen, confidence_of, maintenance_of
from sohoa.storage.exports.holdings import Document, Holding
from sohoa.storage.packages.xml_writing import encoded, writable

ROOT = "simpledc"
# A result that no longer holds must not travel as if it did.
STATES_VI = {"expired": "Đã hết hiệu lực.", "replaced": "Đã được thay thế.", "revoked": "Đã bị thu hồi."}
_IDENTIFIER = re.compile(r"(?<!\d)(?:\d{12}|\d{9})(?!\d)")


def doc_code(holding: Holding, document: Document) -> str:
    """`fileCode.0000001`: the paper's number never changes, whatever joins the dossier later."""
    return f"{holding.code}.{document.ordinal:07}"


def dossier_ead(holding: Holding, chosen: Chosen, *, masked: bool) -> bytes:
    """masked: personal numbers in titles are hidden, for copies that leave the archive."""
    return _written("dossier_field", dossier_fields(holding, chosen), masked)


def document_ead(holding: Holding, document: Document, chosen: Chosen, *, masked: bool) -> bytes:
    return _written("document_field", document_fields(holding, document, chosen), masked)


def dossier_fields(holding: Holding, chosen: Chosen) -> dict[str, str]:
    documents = holding.documents
    terms = {document.maintenance for document in documents}
    dates = sorted(filter(None, (_issued(document) for document in documents)))
    start = holding.received_at or (dates[0] if dates else None)
    end = holding.ended_at or (dates[-1] if dates else None)
    born, scanned = any(one.born_digital for one in documents), any(not one.born_digital for one in documents)
    return {
        "fileCode": holding.code,
        "title": holding.procedure_name or (documents[0].title if len(documents) == 1 else ""),
        "maintenance": chosen.maintenance or maintenance_of(terms.pop() if len(terms) == 1 else ""),
        "mode": chosen.mode,
        "language": VIETNAMESE,
        "startDate": _day(start),
        "endDate": _day(end),
        "totalDoc": str(len(documents)),
        "numberOfPage": str(sum(document.pages for document in documents)),
        "confidenceLevel": confidence_of(digitised=scanned, born_digital=born),
        # The one-stop system gives the paper dossier and the electronic one the same code (TT 13/2023/TT-BNV).
        "paperFileCode": holding.code if holding.in_dossier and scanned else "",
    }


def document_fields(holding: Holding, document: Document, chosen: Chosen) -> dict[str, str]:
    told = document.fields
    return {
        "docId": document.id,
        "docCode": doc_code(holding, document),
        "maintenance": chosen.maintenance or maintenance_of(document.maintenance),
        "typeName": document.type_name or told.get("document_name", ""),
        "codeNumber": told.get("code_number", ""),
        "codeNotation": told.get("code_notation", ""),
        "issuedDate": _day(_issued(document)),
        "organName": told.get("issuing_agency", ""),
        "subject": told.get("subject", "") or document.title,
        "language": VIETNAMESE,
        "numberOfPage": str(document.pages),
        "mode": chosen.mode,
        "confidenceLevel": confidence_of(digitised=not document.born_digital, born_digital=document.born_digital),
        "description": STATES_VI.get(document.state, ""),
    }


def empty_fields(table: str, values: Mapping[str, str]) -> list[str]:
    """Elements that are written empty, because nobody knows better."""
    return [row["name"] for row in rows(CATALOGUE, table) if not values.get(row["name"])]


def _written(table: str, values: Mapping[str, str], masked: bool) -> bytes:
    root = Element(ROOT)
    root.append(Comment(f" TT 05/2025/TT-BNV: {LABEL_VI} "))
    for row in rows(CATALOGUE, table):
        text = values.get(row["name"], "")
        if masked and row["name"] in _FREE_TEXT:
            text = _IDENTIFIER.sub(lambda found: mask_identifier(found[0]), text)
        SubElement(root, row["name"]).text = writable(text) or None
    return encoded(root)


_FREE_TEXT = frozenset({"title", "subject", "keyword", "description"})


def _issued(document: Document) -> date | None:
    try:
        return date.fromisoformat(document.fields.get("issued_date", ""))
    except ValueError:
        return None


def _day(when: date | datetime | None) -> str:
    """DD/MM/YYYY, in Vietnam's day."""
    if isinstance(when, datetime):
        when = when.astimezone(VIETNAM).date()
    return when.strftime("%d/%m/%Y") if when else ""
