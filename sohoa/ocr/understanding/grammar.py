"""What a page's grammar says beyond number, date, subject and type: the one entry to agencies, people and validity.

    fields = page_fields(layouts, lexicon, number=notation.strip, issued=issued_field)

Keys: issuing_agency, parent_agency, addressee, cited_documents, recipients, signing_capacity, signer_position, signer_name,
valid_from, valid_to, copy_form; only what was found. Names of agencies and positions come in sentence case, `raw` has them as printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sohoa.ocr.model import Field
from sohoa.ocr.understanding.addressees import addressee
from sohoa.ocr.understanding.agencies import agencies_of
from sohoa.ocr.understanding.capacity import position_sentence
from sohoa.ocr.understanding.citations import cited_documents, cited_field
from sohoa.ocr.understanding.copies import copy_form
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.lexicon import Lexicon, sentence_case
from sohoa.ocr.understanding.parents import parent_doubted
from sohoa.ocr.understanding.recipients import recipients
from sohoa.ocr.understanding.signers import signature
from sohoa.ocr.understanding.strips import Strip
from sohoa.ocr.understanding.validity import day, validity


def page_fields(
    layouts: Sequence[Layout], lexicon: Lexicon, *, number: Strip | None = None, issued: Field | None = None, sentence: bool = True
) -> dict[str, Field]:
    """number: the strip of number and notation, above which the agencies stand. issued: the day of issue, for `kể từ ngày ký`.

    sentence: False leaves agencies and positions in the capitals they are printed in.
    """
    if not layouts:
        return {}
    first = layouts[0]
    bodies = agencies_of(first, number, lexicon, layouts[1:])
    signed = signature(layouts, lexicon)
    issuing = bodies.issuing
    if issuing:
        issuing = parent_doubted(issuing, first, number, signed=(signed.capacity, signed.position))
    valid = validity(layouts, issued)
    fields = {
        "issuing_agency": _cased(issuing, lexicon) if sentence else issuing,
        "parent_agency": _cased(bodies.parent, lexicon) if sentence else bodies.parent,
        "addressee": addressee(first),
        "cited_documents": cited_field(cited_documents(layouts, latest=day(issued))),
        "recipients": recipients(layouts),
        "signing_capacity": signed.capacity,
        "signer_position": _position_cased(signed.position, lexicon) if sentence else signed.position,
        "signer_name": signed.name,
        "valid_from": valid.since,
        "valid_to": valid.until,
        "copy_form": copy_form(layouts),
    }
    return {name: field for name, field in fields.items() if field is not None}


def _cased(field: Field | None, lexicon: Lexicon) -> Field | None:
    return replace(field, value=sentence_case(field.value, lexicon), raw=field.raw or field.value) if field else None


def _position_cased(field: Field | None, lexicon: Lexicon) -> Field | None:
    return replace(field, value=position_sentence(field.value, lexicon), raw=field.raw or field.value) if field else None
