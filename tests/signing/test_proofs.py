"""What timestamps prove: archives that outlive the certificates they were made with."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfTimeStamper

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import FileReport
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.attacks.forging import with_cms, with_store
from tests.signing.pki import NOW, YEAR, Held, crl, issue, sign_otherwise
from tests.signing.test_trust import stamps

MONTH = timedelta(days=30)
CRL_URL = "http://crl.example.invalid/ca.crl"


class Archive:
    """A file that is signed, stamped and kept; `at` is when each thing is done."""

    def __init__(self, folder: Path, paper: Path) -> None:
        self.folder, self.file = folder, paper
        self.root = issue("Gốc lâu dài", 31, ca=True, end=NOW + 30 * YEAR)
        self.signer = issue("Người ký", 32, issuer=self.root, end=NOW + YEAR, crl_url=CRL_URL)

    def authority(self, number: int, *, until: timedelta, issuer: Held | None = None) -> Held:
        return issue(f"TSA {number}", 33, issuer=issuer or self.root, stamping=True, end=NOW + until, crl_url=CRL_URL)

    def sign(self, authority: Held | None, at: datetime = NOW, signer: Held | None = None) -> Archive:
        stamper = stamps(authority, at) if authority else None
        self.file = sign_otherwise(self.file, self._next(), signer or self.signer, timestamper=stamper, when=at)
        return self

    def add_list(self, at: datetime, *, issuer: Held | None = None, revoked: dict[int, datetime] | None = None) -> Archive:
        self.file = with_store(self.file, self._next(), crl(issuer or self.root, revoked=revoked or {}, at=at))
        return self

    def stamp(self, authority: Held, at: datetime) -> Archive:
        target = self._next()
        with self.file.open("rb") as handle, target.open("w+b") as out:
            name = f"Dau{len(list(self.folder.iterdir()))}"
            stamper = PdfTimeStamper(stamps(authority, at), field_name=name)
            asyncio.run(stamper.async_timestamp_pdf(IncrementalPdfFileWriter(handle, strict=False), "sha256", output=out))
        self.file = target
        return self

    def judge(self, now: datetime) -> FileReport:
        return validate_pdf(self.file, trust=[self.root.certificate], now=now)

    def _next(self) -> Path:
        return self.folder / f"{len(list(self.folder.iterdir()))}.pdf"


@pytest.fixture
def archive(tmp_path: Path, paper: Path) -> Archive:
    return Archive(tmp_path, paper)


def test_a_file_renewed_before_each_timestamp_ends_stays_ok_over_three_expiries(archive: Archive):
    first, second, third, fourth = (archive.authority(number, until=number * 3 * YEAR) for number in (1, 2, 3, 4))
    archive.sign(first).add_list(NOW).stamp(first, NOW + timedelta(minutes=1))
    for authority, years in ((second, 2.5), (third, 5.5), (fourth, 8.5)):
        at = NOW + years * YEAR
        archive.add_list(at - timedelta(minutes=1)).stamp(authority, at)
    report = archive.judge(NOW + 11 * YEAR)
    assert [(one.verdict, one.reason) for one in report.signatures] == [(Outcome.OK, "")] * 5
    assert report.signatures[0].signing_time == NOW
    assert archive.judge(NOW + 13 * YEAR).verdict is Outcome.UNDETERMINED  # the last stamp has ended too


def test_a_timestamp_renewed_after_it_had_ended_proves_nothing(archive: Archive):
    first, second = archive.authority(1, until=YEAR), archive.authority(2, until=9 * YEAR)
    archive.sign(first).add_list(NOW).stamp(first, NOW)
    late = NOW + 2 * YEAR
    report = archive.add_list(late).stamp(second, late).judge(late + MONTH)
    assert [one.verdict for one in report.signatures] == [Outcome.UNDETERMINED, Outcome.UNDETERMINED, Outcome.OK]
    assert {one.reason for one in report.signatures[:2]} == {"OUT_OF_BOUNDS_NO_POE"}


def test_a_signature_without_a_stamp_of_its_own_is_judged_at_the_document_timestamp(archive: Archive):
    authority = archive.authority(1, until=9 * YEAR)
    archive.sign(None).add_list(NOW).stamp(authority, NOW + timedelta(hours=1))
    report = archive.judge(NOW + 3 * YEAR)
    signature = report.signatures[0]
    assert (signature.verdict, signature.time_source, signature.signing_time) == (Outcome.OK, "claimed", NOW)


def test_an_archived_file_stays_ok_when_its_revocation_list_has_run_out(archive: Archive):
    authority = archive.authority(1, until=9 * YEAR)
    archive.sign(authority).add_list(NOW).stamp(authority, NOW + timedelta(minutes=1))
    assert archive.judge(NOW + 5 * YEAR).verdict is Outcome.OK


def test_a_revocation_list_made_after_the_certificate_ended_says_nothing_good(archive: Archive):
    # Authorities drop ended certificates from their lists.
    authority = archive.authority(1, until=9 * YEAR)
    archive.sign(authority).add_list(NOW + 2 * YEAR).stamp(authority, NOW + 2 * YEAR)
    signature = archive.judge(NOW + 2 * YEAR + MONTH).signatures[0]
    assert (signature.verdict, signature.reason) == (Outcome.UNDETERMINED, "TRY_LATER")


def test_a_revocation_list_made_after_the_certificate_ended_is_believed_when_it_says_revoked(archive: Archive):
    authority = archive.authority(1, until=9 * YEAR)
    revoked = {archive.signer.certificate.serial_number: NOW - MONTH}
    archive.sign(authority).add_list(NOW + 2 * YEAR, revoked=revoked).stamp(authority, NOW + 2 * YEAR)
    signature = archive.judge(NOW + 2 * YEAR + MONTH).signatures[0]
    assert (signature.verdict, signature.reason) == (Outcome.FAILED, "REVOKED")


@pytest.mark.parametrize(("kept", "verdict"), [(NOW, Outcome.OK), (NOW + 2 * YEAR, Outcome.UNDETERMINED)])
def test_revocation_data_must_be_proven_older_than_the_end_of_its_own_signer(archive: Archive, kept: datetime, verdict: Outcome):
    # The list is dated well, but whoever got hold of the old key could have made it at any time before it was stamped.
    issuer = issue("CA ngắn hạn", 34, issuer=archive.root, ca=True, end=NOW + YEAR)
    signer = issue("Người ký", 32, issuer=issuer, end=NOW + YEAR, crl_url=CRL_URL)
    authority = archive.authority(1, until=9 * YEAR)
    archive.sign(authority, signer=signer).stamp(authority, NOW).add_list(NOW, issuer=issuer).add_list(NOW).stamp(authority, kept)
    signature = archive.judge(NOW + 2 * YEAR + MONTH).signatures[0]
    assert signature.verdict is verdict, signature.findings


def test_a_timestamp_of_an_authority_that_was_revoked_since_proves_nothing(archive: Archive):
    authority = archive.authority(1, until=9 * YEAR)
    revoked = {authority.certificate.serial_number: NOW + MONTH}
    archive.sign(authority).add_list(NOW + 2 * MONTH, revoked=revoked)
    signature = archive.judge(NOW + 2 * MONTH).signatures[0]
    assert (signature.time_source, signature.verdict) == ("claimed", Outcome.OK)
    assert "TIMESTAMP_NOT_TRUSTED" in signature.findings


def test_a_timestamp_proven_older_than_the_revocation_of_its_authority_still_counts(archive: Archive):
    first, second = archive.authority(1, until=9 * YEAR), archive.authority(2, until=9 * YEAR)
    revoked = {first.certificate.serial_number: NOW + MONTH}
    archive.sign(first).add_list(NOW).stamp(second, NOW + timedelta(hours=1)).add_list(NOW + 2 * MONTH, revoked=revoked)
    signature = archive.judge(NOW + 2 * MONTH).signatures[0]
    assert (signature.time_source, signature.verdict) == ("timestamp", Outcome.OK)


def test_a_timestamp_that_tells_a_later_time_than_the_one_after_it_is_a_doubt(archive: Archive):
    authority = archive.authority(1, until=9 * YEAR)
    archive.sign(authority).add_list(NOW).stamp(authority, NOW + YEAR).stamp(authority, NOW + MONTH)
    report = archive.judge(NOW + 2 * YEAR)
    assert [one.reason for one in report.signatures][1] == "TIMESTAMP_ORDER_FAILURE"
    assert report.verdict is Outcome.UNDETERMINED


def test_what_was_added_after_signing_is_told_in_words(archive: Archive):
    authority = archive.authority(1, until=9 * YEAR)
    archive.sign(authority).add_list(NOW).stamp(authority, NOW)
    signature = archive.judge(NOW).signatures[0]
    assert signature.findings == ("ADDED_TIMESTAMP", "ADDED_VALIDATION_DATA")


@pytest.mark.parametrize(("digest", "source"), [("sha256", "timestamp"), ("sha1", "claimed")])
def test_a_timestamp_over_a_broken_hash_leaves_the_time_claimed(archive: Archive, digest: str, source: str):
    stamper = stamps(archive.authority(1, until=9 * YEAR), NOW)

    def stamped(signed: cms.SignedData) -> cms.SignedData:
        info = signed["signer_infos"][0]
        token = asyncio.run(stamper.async_timestamp(hashlib.new(digest, info["signature"].native).digest(), digest))
        info["unsigned_attrs"] = cms.CMSAttributes([{"type": "signature_time_stamp_token", "values": [token]}])
        return signed

    archive.sign(None).file.write_bytes(with_cms(archive.file.read_bytes(), stamped))
    assert [one.time_source for one in archive.judge(NOW).signatures] == [source]
