"""Proofs of time end and are renewed; a chain of them is as good as one."""

from __future__ import annotations

import contextlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.pades.levels import Level, TrustServices, raise_level, renew
from sohoa.signing.pades.renewal import RenewalDue, Strength, renewal_due
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.authority import YEAR, Pki
from tests.signing.pki import NOW, Held, sign_otherwise, write_paper
from tests.signing.quick import quickly_signed, services_of

OK = Outcome.OK
HALF_A_YEAR = timedelta(days=180)


@pytest.fixture
def services(pki: Pki) -> TrustServices:
    return services_of(pki)


@pytest.fixture
def archived(pki: Pki, paper: Path, services: TrustServices) -> io.BytesIO:
    document = quickly_signed(paper, pki.signer("rsa2048"), stamped_by=services.tsa)
    raise_level(document, wanted=Level.B_LTA, services=services, now=NOW)
    return document


def kept(document: io.BytesIO, path: Path) -> Path:
    path.write_bytes(document.getvalue())
    return path


def test_a_file_renewed_over_three_ends_validates_at_every_step(
    pki: Pki, archived: io.BytesIO, services: TrustServices, tmp_path: Path
):
    """The signer's certificate ends in year 3, those of the stamping authority in years 5, 9, 13 and 17."""
    sizes = []
    for year in (4.5, 8.5, 12.5):
        pki.now = NOW + year * YEAR
        before = archived.getvalue()
        assert renew(archived, services=services, now=pki.now).level is Level.B_LTA
        assert archived.getvalue().startswith(before)
        sizes.append(len(archived.getvalue()) - len(before))
        for later in (0.1, 2):  # in between, the certificate of the timestamp before it ends
            report = validate_pdf(kept(archived, tmp_path / "a.pdf"), trust=[pki.root_pem], now=pki.now + later * YEAR)
            assert [(one.verdict, one.findings) for one in report.signatures if one.verdict is not OK] == []
            assert (report.verdict, report.signatures[0].level) == (OK, "PAdES-B-LTA")
    assert len(report.signatures) == 5
    assert max(sizes) < 20_000


def test_a_file_that_was_not_renewed_in_time_is_in_doubt(pki: Pki, archived: io.BytesIO, tmp_path: Path):
    report = validate_pdf(kept(archived, tmp_path / "a.pdf"), trust=[pki.root_pem], now=NOW + 6 * YEAR)
    assert report.verdict is Outcome.UNDETERMINED


@pytest.mark.parametrize(("margin", "due"), [(2 * YEAR, False), (5 * YEAR, True)])
def test_a_renewal_is_due_before_the_newest_timestamps_certificate_ends(
    pki: Pki, archived: io.BytesIO, tmp_path: Path, margin: timedelta, due: bool
):
    end = pki.certificate("tsa-0").not_valid_after_utc
    expected = RenewalDue("certificate_ends", end) if due else None
    assert renewal_due(kept(archived, tmp_path / "a.pdf"), now=NOW, margin=margin) == expected


def test_after_a_renewal_the_next_one_is_due_with_the_new_certificate(
    pki: Pki, archived: io.BytesIO, services: TrustServices, tmp_path: Path
):
    pki.now = NOW + 4.5 * YEAR
    renew(archived, services=services, now=pki.now)
    path = kept(archived, tmp_path / "a.pdf")
    assert renewal_due(path, now=pki.now, margin=YEAR) is None
    found = renewal_due(path, now=pki.now, margin=5 * YEAR)
    assert found is not None and found.by == pki.certificate("tsa-1").not_valid_after_utc


@pytest.mark.parametrize(
    "strength", [Strength(hashes={"sha256": NOW + YEAR}), Strength(rsa={3072: NOW + YEAR})], ids=["hash", "key too short"]
)
def test_a_renewal_is_due_before_an_algorithm_weakens(pki: Pki, archived: io.BytesIO, tmp_path: Path, strength: Strength):
    path = kept(archived, tmp_path / "a.pdf")
    assert renewal_due(path, now=NOW, margin=2 * YEAR, strength=strength) == RenewalDue("algorithm_weakens", NOW + YEAR)
    assert renewal_due(path, now=NOW, margin=HALF_A_YEAR, strength=strength) is None


def test_what_is_not_used_does_not_weaken_a_file(pki: Pki, archived: io.BytesIO, tmp_path: Path):
    strength = Strength(hashes={"sha1": NOW - YEAR}, rsa={2048: NOW - YEAR})
    assert renewal_due(kept(archived, tmp_path / "a.pdf"), now=NOW, margin=HALF_A_YEAR, strength=strength) is None


def test_without_a_timestamp_everything_rests_on_the_signers_certificate(pki: Pki, paper: Path, tmp_path: Path):
    path = kept(quickly_signed(paper, pki.signer("rsa2048")), tmp_path / "a.pdf")
    end = pki.signer("rsa2048").certificate.not_valid_after_utc
    assert renewal_due(path, now=NOW, margin=HALF_A_YEAR) is None
    assert renewal_due(path, now=NOW, margin=4 * YEAR) == RenewalDue("certificate_ends", end)


def test_an_unsigned_file_is_never_due(paper: Path):
    assert renewal_due(paper, now=NOW, margin=100 * YEAR) is None


def test_renewing_a_file_that_has_not_reached_lta_brings_it_there(pki: Pki, paper: Path, services: TrustServices):
    document = quickly_signed(paper, pki.signer("rsa2048"), stamped_by=services.tsa)
    assert renew(document, services=services, now=NOW).level is Level.B_LTA


@pytest.mark.parametrize(
    ("silent", "code"), [("tsa_url", "signing.timestamp_unavailable"), ("tsa_ocsp_url", "signing.revocation_unavailable")]
)
def test_an_outage_leaves_the_file_for_the_next_time(pki: Pki, archived: io.BytesIO, silent: str, code: str):
    before = archived.getvalue()
    with contextlib.ExitStack() as lies:
        for url in (getattr(pki, silent), f"{pki.url}/sohoa/crls/tsa-ca/latest.crl"):
            lies.enter_context(pki.lying(url, lambda asked, honest: Response(status=503)))
        with pytest.raises(SohoaError) as out:
            renew(archived, services=services_of(pki), now=NOW)
    assert out.value.code == code
    assert archived.getvalue() == before
    assert renew(archived, services=services_of(pki), now=NOW).level is Level.B_LTA


def test_signatures_of_other_programs_are_renewed_too(pki: Pki, services: TrustServices, person: Held, tmp_path: Path):
    paper = write_paper(tmp_path / "paper.pdf")
    signed = io.BytesIO(sign_otherwise(paper, tmp_path / "a.pdf", person).read_bytes())
    assert raise_level(signed, wanted=Level.B_T, services=services, now=NOW).level is Level.B_T
