"""What each judge says of a cell of the matrix, and what of that is not as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.pades.held import Level
from sohoa.signing.validation.validate import validate_pdf
from tests.conformance.judging import Judged
from tests.conformance.matrix import Cell
from tests.conformance.native import openssl_cms, openssl_ts, pdfsig
from tests.conformance.parts import Part, parts_of

PROVEN_IN_THE_FILE = (Level.B_LT, Level.B_LTA)


@dataclass(frozen=True, slots=True)
class Said:
    """words: for the table. complaints: a sentence each; none means that all is as it should be."""

    words: str
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """A cell's file before the judges. judged: what the two in Java said. at: the time of judging. room: for files."""

    cell: Cell
    file: Path
    judged: Judged
    root: Path
    at: datetime
    room: Path

    @property
    def expected(self) -> int:
        """Signatures of ours."""
        return len(self.cell.profiles)

    def parts(self, *, timestamps: bool) -> list[Part]:
        return [part for part in parts_of(self.file.read_bytes()) if part.is_timestamp is timestamps]


def of_dss(heard: Hearing) -> Said:
    """It has the root, and lists of the revoked: levels B-B and B-T bring none along."""
    level = heard.cell.level.said.replace("-B-", "_BASELINE_").replace("PAdES-", "PAdES_")
    least = {Level.B_B: 0, Level.B_T: 1, Level.B_LT: 1, Level.B_LTA: 2}[heard.cell.level]

    def complaints() -> Iterator[str]:
        signatures = heard.judged.dss.get("signatures", ())
        if len(signatures) != heard.expected:
            yield f"{len(signatures)} signatures; {heard.judged.dss.get('error', '')}"
        for one in signatures:
            if (one["level"], one["indication"], one["errors"]) != (level, "TOTAL_PASSED", []):
                yield f"{one['level']} {one['indication']} {one['subIndication'] or ''} {'; '.join(one['errors'])}".strip()
            if len(one["timestamps"]) < least or set(one["timestamps"]) - {"PASSED"}:
                yield f"time stamps: {one['timestamps']}"

    return Said(f"TOTAL_PASSED {level[6:]}", tuple(complaints()))


def of_verapdf(heard: Hearing) -> Said:
    return Said("PDF/A-2b", tuple(f"{one['rule']}: {one['asks']}" for one in heard.judged.broken_rules))


def of_pdfsig(heard: Hearing) -> Said:
    """It finds document timestamps too, and says that it cannot judge them."""
    said, stamps = pdfsig(heard.file), len(heard.parts(timestamps=True))
    valid, found = said.count("Signature is Valid."), said.count("Signature #")
    wrong = (valid, found) != (heard.expected, heard.expected + stamps)
    return Said("Signature is Valid", (f"{valid} of {found} valid",) if wrong else ())


def of_openssl_cms(heard: Hearing) -> Said:
    found = heard.parts(timestamps=False)
    ran = [openssl_cms(part, root=heard.root, room=heard.room, at=heard.at) for part in found]
    complaints = [one.stderr.strip() for one in ran if one.returncode]
    if len(found) != heard.expected:
        complaints.append(f"{len(found)} signatures")
    return Said("Verification successful", tuple(complaints))


def of_openssl_ts(heard: Hearing) -> Said:
    """Each signature's own time stamp, and every one of the document."""
    within = [(stamp, part.value) for part in heard.parts(timestamps=False) for stamp in part.stamps]
    over = [(part.der, part.covered) for part in heard.parts(timestamps=True)]
    ran = [openssl_ts(token, about, root=heard.root, room=heard.room, at=heard.at) for token, about in (*within, *over)]
    complaints = [one.stderr.strip() for one in ran if one.returncode]
    expected = heard.expected * (heard.cell.level >= Level.B_T), heard.expected * (heard.cell.level is Level.B_LTA)
    if (len(within), len(over)) != expected:
        complaints.append(f"{len(within)} and {len(over)} time stamps")
    return Said("Verification: OK" if heard.cell.level >= Level.B_T else "–", tuple(complaints))


def of_ourselves(heard: Hearing) -> Said:
    """Nothing but the root and the file: where it brings nothing about revocation, we cannot tell yet."""
    proven = heard.cell.level in PROVEN_IN_THE_FILE
    wanted = (Outcome.OK, "") if proven else (Outcome.UNDETERMINED, "TRY_LATER")
    report = validate_pdf(heard.file, trust=[heard.root], now=heard.at)
    ours = [one for one in report.signatures if one.level != "RFC3161"]

    def complaints() -> Iterator[str]:
        if len(ours) != heard.expected:
            yield f"{len(ours)} signatures"
        for one in ours:
            if (one.level, one.verdict, one.reason) != (heard.cell.level.said, *wanted):
                yield f"{one.level} {one.verdict.value} {one.reason}".strip()
        if (report.verdict, report.reason) != wanted:
            yield f"the file: {report.verdict.value} {report.reason}".strip()

    return Said(" ".join((wanted[0].value, wanted[1])).strip(), tuple(complaints()))


JUDGES: dict[str, Callable[[Hearing], Said]] = {
    "DSS": of_dss,
    "veraPDF": of_verapdf,
    "pdfsig": of_pdfsig,
    "openssl cms": of_openssl_cms,
    "openssl ts": of_openssl_ts,
    "sohoa": of_ourselves,
}
