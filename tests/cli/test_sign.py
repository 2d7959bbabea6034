"""`sohoa sign`, as a clerk types it, with keys, time stamps and revocation from a real authority on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from sohoa.kernel.clock import now
from sohoa.signing.validation.validate import validate_pdf
from tests.running import Answer, Office
from tests.signing.authority import PASSPHRASE, Pki, authority
from tests.signing.pki import write_paper


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with authority(tmp_path_factory.mktemp("pki")) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, pki: Pki) -> Iterator[Office]:
    """An office whose signing.toml names one good signer and some who must not sign."""
    home = tmp_path / "home"
    keys = home / "keys"
    keys.mkdir(parents=True)
    (keys / "pass").write_text(PASSPHRASE)
    (keys / "pass").chmod(0o400)
    lines = [f'[services]\ntimestamps = ["{pki.tsa_url}"]', f'[trust]\nroots = ["{pki.root_pem}"]']
    signers = {
        "van-thu": "rsa2048",
        "het-han": "expired",
        "thu-hoi": "revoked",
        "nguoi-la": "stranger",
        "sai-muc-dich": "wrong_usage",
    }
    for name, kind in signers.items():
        pki.signer(kind).p12(keys / f"{name}.p12")
        lines.append(f'[signers.{name}]\nkind = "pkcs12"\nfile = "keys/{name}.p12"\npassphrase_file = "keys/pass"')
    pki.signer("rsa3072").p12(keys / "khac.p12")
    lines.append(
        '[signers.khac]\nkind = "pkcs12"\nfile = "keys/khac.p12"\npassphrase_file = "keys/pass"\nname = "Nguyễn Thị Người Khác"'
    )
    lines.append('[digitize]\nsigner = "van-thu"')
    (home / "signing.toml").write_text("\n".join(lines), encoding="utf-8")
    pki.start()
    yield Office(home)
    pki.start()


def paper(path: Path, text: str = "") -> Path:
    """One that claims nothing about PDF/A."""
    write_paper(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        del pdf.Root.Metadata
        pdf.Root.Note = text or path.name
        pdf.save(path)
    return path


def told(answer: Answer) -> list[dict]:
    return [json.loads(line) for line in answer.out.splitlines()]


def test_a_pile_is_signed_at_the_level_of_the_office_and_told_file_by_file(desk: Office, tmp_path: Path, pki: Pki) -> None:
    papers = [paper(tmp_path / f"ket-qua-{number}.pdf") for number in range(3)]
    answer = desk("sign", *papers, "-o", tmp_path / "da-ky", "--profile", "archive_signature", "--json")
    assert answer.code == 0, answer.err
    for line, source in zip(told(answer), papers, strict=True):
        assert line["file"] == str(source) and line["output"] == str(tmp_path / "da-ky" / source.name)
        assert line["signature"] == {"level": "PAdES-B-LTA", "verdict": "ok", "reason": ""} and line["error"] is None
        assert validate_pdf(Path(line["output"]), trust=[pki.root_pem], now=now()).verdict == "ok"
    again = desk("sign", *papers, "-o", tmp_path / "da-ky", "--profile", "archive_signature", "--json")
    assert [line["again"] for line in told(again)] == [True] * 3
    assert [line["sha256"] for line in told(again)] == [line["sha256"] for line in told(answer)]
    elsewhere = desk("sign", *papers, "-o", tmp_path / "noi-khac", "--profile", "archive_signature", "--json")
    for line in told(elsewhere):
        assert line["again"] and Path(line["output"]).exists(), "told where it lies, not where it was wanted this time"


@pytest.mark.parametrize(
    ("signer", "code", "why"),
    [
        ("het-han", "signing.certificate_expired", "hết hạn"),
        ("thu-hoi", "signing.certificate_revoked", "thu hồi"),
        ("nguoi-la", "signing.certificate_not_trusted", "chứng thư gốc tin cậy"),
        ("sai-muc-dich", "signing.certificate_not_for_signing", "không được cấp để ký"),
        ("khac", "signing.certificate_of_somebody_else", "không phải của người được giao ký"),
    ],
)
def test_a_certificate_that_must_not_sign_is_refused_with_the_reason(
    desk: Office, tmp_path: Path, signer: str, code: str, why: str
) -> None:
    answer = desk("sign", paper(tmp_path / "don.pdf"), "--signer", signer, "--json")
    (line,) = told(answer)
    assert answer.code == 2 and line["error"]["code"] == code and why in line["error"]["vi"]
    assert not (tmp_path / "don-da-ky.pdf").exists()


def test_services_that_are_out_cost_the_level_and_the_clerk_is_told_what_to_run(desk: Office, tmp_path: Path, pki: Pki) -> None:
    pki.stop()
    answer = desk("sign", paper(tmp_path / "don.pdf"))
    assert answer.code == 0, answer.err
    assert "PAdES-B-B" in answer.out and "còn thiếu PAdES-B-LTA" in answer.out
    assert "sohoa renew" in answer.err


def test_a_file_that_stands_where_the_signed_one_is_to_go_is_not_overwritten(desk: Office, tmp_path: Path) -> None:
    (tmp_path / "don-da-ky.pdf").write_bytes(b"someone's work")
    answer = desk("sign", paper(tmp_path / "don.pdf"), "--json")
    (line,) = told(answer)
    assert answer.code == 1 and line["error"]["code"] == "pipeline.target_taken"
    assert (tmp_path / "don-da-ky.pdf").read_bytes() == b"someone's work"


def test_bad_files_are_told_each_and_stop_no_other(desk: Office, tmp_path: Path) -> None:
    (tmp_path / "hong.pdf").write_bytes(b"%PDF-1.7 cut")
    (tmp_path / "anh.jpg").write_bytes(b"\xff\xd8")
    lying = write_paper(tmp_path / "noi-doi.pdf")  # calls itself PDF/A and has no output intent
    answer = desk(
        "sign", tmp_path / "hong.pdf", paper(tmp_path / "tot.pdf"), tmp_path / "anh.jpg", lying, tmp_path / "mat.pdf", "--json"
    )
    assert answer.code == 1
    codes = [line["error"]["code"] if line["error"] else "" for line in told(answer)]
    assert codes == ["signing.pdf_damaged", "", "signing.not_a_pdf", "signing.pdfa_broken", "signing.file_unreadable"]


def test_who_types_a_signer_or_profile_that_is_not_there_is_told_which_are(desk: Office, tmp_path: Path) -> None:
    don = paper(tmp_path / "don.pdf")
    unknown = desk("sign", don, "--signer", "ai-do")
    assert unknown.code == 2 and "van-thu" in unknown.err
    profile = desk("sign", don, "--profile", "dep")
    assert profile.code == 2 and "true_copy" in profile.err


def test_without_any_signing_toml_the_test_key_signs_and_the_stamp_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    answer = office("sign", paper(tmp_path / "don.pdf"), "--profile", "capture_signature")
    assert answer.code == 0, answer.err
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in answer.err
    with pikepdf.open(tmp_path / "don-da-ky.pdf") as pdf:
        (widget,) = pdf.pages[0].Annots
        assert [float(side) for side in widget.Rect] != [0, 0, 0, 0]
