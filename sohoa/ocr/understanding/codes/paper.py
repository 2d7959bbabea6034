"""What the QR code of a receipt or a result says, and how ours is written.

TT 01/2023/TT-VPCP names what such a code holds, but no form of it. Ours is a line that begins `SOHOA-HS1` and goes on with `|X=value`,
one letter for each thing, in this order, what is empty left out:

    H dossier code · T procedure code · D applicant's number · N name of the paper · S issuing system · C time of issue (ISO 8601)
    R day of return · V valid from · E valid to · P scope
    SOHOA-HS1|H=H40.12-260105-0012|T=1.004194|N=Giấy phép xây dựng|C=2026-01-09T08:30:00+07:00

`|`, `%` and line ends in a value are written `%7C`, `%25`, `%0A`. Others are read as they come: JSON, `key=value` or `key: value` with
`;`, `&`, `|` or a line end between, values alone with `|` between, addresses of web pages that hold a dossier's code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import cast
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from sohoa.kernel.text import fold, nfc
from sohoa.kernel.verdicts import Outcome
from sohoa.ocr.understanding.people.dossiers import dossier_codes, procedure_codes
from sohoa.ocr.understanding.people.identifiers import day_of, identifier_verdict

OURS, PREFIX = "SOHOA", "SOHOA-HS1"


@dataclass(frozen=True, slots=True)
class PaperSays:
    """dossier_code: never "". Everything else "" or None where it is not said. Times as they were written, days as days."""

    dossier_code: str
    procedure_code: str = ""
    applicant: str = ""
    document_name: str = ""
    system: str = ""
    issued: str = ""
    due: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    scope: str = ""


_LETTERS = dict(zip("HTDNSCRVEP", (field.name for field in fields(PaperSays)), strict=True))
_DAYS = ("due", "valid_from", "valid_to")

# Keys as other systems spell them, letters and digits only, without tones.
_KEYS = {
    **{letter.lower(): name for letter, name in _LETTERS.items()},
    **dict.fromkeys(
        ("mahoso", "mahs", "sohoso", "mabiennhan", "sobiennhan", "dossiercode", "dossier", "dossierid"), "dossier_code"
    ),
    **dict.fromkeys(("mathutuc", "matthc", "mathutuchanhchinh", "procedurecode", "procedure"), "procedure_code"),
    **dict.fromkeys(
        ("madinhdanh", "sodinhdanh", "sodinhdanhcanhan", "cccd", "socccd", "cancuoc", "socancuoc", "cmnd", "socmnd", "applicant"),
        "applicant",
    ),
    **dict.fromkeys(("tengiayto", "tenketqua", "tenhoso", "tenthutuc", "documentname"), "document_name"),
    **dict.fromkeys(("hethong", "hethongcap", "system"), "system"),
    **dict.fromkeys(("ngaycap", "thoigiancap", "ngaytiepnhan", "issued", "issuedat"), "issued"),
    **dict.fromkeys(("ngayhentra", "hentra", "ngaytra", "due", "duedate"), "due"),
    **dict.fromkeys(("hieulutu", "hieuluctu", "tungay", "validfrom"), "valid_from"),
    **dict.fromkeys(("hieulucden", "denngay", "ngayhethan", "validto"), "valid_to"),
    **dict.fromkeys(("phamvi", "phamvihieuluc", "scope"), "scope"),
}
_BETWEEN = re.compile(r"[;|\n\r]+|&(?=[\w. ]+=)")
_PAIR = re.compile(r"\s*([^\W\d_][\w .()/-]{0,40}?)\s*[=:]\s*(.+)", re.DOTALL)


def payload_of(paper: PaperSays) -> str:
    """The text of our QR code; `paper_says` gives `paper` back."""
    told = {name: getattr(paper, name) for name in _LETTERS.values()}
    pairs = [f"{letter}={_escaped(_written(told[name]))}" for letter, name in _LETTERS.items() if told[name]]
    return "|".join([PREFIX, *pairs])


def _written(value: str | date) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _escaped(text: str) -> str:
    return re.sub(r"[%|\n\r]", lambda sign: quote(sign.group()), nfc(text))


def paper_says(text: str) -> PaperSays | None:
    """None where no dossier's code is said, or several are: which one is meant is then a person's to say."""
    if text.startswith(PREFIX + "|"):
        pairs = (part.partition("=") for part in text.split("|")[1:])
        return _paper({_LETTERS[key]: unquote(value) for key, _, value in pairs if key in _LETTERS})
    if text.startswith(OURS):  # a separator sheet: it names a dossier, but is no paper of it
        return None
    return _paper(_told(text)) or _alone(text)


def _told(text: str) -> dict[str, str]:
    """By our names, whatever form the text has."""
    pairs: list[tuple[str, str]] = []
    if text[:1] == "{":
        pairs = _of_json(text)
    elif re.match(r"https?://", text, re.IGNORECASE):
        try:
            pairs = parse_qsl(urlsplit(text).query)
        except ValueError:
            pairs = []
    else:
        pairs = [(match[1], match[2]) for part in _BETWEEN.split(text) if (match := _PAIR.match(part))]
    told: dict[str, str] = {}
    for key, value in pairs:
        name = _KEYS.get("".join(filter(str.isalnum, fold(key))))
        if name:
            told.setdefault(name, nfc(value).strip())
    return told


def _of_json(text: str) -> list[tuple[str, str]]:
    try:
        read: object = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(read, Mapping):
        return []
    items = cast("Mapping[object, object]", read).items()
    return [(str(key), str(value)) for key, value in items if isinstance(value, str | int | float)]


def _paper(told: Mapping[str, str]) -> PaperSays | None:
    """Each value by its own rule; what breaks it is left out, and without a dossier's code there is nothing."""
    codes = {code.code for code in dossier_codes(told.get("dossier_code", "")) if not code.mended}
    if len(codes) != 1:
        return None
    procedures = procedure_codes(told.get("procedure_code", ""))
    applicant = told.get("applicant", "").replace(" ", "")
    days = {name: day_of(told[name]) for name in _DAYS if name in told}
    return PaperSays(
        dossier_code=codes.pop(),
        procedure_code=procedures[0].code if procedures else "",
        applicant="" if identifier_verdict(applicant).outcome is Outcome.FAILED else applicant,
        document_name=told.get("document_name", ""),
        system=told.get("system", ""),
        issued=_moment(told.get("issued", "")),
        scope=told.get("scope", ""),
        **days,
    )


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat() if "T" in text else _day(text)
    except ValueError:
        return ""


def _day(text: str) -> str:
    found = day_of(text)
    return found.isoformat() if found else ""


def _alone(text: str) -> PaperSays | None:
    """Values without names: only what its own form tells."""
    codes = {code.code for code in dossier_codes(unquote(text)) if not code.mended}
    if len(codes) != 1:
        return None
    parts = [part.strip() for part in text.split("|")]
    procedures = {code.code for part in parts for code in procedure_codes(part) if part.startswith(code.code)}
    persons = {part for part in parts if len(part) == 12 and identifier_verdict(part).ok}
    return PaperSays(codes.pop(), _only(procedures), _only(persons))


def _only(found: set[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""
