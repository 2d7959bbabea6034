from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.sign.fields import MDPPerm

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.opening import NotAPdf, PdfDamaged, PdfEncrypted, has_signatures, opened
from sohoa.signing.pades.cms import envelope_of
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.prepare import FieldFilled, PdfNotSignable, fill, prepare
from sohoa.signing.signers.holder import HashJob
from sohoa.signing.signers.pkcs12 import load_pkcs12
from sohoa.signing.signers.test_authority import TestAuthority
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.pki import NOW, Held, issue, sign_otherwise, write_paper
from tests.signing.quick import sign_pdf


def signature_parts(path: Path) -> tuple[bytes, bytes]:
    """The CMS (DER, padding cut off) and the bytes it covers, taken out of the file without any PDF library."""
    data = path.read_bytes()
    start, before, after, rest = map(int, re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", data).groups())
    return cms.ContentInfo.load(bytes.fromhex(data[before + 1 : after - 1].decode())).dump(), data[start:before] + data[
        after : after + rest
    ]


def test_pdfsig_finds_the_signature_valid_and_the_whole_document_signed(signed: Path, tmp_path: Path):
    said = subprocess.run(
        ["pdfsig", "-nocert", signed], capture_output=True, text=True, check=False, env={"HOME": str(tmp_path)}
    ).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in said


def test_openssl_verifies_the_cms_against_our_root(signed: Path, authority: TestAuthority, tmp_path: Path):
    der, covered = signature_parts(signed)
    (tmp_path / "sig.der").write_bytes(der)
    (tmp_path / "covered.bin").write_bytes(covered)
    command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", "sig.der", "-content", "covered.bin", "-binary"]
    command += ["-CAfile", authority.root_pem, "-purpose", "any", "-attime", str(int(NOW.timestamp())), "-out", "/dev/null"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    (tmp_path / "covered.bin").write_bytes(covered + b" ")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_the_signature_is_pades_baseline_b(signed: Path):
    der, _ = signature_parts(signed)
    signed_data = cms.ContentInfo.load(der)["content"]
    (signer,) = signed_data["signer_infos"]  # ISO 19005-2, 6.4.3-3: exactly one
    attributes = {attribute["type"].native for attribute in signer["signed_attrs"]}
    assert {"content_type", "message_digest", "signing_certificate_v2"} <= attributes
    assert "signing_time" not in attributes
    assert signer["digest_algorithm"]["algorithm"].native == "sha256"
    assert signer["signature_algorithm"].signature_algo == "rsassa_pkcs1v15"
    with pikepdf.open(signed) as pdf:
        value = pdf.Root.AcroForm.Fields[0].V
        assert value.SubFilter == "/ETSI.CAdES.detached"
        assert str(value.M) == "D:20260305093000+07'00'"
        assert (str(value.Reason), str(value.Location)) == ("Số hóa", "Quảng Ngãi")


def test_the_result_tells_what_was_written(paper: Path, authority: TestAuthority, tmp_path: Path):
    made = sign_pdf(paper, tmp_path / "out.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)
    written = (tmp_path / "out.pdf").read_bytes()
    assert (made.level, made.when, made.identity.fingerprint) == (Level.B_B, NOW, authority.fingerprint)
    assert (made.sha256, made.length) == (sha256(written).hexdigest(), len(written))


def test_signing_only_appends(paper: Path, signed: Path):
    before, after = paper.read_bytes(), signed.read_bytes()
    assert after.startswith(before)
    assert len(after) - len(before) < 12_000


def test_signing_keeps_the_metadata_and_the_version_that_pdfa_was_checked_with(paper: Path, signed: Path):
    with pikepdf.open(paper) as before, pikepdf.open(signed) as after:
        assert after.Root.Metadata.read_raw_bytes() == before.Root.Metadata.read_raw_bytes()
        assert "/Version" not in after.Root
        assert after.pdf_version == before.pdf_version == "1.7"
        assert "/NeedAppearances" not in after.Root.AcroForm
        assert "/XFA" not in after.Root.AcroForm
        (widget,) = after.pages[0].Annots
        assert int(widget.F) & 0b100110 == 0b100  # printed, neither hidden nor view-less (ISO 19005-2, 6.3.2)
        assert [float(side) for side in widget.Rect] == [0, 0, 0, 0]


def test_the_key_is_checked_when_loaded_and_not_again_for_each_signature(
    paper: Path, authority: TestAuthority, person: Held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    loads: list[str] = []

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def load(*given: object, **options: object) -> object:
            loads.append(real.__name__)
            return real(*given, **options)

        return load

    for name in ("load_der_private_key", "load_pem_private_key"):
        monkeypatch.setattr(serialization, name, counted(getattr(serialization, name)))
    sign_otherwise(paper, tmp_path / "theirs.pdf", person)
    assert loads  # pyHanko's own signer does load the key each time, so the counter counts
    loads.clear()
    for number in range(3):
        sign_pdf(paper, tmp_path / f"{number}.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)
    assert loads == []


def test_a_second_attempt_at_the_same_field_stops(signed: Path, authority: TestAuthority, tmp_path: Path):
    with pytest.raises(FieldFilled) as refused:
        sign_pdf(signed, tmp_path / "twice.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)
    assert refused.value.code == "signing.field_filled"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_field_made_beforehand_is_filled(paper: Path, authority: TestAuthority, tmp_path: Path):
    with pikepdf.open(paper) as pdf:
        field = pikepdf.Dictionary(
            FT=pikepdf.Name.Sig, T="CoQuan", Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, F=4, Rect=[0] * 4
        )
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[pdf.make_indirect(field)])
        pdf.pages[0].Annots = pdf.make_indirect([pdf.Root.AcroForm.Fields[0]])
        pdf.save(tmp_path / "empty-field.pdf")
    assert not has_signatures(tmp_path / "empty-field.pdf")
    sign_pdf(tmp_path / "empty-field.pdf", tmp_path / "out.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)
    report = validate_pdf(tmp_path / "out.pdf", trust=[authority.root_pem], now=NOW)
    assert [(one.field, one.verdict) for one in report.signatures] == [("CoQuan", Outcome.OK)]


def test_a_document_whose_first_signer_forbade_changes_is_not_signed_again(
    paper: Path, person: Held, authority: TestAuthority, tmp_path: Path
):
    locked = sign_otherwise(paper, tmp_path / "locked.pdf", person, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    with pytest.raises(PdfNotSignable):
        sign_pdf(locked, tmp_path / "again.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)


def test_a_hybrid_file_is_not_signed(authority: TestAuthority, tmp_path: Path):
    hybrid = write_paper(tmp_path / "hybrid.pdf", hybrid=True)
    with pytest.raises(PdfNotSignable, match="hybrid"):
        sign_pdf(hybrid, tmp_path / "out.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", NotAPdf), ("Không phải PDF".encode(), NotAPdf), (b"%PDF-1.7\n1 0 obj\n<<", PdfDamaged)],
    ids=["empty", "text", "cut short"],
)
def test_what_is_not_a_whole_pdf_is_not_signed(authority: TestAuthority, tmp_path: Path, content: bytes, error: type[Exception]):
    (tmp_path / "bad.pdf").write_bytes(content)
    with pytest.raises(error):
        sign_pdf(tmp_path / "bad.pdf", tmp_path / "out.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)
    assert [file.name for file in tmp_path.iterdir()] == ["bad.pdf"]


def test_an_encrypted_pdf_is_not_signed_even_when_it_opens_without_a_password(
    paper: Path, authority: TestAuthority, tmp_path: Path
):
    with pikepdf.open(paper) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="chủ", user=""))
    with pytest.raises(PdfEncrypted):
        sign_pdf(tmp_path / "locked.pdf", tmp_path / "out.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)


def test_a_signature_can_arrive_later_from_elsewhere(paper: Path, authority: TestAuthority, tmp_path: Path):
    identity = authority.signer.identity()
    with (tmp_path / "kept.pdf").open("w+b") as document, opened(paper) as reader:
        prepared = prepare(reader, document, identity=identity, field_name="CoQuan", reason="Số hóa", location=None, when=NOW)
    job = HashJob("1", "Giấy tờ", prepared.attributes, prepared.digest.hex())
    signature = authority.signer.sign_hashes([job], transaction="").signatures["1"]
    with (tmp_path / "kept.pdf").open("r+b") as document:
        fill(document, prepared, envelope_of(identity).packed(prepared.attributes, signature))
    assert validate_pdf(tmp_path / "kept.pdf", trust=[authority.root_pem], now=NOW).verdict is Outcome.OK


SIGN_AND_MEASURE = """
import sys
from datetime import datetime
from pathlib import Path
from tests.signing.quick import sign_pdf
from sohoa.signing.signers.test_authority import open_test_authority
from sohoa.signing.validation.validate import validate_pdf
source, target, keys = map(Path, sys.argv[1:4])
now = datetime.fromisoformat(sys.argv[4])
authority = open_test_authority(keys, now=now)
sign_pdf(source, target, signer=authority.signer, reason="Số hóa", location=None, when=now)
assert validate_pdf(target, trust=[authority.root_pem], now=now).verdict == "ok"
status = Path("/proc/self/status").read_text()  # not getrusage: that also counts what the parent had before it started us
print(status.split("VmHWM:")[1].split()[0])  # KiB
"""


def test_a_large_scan_needs_no_more_memory_than_a_small_one(authority: TestAuthority, tmp_path: Path):
    peaks = {}
    for megabytes in (1, 48):
        with pikepdf.new() as pdf:
            page = pdf.add_blank_page(page_size=(595, 842))
            page.obj.Picture = pdf.make_stream(b"\x55" * (megabytes << 20))
            pdf.save(tmp_path / "scan.pdf", compress_streams=False)
        arguments = [tmp_path / "scan.pdf", tmp_path / "out.pdf", authority.root_pem.parent, NOW.isoformat()]
        ran = subprocess.run([sys.executable, "-c", SIGN_AND_MEASURE, *arguments], capture_output=True, text=True, check=True)
        peaks[megabytes] = int(ran.stdout)
    assert peaks[48] - peaks[1] < 12 << 10


def test_a_pkcs12_file_signs_with_its_chain(paper: Path, root: Held, tmp_path: Path):
    middle = issue("CA trung gian", 4, issuer=root, ca=True)
    person = issue("Trần Văn Mẫu", 5, issuer=middle)
    packed = _pkcs12(person, [middle.certificate], "mật khẩu")
    (tmp_path / "key.p12").write_bytes(packed)
    signer = load_pkcs12(tmp_path / "key.p12", "mật khẩu")
    sign_pdf(paper, tmp_path / "out.pdf", signer=signer, field_name="NguoiKy", reason="Ký", location=None, when=NOW)
    (one,) = validate_pdf(tmp_path / "out.pdf", trust=[root.certificate], now=NOW).signatures
    assert (one.signer, one.role, one.chain, one.verdict) == ("Trần Văn Mẫu", "person", Outcome.OK, Outcome.OK)


def _pkcs12(held: Held, above: list[object], passphrase: str) -> bytes:
    protection = serialization.BestAvailableEncryption(passphrase.encode())
    return pkcs12.serialize_key_and_certificates(b"khoa", held.key, held.certificate, above, protection)
