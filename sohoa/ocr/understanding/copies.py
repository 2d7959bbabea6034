"""The form of copy: `SAO Y`, `SAO LỤC`, `TRÍCH SAO` on a paper that is something else. Its type stays the original's.

An electronic copy has it at the top right of its first page with the agency and the time; a paper copy under its text, with a
number of its own (`Số: 12/SY-UBND`). Source: NĐ 30/2020/NĐ-CP, Điều 25 and Phụ lục I.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa.ocr.model import Field
from sohoa.ocr.understanding.foot import pieces_of
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import field_of, in_capitals

_FORMS = {"sao y": "Sao y", "sao luc": "Sao lục", "trich sao": "Trích sao"}
_BEGINS = re.compile(r"^\W*(?:hinh thuc sao\s*:?\s*)?(?:ban )?(?P<form>sao y|sao luc|trich sao)\b(?P<rest>.*)$")
_ITS_NUMBER = re.compile(r"\b\d{1,6}\s?/\s?(?P<form>SY|SL|TrS)\s?-")
_BY_LETTERS = {"SY": "Sao y", "SL": "Sao lục", "TrS": "Trích sao"}
MOST_WORDS = 6  # `SAO Y BẢN CHÍNH`, `Sao y; UBND phường …`; a sentence about copies has more


def copy_form(layouts: Sequence[Layout]) -> Field | None:
    """Sao y | Sao lục | Trích sao, or None for an original."""
    for layout in layouts:
        for piece in pieces_of(layout):
            found = _BEGINS.match(piece.folded)
            alone = found is not None and not found["rest"].strip(" .:;,")
            if found and len(piece.words) <= MOST_WORDS and (in_capitals(piece.text) or alone):
                return field_of(_FORMS[found["form"]], piece.words, piece.page)
            number = _ITS_NUMBER.search(piece.text)
            if number:
                return field_of(_BY_LETTERS[number["form"]], piece.words_at(number.start(), number.end()), piece.page)
    return None
