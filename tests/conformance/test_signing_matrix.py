"""Every PAdES level, every kind of key, every look: what the judges say, in one table (build/conformance/signing.md).

Beside it: files that were renewed while their timestamps ended, and papers that were tampered with.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp

from sohoa.signing.pades.held import Level
from sohoa.signing.pades.levels import renew
from sohoa.signing.validation.validate import validate_pdf
from tests.conformance.conftest import SHOWN
from tests.conformance.judging import Judged, Judges
from tests.conformance.matrix import CELLS, CODE, CODED, Cell, sign_all
from tests.conformance.native import openssl_ts
from tests.conformance.parts import parts_of
from tests.conformance.table import Aged, Spoilt, attacks_section, matrix_section, renewal_section, write_report
from tests.conformance.verdicts import JUDGES, Hearing, Said
from tests.signing.attacks import ATTACKS, HONEST, Workshop, attacked
from tests.signing.authority import ARCH, GOOD, YEAR, Pki, authority
from tests.signing.pki import NOW, Held, crl
from tests.signing.profiles.papers import seen
from tests.signing.quick import services_of

pytestmark = pytest.mark.timeout(1800)  # the first test brings the judges and signs for all

SOON = NOW + timedelta(minutes=10)  # when the judges look; lists of the revoked are then still fresh
AUTHORITIES = ("root", "ca", "tsa-ca")
RENEWED = (4.5, 8.5, 12.5)  # years; time-stamping certificates end in years 5, 9, 13 and 17
LOOKED_AT = (6.5, 10.5, 14.5)  # each after another end


@dataclass(frozen=True, slots=True)
class Office:
    """What there is to judge, and how it was judged SOON. roots: those of the two PKIs, the matrix's first."""

    pki: Pki
    signed: dict[Cell, Path]
    attacks: dict[str, Path]
    honest: dict[str, Path]
    roots: tuple[Path, Path]
    judged: dict[Path, Judged]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matrix")


@pytest.fixture(scope="module")
def office(judges: Judges, room: Path, say: Callable[[str], None]) -> Iterator[Office]:
    with authority(room / "pki", now=NOW) as pki:
        say(f"Signing {len(CELLS)} papers, tampering with {len(ATTACKS)}")
        (papers := room / "papers").mkdir()
        signed = sign_all(CELLS, papers, pki, services_of(pki))
        shop = Workshop(_folder(room / "shop"))
        attacks = {name: attacked(shop, name) for name in ATTACKS}
        honest = {name: make(shop) for name, make in HONEST.items()}
        roots = (pki.root_pem, shop.root.pem(room / "shop.pem"))
        files = [*signed.values(), *attacks.values(), *dict.fromkeys(honest.values())]
        say(f"Hearing veraPDF and DSS on {len(files)} files")
        judged = judges(files, trust=roots, crl=_lists(pki, shop.root, room), at=SOON)
        yield Office(pki, signed, attacks, honest, roots, judged)


@pytest.fixture(scope="module")
def heard(office: Office, room: Path, say: Callable[[str], None]) -> dict[Cell, dict[str, Said]]:
    say(f"Hearing pdfsig, OpenSSL and ourselves on {len(office.signed)} files")

    def told(cell: Cell) -> dict[str, Said]:
        file = office.signed[cell]
        hearing = Hearing(cell, file, office.judged[file], office.roots[0], SOON, file.parent)
        return {name: judge(hearing) for name, judge in JUDGES.items()}

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(office.signed, pool.map(told, office.signed), strict=True))


@pytest.fixture(scope="module")
def aged(office: Office, judges: Judges, room: Path, say: Callable[[str], None]) -> list[Aged]:
    """The files of one look, renewed while time went on, and one that was not renewed."""
    say(f"Renewing files over {LOOKED_AT[-1]:g} years")
    pki, folder, told = office.pki, _folder(room / "aged"), []
    documents = {key: _in_memory(office.signed[Cell(Level.B_LTA, key, "capture_signature")]) for key in GOOD}
    neglected = _kept(documents[GOOD[0]], folder / "neglected.pdf")
    services = services_of(pki)
    for number, (then, later) in enumerate(zip(RENEWED, LOOKED_AT, strict=True), 1):
        pki.now = NOW + then * YEAR
        for document in documents.values():
            assert renew(document, services=services, now=pki.now).level is Level.B_LTA
        files = {key: _kept(document, folder / f"{key}-{number}.pdf") for key, document in documents.items()}
        at = NOW + later * YEAR
        judged = judges([*files.values(), neglected], trust=pki.root_pem, at=at)
        told += [_aged(key, later, number, judged[file], pki.root_pem, at, file) for key, file in files.items()]
        told.append(_aged(GOOD[0], later, 0, judged[neglected], pki.root_pem, at, neglected))
    pki.now = NOW
    return told


@pytest.fixture(scope="module", autouse=True)
def report(pytestconfig: pytest.Config, office: Office, heard: Any, aged: list[Aged]) -> tuple[list[Spoilt], list[Spoilt]]:
    """Written before anything is found wrong with it; the end of the run prints the first two parts."""
    known = {
        warning for path in office.honest.values() for one in office.judged[path].dss["signatures"] for warning in one["warnings"]
    }
    attacks = [_spoilt(name, path, office, known) for name, path in office.attacks.items()]
    honest = [_spoilt(name, path, office, known) for name, path in office.honest.items()]
    shown = (matrix_section(heard), renewal_section(aged))
    write_report(*shown, attacks_section(attacks, honest))
    pytestconfig.stash[SHOWN] = "\n\n".join(shown)
    return attacks, honest


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_judge_believes_every_level_key_and_look(heard, cell: Cell, judge: str) -> None:
    assert heard[cell][judge].complaints == ()


def test_the_citizens_code_can_be_read_from_the_signed_paper(office: Office) -> None:
    (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(seen(office.signed[CODED], dpi=200).pixels))
    assert code.text == CODE.text()


def test_a_time_stamp_about_something_else_or_of_another_root_is_refused(office: Office, tmp_path: Path) -> None:
    """Or the praise of `openssl ts` would be worth nothing."""
    part = parts_of(office.signed[CODED].read_bytes())[0]
    (stamp,) = part.stamps
    ours, other = office.roots
    ran = [
        openssl_ts(stamp, about, root=root, room=tmp_path, at=SOON)
        for about, root in ((part.value, ours), (part.value[:-1], ours), (part.value, other))
    ]
    assert [one.returncode == 0 for one in ran] == [True, False, False]


def test_a_file_that_was_renewed_passes_long_after_all_its_first_certificates_ended(aged: list[Aged]) -> None:
    renewed = {(one.key, one.renewals): (one.dss, one.ours) for one in aged if one.renewals}
    fine = ("TOTAL_PASSED PAdES_BASELINE_LTA, PDF/A-2b", "ok")
    assert renewed == {(key, number): fine for key in GOOD for number in (1, 2, 3)}


def test_a_file_that_was_not_renewed_in_time_is_in_doubt_for_dss_and_for_us(aged: list[Aged]) -> None:
    neglected = [(one.dss.split()[0], one.ours) for one in aged if not one.renewals]
    assert neglected == [("INDETERMINATE", "undetermined")] * 3


def test_whatever_dss_says_of_a_paper_that_was_tampered_with_we_do_not_call_it_ok(report) -> None:
    attacks, _ = report
    assert [one.name for one in attacks if one.ours.startswith("ok")] == []


def test_dss_and_we_pass_what_was_changed_honestly(report) -> None:
    _, honest = report
    assert {one.name: (one.ours, {line.split()[0] for line in one.dss}) for one in honest} == {
        name: ("ok", {"TOTAL_PASSED"}) for name in HONEST
    }


def _aged(key: str, years: float, renewals: int, judged: Judged, root: Path, at: datetime, file: Path) -> Aged:
    one = judged.signature
    pdfa = "" if judged.broken_rules else ", PDF/A-2b"
    dss = " ".join(filter(None, (one["indication"], one["subIndication"], one["level"]))) + pdfa
    return Aged(key, years, renewals, dss, validate_pdf(file, trust=[root], now=at).verdict.value)


def _spoilt(name: str, path: Path, office: Office, known: set[str]) -> Spoilt:
    """known: what DSS has against these certificates in any case."""
    report, dss = validate_pdf(path, trust=[office.roots[1]], now=NOW), office.judged[path].dss
    lines, warned = [f"unreadable: {dss['error'][:120]}"] if "error" in dss else [], False
    for one in dss.get("signatures", ()):
        warnings = [warning for warning in one["warnings"] if warning not in known]
        warned = warned or bool(warnings)
        lines.append(
            f"{' '.join(filter(None, (one['indication'], one['subIndication'])))} ({'; '.join((*one['scopes'], *warnings))})"
        )
    ours = " ".join(filter(None, (report.verdict.value, report.reason)))
    return Spoilt(name, ours, tuple(line.replace("|", "/").replace("\n", " ") for line in lines), warned)


def _lists(pki: Pki, other: Held, room: Path) -> list[Path]:
    """Those of the revoked, which an office's network would fetch."""
    found = {name: pki.answer("GET", f"/{ARCH}/crls/{name}/latest.crl", b"", {}).get_data() for name in AUTHORITIES}
    found["shop"] = crl(other, revoked={}, at=NOW)
    for name, content in found.items():
        (room / f"{name}.crl").write_bytes(content)
    return [room / f"{name}.crl" for name in found]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _in_memory(path: Path) -> io.BytesIO:
    return io.BytesIO(path.read_bytes())


def _kept(document: io.BytesIO, path: Path) -> Path:
    path.write_bytes(document.getvalue())
    return path
