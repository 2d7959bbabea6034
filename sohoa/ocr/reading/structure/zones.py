"""Names of what a line can be on a page, in ASCII and stable: they are stored and shown.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I, zones 1 to 9b; zone 8, the seal, is a place without lines (`PageText.seals`).
"""

from __future__ import annotations

NATIONAL_HEADER = "national_header"
AGENCY = "agency"
CODE_NUMBER = "code_number"
PLACE_DATE = "place_date"
TITLE = "title"
SUBJECT = "subject"
BODY = "body"
TABLE = "table"
SIGNATURE = "signature"
ADDRESSEE = "addressee"
RECIPIENTS = "recipients"
PAGE_NUMBER = "page_number"
STAMP_TEXT = "stamp_text"
FOOTER = "footer"
UNKNOWN = ""

# The decree's numbers. Its 5a is type and subject, 5b the subject of a letter (`V/v …`), 7 authority, position and name.
OF_THE_DECREE: dict[str, tuple[str, ...]] = {
    NATIONAL_HEADER: ("1",),
    AGENCY: ("2",),
    CODE_NUMBER: ("3",),
    PLACE_DATE: ("4",),
    TITLE: ("5a",),
    SUBJECT: ("5a", "5b"),
    BODY: ("6",),
    TABLE: ("6",),
    SIGNATURE: ("7a", "7b", "7c"),
    ADDRESSEE: ("9a",),
    RECIPIENTS: ("9b",),
}
ALL: tuple[str, ...] = (*OF_THE_DECREE, PAGE_NUMBER, STAMP_TEXT, FOOTER, UNKNOWN)
