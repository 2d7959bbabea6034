"""From B-B to B-LTA by adding to the end of a file, whatever the services do meanwhile."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from werkzeug.wrappers import Response

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import FileReport, Revocation
from sohoa.signing.opening import PdfDamaged, PdfEncrypted
from sohoa.signing.pades.levels import (
    Level,
    NothingToRaise,
    TrustServices,
    add_document_timestamp,
    add_validation_data,
    raise_level,
)
from sohoa.signing.trustservices.revocation import ValidationData
from sohoa.signing.trustservices.tsa import TimestampRefused, TimestampUnavailable
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.authority import GOOD, YEAR, Pki
from tests.signing.pki import NOW, write_paper
from tests.signing.quick import quickly_signed, services_of

OK, FAILED, UNDETERMINED = Outcome.OK, Outcome.FAILED, Outcome.UNDETERMINED


@pytest.fixture
def services(pki: Pki) -> TrustServices:
    return services_of(pki)


@pytest.fixture
def judge(pki: Pki, tmp_path: Path) -> Callable[..., FileReport]:
    def judged(document: io.BytesIO, *, now: datetime = NOW) -> FileReport:
        (tmp_path / "judged.pdf").write_bytes(document.getvalue())
        return validate_pdf(tmp_path / "judged.pdf", trust=[pki.root_pem], now=now)

    return judged


def stamped(pki: Pki, paper: Path, services: TrustServices, kind: str = "rsa2048") -> io.BytesIO:
    return quickly_signed(paper, pki.signer(kind), stamped_by=services.tsa)


def raised(document: io.BytesIO, services: TrustServices, wanted: Level = Level.B_LTA, now: datetime = NOW) -> tuple[Level, str]:
    found = raise_level(document, wanted=wanted, services=services, now=now)
    return found.level, found.lacking.reason if found.lacking else ""


@pytest.mark.parametrize("kind", GOOD)
def test_every_kind_of_key_reaches_lta_and_validates(pki: Pki, paper: Path, services: TrustServices, judge, kind: str):
    document = stamped(pki, paper, services, kind)
    assert raised(document, services) == (Level.B_LTA, "")
    report = judge(document)
    signature, stamp = report.signatures
    assert (report.verdict, signature.level, stamp.level) == (OK, "PAdES-B-LTA", "RFC3161")
    assert (signature.time_source, signature.signing_time, signature.revocation) == ("timestamp", NOW, Revocation.OK)
    assert not signature.modified_after_signing and stamp.covers_whole_document


@pytest.mark.parametrize(("wanted", "verdict"), [(Level.B_T, UNDETERMINED), (Level.B_LT, OK), (Level.B_LTA, OK)])
def test_each_level_is_what_the_validator_finds(
    pki: Pki, paper: Path, services: TrustServices, judge, wanted: Level, verdict: Outcome
):
    """A signature that says where its revocation can be asked for is in doubt until the answer is in the file."""
    document = stamped(pki, paper, services)
    assert raised(document, services, wanted) == (wanted, "")
    one = judge(document).signatures[0]
    assert (one.level, one.verdict) == (wanted.said, verdict)


@pytest.mark.parametrize(
    ("wanted", "reached"), [(Level.B_B, Level.B_B), (Level.B_T, Level.B_T), (Level.B_LT, Level.B_LTA), (Level.B_LTA, Level.B_LTA)]
)
def test_a_signature_without_a_timestamp_has_its_time_proven_by_one_of_the_document(
    pki: Pki, paper: Path, services: TrustServices, judge, wanted: Level, reached: Level
):
    document = quickly_signed(paper, pki.signer("rsa2048"))
    assert raised(document, services, wanted) == (reached, "")
    assert judge(document).signatures[0].level == reached.said


def test_the_time_proven_by_the_document_outlives_the_signers_certificate(pki: Pki, paper: Path, services: TrustServices, judge):
    document = quickly_signed(paper, pki.signer("rsa2048"))
    raised(document, services)
    one = judge(document, now=NOW + 4 * YEAR).signatures[0]
    assert (one.verdict, one.level) == (OK, "PAdES-B-LTA")


def test_raising_only_adds_to_the_end_and_leaves_the_metadata_alone(pki: Pki, paper: Path, services: TrustServices):
    document = stamped(pki, paper, services)
    before = document.getvalue()
    for wanted in (Level.B_LT, Level.B_LTA):
        raised(document, services, wanted)
        assert document.getvalue().startswith(before)
        assert len(document.getvalue()) > len(before)
        before = document.getvalue()
    with pikepdf.open(paper) as first, pikepdf.open(document) as last:
        assert last.Root.Metadata.read_raw_bytes() == first.Root.Metadata.read_raw_bytes()
        assert dict(last.docinfo) == dict(first.docinfo) and last.pdf_version == first.pdf_version
        assert last.trailer.ID[0] == first.trailer.ID[0]


def test_what_has_the_level_already_is_left_as_it_is_and_nobody_is_asked(pki: Pki, paper: Path, services: TrustServices):
    document = stamped(pki, paper, services)
    raised(document, services)
    before = document.getvalue()
    pki.forget_counts()
    assert raised(document, services) == (Level.B_LTA, "")
    assert raised(document, services, Level.B_T) == (Level.B_LTA, "")
    assert document.getvalue() == before and pki.counted() == 0


def test_a_batch_asks_for_revocation_once_and_keeps_its_connection(pki: Pki, paper: Path, services: TrustServices):
    for _ in range(5):
        raised(stamped(pki, paper, services), services)
    assert pki.counted(f"{pki.url}/sohoa/ocsp/") == 4  # signer, its authority, the stamping one, its authority
    assert pki.counted(pki.tsa_url) == 10
    assert pki.connections <= 2  # one for stamps, one for answers


def test_without_stamps_a_stamped_signature_gets_its_data_now_and_its_archive_stamp_later(
    pki: Pki, paper: Path, services: TrustServices, judge
):
    document = stamped(pki, paper, services)
    with pki.lying(pki.tsa_url, lambda asked, honest: Response(status=503)):
        assert raised(document, services) == (Level.B_LT, "signing.timestamp_unavailable")
    assert (judge(document).verdict, judge(document).signatures[0].level) == (OK, "PAdES-B-LT")
    assert raised(document, services) == (Level.B_LTA, "")
    assert judge(document).signatures[0].level == "PAdES-B-LTA"


def test_without_any_service_the_file_stays_what_it_was_and_is_raised_when_they_are_back(
    pki: Pki, paper: Path, services: TrustServices, judge
):
    document = quickly_signed(paper, pki.signer("rsa2048"))
    before = document.getvalue()
    pki.stop()
    assert raised(document, services) == (Level.B_B, "signing.timestamp_unavailable")
    assert document.getvalue() == before
    pki.start()
    assert raised(document, services) == (Level.B_LTA, "")
    assert judge(document).verdict is OK


def test_without_revocation_data_the_time_is_proven_now_and_the_rest_comes_later(
    pki: Pki, paper: Path, services: TrustServices, judge
):
    document = quickly_signed(paper, pki.signer("ocsp_only"))
    with pki.lying(pki.ocsp_url, lambda asked, honest: Response(status=503)):
        assert raised(document, services) == (Level.B_T, "signing.revocation_unavailable")
        before = document.getvalue()
        assert raised(document, services) == (Level.B_T, "signing.revocation_unavailable")
        assert raised(document, services, Level.B_LT) == (Level.B_T, "signing.revocation_unavailable")
        assert document.getvalue() == before
    assert judge(document).signatures[0].level == "PAdES-B-T"
    assert raised(document, services) == (Level.B_LTA, "")
    assert judge(document).verdict is OK


def test_an_authority_that_lies_costs_the_level_and_nothing_else(pki: Pki, paper: Path, services: TrustServices):
    document = quickly_signed(paper, pki.signer("rsa2048"))
    before = document.getvalue()
    with pki.lying(pki.tsa_url, lambda asked, honest: b"<html>"):
        assert raised(document, services) == (Level.B_B, "signing.timestamp_refused")
    assert document.getvalue() == before


def test_a_stamp_from_an_authority_under_an_unknown_root_goes_no_further_than_t(pki: Pki, paper: Path):
    services = services_of(pki, tsa=pki.wrong_tsa_url)
    document = stamped(pki, paper, services)
    assert raised(document, services) == (Level.B_T, "signing.revocation_unavailable")


def test_a_signer_who_names_nowhere_to_ask_stays_at_t_and_is_told_why(pki: Pki, paper: Path, services: TrustServices):
    assert raised(stamped(pki, paper, services, "mute"), services) == (Level.B_T, "signing.revocation_not_offered")


@pytest.mark.parametrize(
    ("kind", "verdict", "reason"), [("revoked", FAILED, "REVOKED"), ("expired", UNDETERMINED, "OUT_OF_BOUNDS_NO_POE")]
)
def test_a_bad_signer_is_not_made_good_by_a_level(
    pki: Pki, paper: Path, services: TrustServices, judge, kind: str, verdict: Outcome, reason: str
):
    document = stamped(pki, paper, services, kind)
    raised(document, services)
    one = judge(document).signatures[0]
    assert (one.verdict, one.reason) == (verdict, reason)


def test_several_signatures_are_raised_together(pki: Pki, paper: Path, services: TrustServices, judge, tmp_path: Path):
    first = stamped(pki, paper, services, "p256")
    (tmp_path / "first.pdf").write_bytes(first.getvalue())
    document = quickly_signed(tmp_path / "first.pdf", pki.signer("rsa3072"), field="NguoiKy")
    assert raised(document, services) == (Level.B_LTA, "")
    report = judge(document)
    assert [(one.field, one.level) for one in report.signatures[:2]] == [("CoQuan", "PAdES-B-LTA"), ("NguoiKy", "PAdES-B-LTA")]
    assert report.verdict is OK


def test_a_signature_added_to_a_finished_file_brings_it_down_until_it_is_raised_again(
    pki: Pki, paper: Path, services: TrustServices, judge, tmp_path: Path
):
    first = stamped(pki, paper, services)
    raised(first, services)
    (tmp_path / "first.pdf").write_bytes(first.getvalue())
    document = quickly_signed(tmp_path / "first.pdf", pki.signer("p256"), field="NguoiKy", stamped_by=services.tsa)
    assert raised(document, services, Level.B_T) == (Level.B_T, "")
    assert raised(document, services) == (Level.B_LTA, "")
    assert judge(document).verdict is OK


def test_an_authority_that_has_changed_its_certificate_is_answered_for_all_the_same(
    pki: Pki, paper: Path, services: TrustServices, judge
):
    document = stamped(pki, paper, services)
    assert raised(document, services, Level.B_LT) == (Level.B_LT, "")
    pki.now = NOW + 4.5 * YEAR
    assert raised(document, services, now=pki.now) == (Level.B_LTA, "")
    report = judge(document, now=pki.now)
    assert [one.revocation for one in report.signatures] == [Revocation.OK, Revocation.OK]


def test_a_token_larger_than_expected_is_made_room_for(
    pki: Pki, paper: Path, services: TrustServices, judge, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sohoa.signing.trustservices.tsa.USUAL_TOKEN", 100)
    document = quickly_signed(paper, pki.signer("rsa2048"))
    assert raised(document, services, Level.B_T) == (Level.B_T, "")
    assert judge(document).signatures[1].integrity is OK


class NearlyFull(io.BytesIO):
    """Stands for a disk on which only the first bytes of what is added find room."""

    left = 10_000_000

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if len(data) > self.left:
            super().write(data[: self.left])
            raise OSError(28, "No space left on device")
        return super().write(data)


def test_a_full_disk_leaves_no_half_revision(pki: Pki, paper: Path, services: TrustServices):
    signed = stamped(pki, paper, services).getvalue()
    document = NearlyFull(signed)
    document.left = 1000
    with pytest.raises(OSError, match="No space"):
        raise_level(document, wanted=Level.B_LTA, services=services, now=NOW)
    assert document.getvalue() == signed


def test_a_document_timestamp_can_be_added_to_any_file_and_names_do_not_clash(
    pki: Pki, paper: Path, services: TrustServices, judge
):
    document = io.BytesIO(paper.read_bytes())
    for _ in range(2):
        assert add_document_timestamp(document, services.tsa).time == NOW
    assert [one.field for one in judge(document).signatures] == ["DauThoiGian1", "DauThoiGian2"]


@pytest.mark.parametrize(("lie", "error"), [(503, TimestampUnavailable), (404, TimestampRefused)])
def test_a_document_timestamp_that_fails_writes_nothing(
    pki: Pki, paper: Path, services: TrustServices, lie: int, error: type[SohoaError]
):
    document = io.BytesIO(paper.read_bytes())
    with pki.lying(pki.tsa_url, lambda asked, honest: Response(status=lie)), pytest.raises(error):
        add_document_timestamp(document, services.tsa)
    assert document.getvalue() == paper.read_bytes()


@pytest.mark.parametrize("wanted", [Level.B_LT, Level.B_LTA])
def test_a_second_signature_by_the_same_certificate_reaches_its_level_once(
    pki: Pki, paper: Path, services: TrustServices, tmp_path: Path, wanted: Level
):
    """All that is known about its certificate is in the file before it is made."""
    signer = pki.signer("rsa2048")
    first = quickly_signed(paper, signer, stamped_by=services.tsa, field="NguoiKy")
    raise_level(first, wanted=wanted, services=services, now=NOW)
    (tmp_path / "first.pdf").write_bytes(first.getvalue())
    both = quickly_signed(tmp_path / "first.pdf", signer, stamped_by=services.tsa, field="CoQuan")
    assert raise_level(both, wanted=wanted, services=services, now=NOW).level is wanted
    reached = both.getvalue()
    assert raise_level(both, wanted=wanted, services=services, now=NOW).level is wanted
    assert both.getvalue() == reached, "each call would add another timestamp"
    (tmp_path / "both.pdf").write_bytes(reached)
    report = validate_pdf(tmp_path / "both.pdf", trust=[pki.root_pem], now=NOW)
    assert [one.level for one in report.signatures if one.level != "RFC3161"] == [wanted.said] * 2
    assert report.verdict is Outcome.OK


def test_data_that_is_there_already_is_not_added_again(pki: Pki, paper: Path, services: TrustServices):
    document = stamped(pki, paper, services)
    data = ValidationData((b"mot",), (b"hai",))
    add_validation_data(document, data)
    before = document.getvalue()
    add_validation_data(document, data)
    assert document.getvalue() == before
    add_validation_data(document, data + ValidationData((), (), (b"ba",)))
    with pikepdf.open(document) as pdf:
        found = {key: [one.read_bytes() for one in pdf.Root.DSS[key]] for key in ("/Certs", "/OCSPs", "/CRLs")}
    assert found == {"/Certs": [b"mot"], "/OCSPs": [b"hai"], "/CRLs": [b"ba"]}


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda good: good[: len(good) // 2], PdfDamaged),
        (lambda good: b"", PdfDamaged),
        (lambda good: good.replace(b"/Contents <3082", b"/Contents <0482"), PdfDamaged),
    ],
    ids=["half", "empty", "signature spoilt"],
)
def test_a_damaged_file_is_told_and_left_alone(
    pki: Pki, paper: Path, services: TrustServices, spoil: Callable[[bytes], bytes], error: type[SohoaError]
):
    bad = spoil(quickly_signed(paper, pki.signer("rsa2048")).getvalue())
    document = io.BytesIO(bad)
    with pytest.raises(error):
        raise_level(document, wanted=Level.B_LTA, services=services, now=NOW)
    assert document.getvalue() == bad


def test_unsigned_and_encrypted_files_are_told(pki: Pki, paper: Path, services: TrustServices, tmp_path: Path):
    with pytest.raises(NothingToRaise):
        raise_level(io.BytesIO(paper.read_bytes()), wanted=Level.B_LTA, services=services, now=NOW)
    with pikepdf.open(paper) as pdf:
        pdf.save(tmp_path / "closed.pdf", encryption=pikepdf.Encryption(owner="chủ", user="mật"))
    with (tmp_path / "closed.pdf").open("r+b") as document, pytest.raises(PdfEncrypted):
        raise_level(document, wanted=Level.B_LTA, services=services, now=NOW)


def test_memory_does_not_grow_with_the_file(pki: Pki, services: TrustServices, tmp_path: Path):
    with pikepdf.open(write_paper(tmp_path / "small.pdf")) as pdf:
        pdf.Root.Scan = pdf.make_stream(bytes(range(256)) * 40_000)
        pdf.save(tmp_path / "large.pdf", compress_streams=False)
    (tmp_path / "signed.pdf").write_bytes(quickly_signed(tmp_path / "large.pdf", pki.signer("rsa2048")).getvalue())
    raised(quickly_signed(tmp_path / "small.pdf", pki.signer("rsa2048")), services)  # what is kept between files is kept now
    with (tmp_path / "signed.pdf").open("r+b") as document:
        tracemalloc.start()
        found = raise_level(document, wanted=Level.B_LTA, services=services, now=NOW + timedelta(minutes=1))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert found.level is Level.B_LTA
    assert peak < 4 << 20  # of 10 MB
