"""What scanimage says when it fails, as an error with a way out.

It ends with SANE's own status number, or with 1 for whatever went wrong before scanning; the words beside it tell the two apart.
Source: the SANE standard, version 1, table of status codes.
"""

from __future__ import annotations

import re

from sohoa.kernel.errors import SohoaError
from sohoa.pipeline.sources.scanner_errors import (
    ScannerBusy,
    ScannerCoverOpen,
    ScannerFailed,
    ScannerFeederEmpty,
    ScannerJammed,
    ScannerLost,
    ScannerNone,
    ScannerOptionRefused,
    ScannerRefused,
    ScannerSilent,
    ScannerStopped,
    ScannerUnknown,
)

JAMMED, NO_DOCUMENTS, CANCELLED = 6, 7, 2
_BY_STATUS: dict[int, type[SohoaError]] = {
    CANCELLED: ScannerStopped,
    3: ScannerBusy,
    JAMMED: ScannerJammed,
    NO_DOCUMENTS: ScannerFeederEmpty,
    8: ScannerCoverOpen,
    9: ScannerLost,
    11: ScannerRefused,
}
_BY_WORDS: tuple[tuple[str, type[SohoaError]], ...] = (
    ("feeder jammed", ScannerJammed),
    ("double feed", ScannerJammed),
    ("multi feed", ScannerJammed),
    ("multifeed", ScannerJammed),
    ("cover is open", ScannerCoverOpen),
    ("out of documents", ScannerFeederEmpty),
    ("device busy", ScannerBusy),
    ("access to resource has been denied", ScannerRefused),
    ("error during device i/o", ScannerLost),
    ("operation was cancelled", ScannerStopped),
    ("no sane devices found", ScannerNone),
)
_OPENING = re.compile(r"open of device .* failed: (.*)")
_OPTION = re.compile(r"(?:unrecognized option|setting of option|option requires an argument)[^-\n]*(--[\w-]+|-[a-z]\b)")


def meaning_of(status: int, told: str, *, kept: int, silent: int = 0) -> SohoaError:
    """status: of scanimage, negative for a signal. told: its stderr. kept: pages of the run. silent: seconds, when we ended it."""
    if silent:
        return ScannerSilent(seconds=silent, kept=kept)
    words = told.lower()
    opening = _OPENING.search(words)
    # A device that is not there, or not any more, is an "invalid argument" to SANE.
    if opening and ("invalid argument" in opening[1] or "error during device i/o" in opening[1]):
        return ScannerUnknown()
    if status == 1 and (option := _OPTION.search(told)):
        return ScannerOptionRefused(what=option[1])
    if status > 1 and status in _BY_STATUS:
        return _BY_STATUS[status](kept=kept)
    for words_of, error in _BY_WORDS:
        if words_of in words:
            return error(kept=kept)
    return ScannerFailed(status=f"status {status}", kept=kept)
