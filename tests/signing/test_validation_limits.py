"""Whatever a file asks for, the validator answers and goes on with the next; nothing that was sent can stop a batch."""

from __future__ import annotations

import os
import signal
import sys
import zlib
from pathlib import Path

import pikepdf
import pytest

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.opening import FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted
from sohoa.signing.signers.test_authority import TestAuthority
from sohoa.signing.validation.explain import explain
from sohoa.signing.validation.policy import Policy
from sohoa.signing.validation.trust import TrustUnreadable
from sohoa.signing.validation.validate import validate_pdf
from sohoa.signing.validation.within_limits import MIB, Bounds, Validator, ValidatorUnavailable
from tests.signing.attacks import Workshop
from tests.signing.bombs import BOMBS, squeezed
from tests.signing.pki import NOW, Held, sign_otherwise

# Tighter than what the product allows, so that the suite need not wait; what passes under these passes under those.
TIGHT = Bounds(seconds=1.0, memory=320 * MIB)
TOLD = {"signing.pdf_damaged", "LIMIT_EXCEEDED", "NO_SIGNATURE", "FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE"}
# Only big, not broken: the signature is what it was, if there is time to find that out.
HARMLESS = {"ten_thousand_certificates", "revocation_list_of_fifty_megabytes", "revocation_list_squeezed_to_nothing"}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("bombs"))


@pytest.fixture(scope="module")
def validator(workshop: Workshop):
    with Validator(trust=[workshop.root.certificate], bounds=TIGHT) as running:
        yield running


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_made_to_stop_the_validator_gets_an_answer_and_the_next_file_is_judged(
    workshop: Workshop, validator: Validator, name: str
):
    path = workshop.folder / f"{name}.pdf"
    path.write_bytes(BOMBS[name](workshop))
    try:
        report = validator.validate(path, now=NOW)
    except SohoaError as refused:
        told = refused.code
    else:
        told = report.reason
        assert explain(report)
        assert report.verdict is not Outcome.OK or name in HARMLESS
    assert told in TOLD or (told == "" and name in HARMLESS)
    assert validator.validate(workshop.signed, now=NOW).verdict is Outcome.OK
    path.unlink()


def test_the_child_may_not_take_more_memory_than_it_is_allowed_nor_write_a_file(workshop: Workshop):
    with Validator(trust=[workshop.root.certificate]) as validator:
        limits = Path(f"/proc/{_child(validator, workshop)}/limits").read_text().splitlines()
    allowed = {line[:26].strip(): line[26:].split()[:2] for line in limits}
    assert allowed["Max address space"] == [str(480 * MIB)] * 2
    assert allowed["Max file size"] == allowed["Max core file size"] == ["0", "0"]


def test_streams_that_unpack_to_far_more_than_they_are_end_at_once_even_without_a_child(tmp_path: Path, workshop: Workshop):
    path = tmp_path / "bomb.pdf"
    path.write_bytes(BOMBS["table_of_a_thousand_million_entries"](workshop))
    report = validate_pdf(path, trust=[], now=NOW)
    assert (report.verdict, report.reason) == (Outcome.UNDETERMINED, "LIMIT_EXCEEDED")
    assert explain(report)[0].startswith("Tệp quá phức tạp để kiểm tra trong giới hạn")


def test_the_answer_is_the_same_as_without_a_child(signed: Path, authority: TestAuthority, person: Held, tmp_path: Path):
    both = sign_otherwise(signed, tmp_path / "both.pdf", person)
    for policy in (Policy(), Policy(revocation_always=True)):
        with Validator(trust=[authority.root_pem], policy=policy) as validator:
            for path in (signed, both):
                assert validator.validate(path, now=NOW) == validate_pdf(path, trust=[authority.root_pem], now=NOW, policy=policy)


@pytest.mark.parametrize(
    ("content", "error"),
    [(None, FileUnreadable), (b"khong phai PDF", NotAPdf), (b"%PDF-1.7\n" + b"\xff" * 500, PdfDamaged)],
    ids=["gone", "text", "noise"],
)
def test_errors_come_through_with_their_codes(validator: Validator, tmp_path: Path, content: bytes | None, error: type[SohoaError]):
    path = tmp_path / "Đơn của \udcff.pdf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error) as refused:
        validator.validate(path, now=NOW)
    assert refused.value.as_dict()["vi"]


def test_an_encrypted_file_is_told_through_the_child(validator: Validator, paper: Path, tmp_path: Path):
    with pikepdf.open(paper) as pdf:
        pdf.save(tmp_path / "closed.pdf", encryption=pikepdf.Encryption(owner="chủ", user="mật khẩu"))
    with pytest.raises(PdfEncrypted):
        validator.validate(tmp_path / "closed.pdf", now=NOW)


def test_one_child_serves_a_batch_and_a_new_one_follows_when_it_was_killed(workshop: Workshop):
    with Validator(trust=[workshop.root.certificate]) as validator:
        first = _child(validator, workshop)
        assert _child(validator, workshop) == first
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        assert _child(validator, workshop) != first
    assert not Path(f"/proc/{first}").exists()


def _child(validator: Validator, workshop: Workshop) -> int:
    assert validator.validate(workshop.signed, now=NOW).verdict is Outcome.OK
    return int(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()[-1])


def test_a_broken_trust_file_is_told_before_anything_is_started(tmp_path: Path):
    (tmp_path / "root.pem").write_bytes(b"rubbish")
    with pytest.raises(TrustUnreadable):
        Validator(trust=[tmp_path / "root.pem"])


@pytest.mark.parametrize("program", ["/bin/false", "/gone/python"])
def test_a_validator_that_cannot_be_started_is_told(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, program: str):
    monkeypatch.setattr(sys, "executable", program)
    with Validator(trust=[]) as validator, pytest.raises(ValidatorUnavailable) as refused:
        validator.validate(workshop.signed, now=NOW)
    assert refused.value.as_dict()["code"] == "signing.validator_unavailable"


def test_the_squeezed_filling_is_what_it_claims():
    once = zlib.decompress(squeezed(2, 2))
    assert len(zlib.decompress(once)) == 2 * MIB
