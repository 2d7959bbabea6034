"""Bytes and what was added afterwards: who changed what, and whether it is noticed."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import FileReport, SignatureReport
from sohoa.signing.opening import FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted, has_signatures
from sohoa.signing.signers.test_authority import TestAuthority
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.pki import NOW, Held, changed_afterwards, sign_otherwise, write_paper
from tests.signing.quick import sign_pdf
from tests.signing.test_sign import signature_parts


def judge(path: Path, authority: TestAuthority, *more: Held) -> FileReport:
    return validate_pdf(path, trust=[authority.root_pem, *(held.certificate for held in more)], now=NOW)


def only(report: FileReport) -> SignatureReport:
    (one,) = report.signatures
    return one


def test_our_signature_is_ok_and_covers_the_whole_document(signed: Path, authority: TestAuthority):
    report = judge(signed, authority)
    assert report.as_dict("a.pdf") == {
        "file": "a.pdf",
        "verdict": "ok",
        "signatures": [
            {
                "signer": "sohoa – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ (thử nghiệm)",
                "role": "agency",
                "signing_time": "2026-03-05T09:30:00+07:00",
                "time_source": "claimed",
                "integrity": "ok",
                "chain": "ok",
                "revocation": "not_checked",
                "covers_whole_document": True,
                "modified_after_signing": False,
                "level": "PAdES-B-B",
                "verdict": "ok",
                "reason": "",
            }
        ],
    }
    assert report.reason == ""


def test_one_flipped_byte_in_the_content_fails(signed: Path, authority: TestAuthority, tmp_path: Path):
    data = bytearray(signed.read_bytes())
    data[data.index(b"0.2 g 72")] ^= 1
    (tmp_path / "flipped.pdf").write_bytes(data)
    one = only(judge(tmp_path / "flipped.pdf", authority))
    assert (one.integrity, one.verdict, one.reason) == (Outcome.FAILED, Outcome.FAILED, "HASH_FAILURE")


def _change_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"1 0 0 rg 72 72 400 400 re f"))
    writer.update_container(page)


def _add_comment(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    box = generic.ArrayObject(map(generic.NumberObject, (72, 600, 300, 700)))
    note = {"/Type": pdf_name("/Annot"), "/Subtype": pdf_name("/FreeText"), "/Rect": box, "/Contents": pdf_string("Đã sửa")}
    note["/DA"] = pdf_string("/Helv 12 Tf")
    page["/Annots"].append(writer.add_object(generic.DictionaryObject({pdf_name(name): value for name, value in note.items()})))
    writer.update_container(page["/Annots"])


def _change_catalogue(writer: IncrementalPdfFileWriter) -> None:
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("1")}
    )
    writer.update_root()


def _draw_over_the_page_with_an_empty_field(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("Che", on_page=0, box=(60, 600, 400, 720), empty_field_appearance=True))


@pytest.mark.parametrize("change", [_change_page, _add_comment, _change_catalogue, _draw_over_the_page_with_an_empty_field])
def test_what_is_changed_after_signing_fails_though_the_signed_bytes_are_intact(
    signed: Path, authority: TestAuthority, tmp_path: Path, change: object
):
    one = only(judge(changed_afterwards(signed, tmp_path / "changed.pdf", change), authority))
    assert one.integrity is Outcome.OK
    assert (one.modified_after_signing, one.covers_whole_document) == (True, False)
    assert (one.verdict, one.reason) == (Outcome.FAILED, "MODIFIED_AFTER_SIGNING")


def test_a_form_field_filled_in_after_signing_fails_unless_the_signer_allowed_it(
    person: Held, root: Held, authority: TestAuthority, tmp_path: Path
):
    form = _paper_with_text_field(tmp_path / "fields.pdf")

    def fill(writer: IncrementalPdfFileWriter) -> None:
        field = next(one.get_object() for one in writer.root["/AcroForm"]["/Fields"] if one.get_object()["/T"] == "ten")
        field[pdf_name("/V")] = pdf_string("Người khác")
        writer.update_container(field)

    verdicts = {}
    for name, more in {"approved": {}, "form": {"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS}}.items():
        signed = sign_otherwise(form, tmp_path / f"{name}.pdf", person, **more)
        verdicts[name] = only(judge(changed_afterwards(signed, tmp_path / f"{name}-filled.pdf", fill), authority, root)).verdict
    assert verdicts == {"approved": Outcome.FAILED, "form": Outcome.OK}


def _paper_with_text_field(path: Path) -> Path:
    with pikepdf.open(write_paper(path.with_suffix(".blank"))) as pdf:
        field = pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="ten", Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, F=4)
        field.Rect = [72, 72, 300, 90]
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[pdf.make_indirect(field)])
        pdf.pages[0].Annots = pdf.make_indirect([pdf.Root.AcroForm.Fields[0]])
        pdf.save(path)
    return path


def test_a_comment_after_the_end_is_noticed_and_leaves_a_doubt(signed: Path, authority: TestAuthority, tmp_path: Path):
    (tmp_path / "longer.pdf").write_bytes(signed.read_bytes() + b"% xin chao\n")
    one = only(judge(tmp_path / "longer.pdf", authority))
    assert (one.covers_whole_document, one.modified_after_signing, one.integrity) == (False, False, Outcome.OK)
    assert (one.verdict, one.reason) == (Outcome.UNDETERMINED, "UNSIGNED_BYTES_AT_END")


def test_line_ends_that_a_mailer_adds_are_no_doubt(signed: Path, authority: TestAuthority, tmp_path: Path):
    (tmp_path / "longer.pdf").write_bytes(signed.read_bytes() + b"\r\n\r\n")
    one = only(judge(tmp_path / "longer.pdf", authority))
    assert (one.covers_whole_document, one.verdict) == (False, Outcome.OK)


def test_saving_with_another_program_breaks_the_signature(signed: Path, authority: TestAuthority, tmp_path: Path):
    with pikepdf.open(signed) as pdf:
        pdf.save(tmp_path / "resaved.pdf")
    one = only(judge(tmp_path / "resaved.pdf", authority))
    assert (one.integrity, one.verdict) == (Outcome.FAILED, Outcome.FAILED)


@pytest.mark.parametrize("box", [None, (385, 770, 585, 835)], ids=["invisible", "visible"])
def test_a_second_signature_keeps_the_first_valid(
    signed: Path, authority: TestAuthority, person: Held, root: Held, tmp_path: Path, box: tuple[int, int, int, int] | None
):
    both = sign_otherwise(signed, tmp_path / "both.pdf", person, box=box)
    report = judge(both, authority, root)
    assert [(one.field, one.verdict, one.covers_whole_document) for one in report.signatures] == [
        ("CoQuan", Outcome.OK, False),
        ("KyKhac", Outcome.OK, True),
    ]
    assert report.verdict is Outcome.OK


def test_our_signature_keeps_an_earlier_one_valid(paper: Path, authority: TestAuthority, person: Held, root: Held, tmp_path: Path):
    first = sign_otherwise(paper, tmp_path / "person.pdf", person, field="NguoiKy", box=(385, 700, 585, 765))
    sign_pdf(first, tmp_path / "both.pdf", signer=authority.signer, reason="Số hóa", location=None, when=NOW)
    report = judge(tmp_path / "both.pdf", authority, root)
    assert next((one.signer, one.role, one.verdict) for one in report.signatures) == ("Nguyễn Thị Mẫu", "person", Outcome.OK)
    assert report.verdict is Outcome.OK


def test_a_stranger_who_signs_over_a_changed_page_does_not_make_it_good(
    signed: Path, authority: TestAuthority, person: Held, tmp_path: Path
):
    changed = changed_afterwards(signed, tmp_path / "changed.pdf", _change_page)
    report = judge(sign_otherwise(changed, tmp_path / "covered.pdf", person), authority)
    assert [one.verdict for one in report.signatures] == [Outcome.FAILED, Outcome.UNDETERMINED]
    assert report.verdict is Outcome.FAILED


def test_a_gap_wider_than_the_signature_fails(signed: Path, authority: TestAuthority, tmp_path: Path):
    # The attack: a byte range that leaves out more than the signature's own value, where other content could be put later.
    data = signed.read_bytes()
    start = data.index(b"/ByteRange [") + len(b"/ByteRange [")
    numbers = [int(one) for one in data[start : data.index(b"]", start)].split()]
    numbers[2], numbers[3] = numbers[2] + 8, numbers[3] - 8
    moved = b"%d %d %d %d" % tuple(numbers)
    end = data.index(b"]", start)
    (tmp_path / "gap.pdf").write_bytes(data[:start] + moved.ljust(end - start) + data[end:])
    one = only(judge(tmp_path / "gap.pdf", authority))
    assert one.verdict is Outcome.FAILED
    assert {"HASH_FAILURE", "COVERAGE_UNCLEAR"} <= set(one.findings)


@pytest.mark.parametrize(("good", "spoilt"), [(b"/Contents <3082", b"/Contents <0482"), (b"/ByteRange [", b"/ByteWrong [")])
def test_a_signature_that_cannot_be_read_fails(signed: Path, authority: TestAuthority, tmp_path: Path, good: bytes, spoilt: bytes):
    data = signed.read_bytes()
    assert good in data
    (tmp_path / "spoilt.pdf").write_bytes(data.replace(good, spoilt))
    report = judge(tmp_path / "spoilt.pdf", authority)
    assert (report.verdict, report.reason) == (Outcome.FAILED, "FORMAT_FAILURE")


def test_an_unsigned_file_is_undetermined_and_says_why(paper: Path, authority: TestAuthority):
    report = judge(paper, authority)
    assert (report.verdict, report.reason, report.signatures) == (Outcome.UNDETERMINED, "NO_SIGNATURE", ())


def test_a_hybrid_file_is_validated(person: Held, root: Held, authority: TestAuthority, tmp_path: Path):
    hybrid = write_paper(tmp_path / "hybrid.pdf", hybrid=True)
    assert only(judge(sign_otherwise(hybrid, tmp_path / "out.pdf", person), authority, root)).verdict is Outcome.OK


@pytest.mark.parametrize(
    ("make", "error", "code"),
    [
        (lambda good: b"", NotAPdf, "signing.not_a_pdf"),
        (lambda good: "Biên bản".encode(), NotAPdf, "signing.not_a_pdf"),
        (lambda good: good[: len(good) // 2], PdfDamaged, "signing.pdf_damaged"),
        (lambda good: good[:-40], PdfDamaged, "signing.pdf_damaged"),
        (lambda good: b"%PDF-1.7\n" + b"\xff" * 500, PdfDamaged, "signing.pdf_damaged"),
    ],
    ids=["empty", "text", "half", "tail gone", "noise"],
)
def test_a_file_that_is_no_whole_pdf_has_a_stable_code(
    signed: Path, authority: TestAuthority, tmp_path: Path, make: object, error: type[SohoaError], code: str
):
    (tmp_path / "bad.pdf").write_bytes(make(signed.read_bytes()))
    with pytest.raises(error) as refused:
        judge(tmp_path / "bad.pdf", authority)
    assert refused.value.code == code


def test_a_missing_file_has_a_stable_code(authority: TestAuthority, tmp_path: Path):
    for ask in (lambda: judge(tmp_path / "gone.pdf", authority), lambda: has_signatures(tmp_path / "gone.pdf")):
        with pytest.raises(FileUnreadable):
            ask()


def test_an_encrypted_file_is_told_and_one_that_opens_without_a_password_is_validated(
    paper: Path, person: Held, root: Held, authority: TestAuthority, tmp_path: Path
):
    for name, user in (("closed", "mật khẩu"), ("open", "")):
        with pikepdf.open(paper) as pdf:
            pdf.save(tmp_path / f"{name}.pdf", encryption=pikepdf.Encryption(owner="chủ", user=user))
    with pytest.raises(PdfEncrypted) as refused:
        judge(tmp_path / "closed.pdf", authority)
    assert refused.value.code == "signing.pdf_encrypted"
    assert judge(tmp_path / "open.pdf", authority).reason == "NO_SIGNATURE"


def test_signed_and_unsigned_files_are_told_apart_cheaply(signed: Path, paper: Path, tmp_path: Path):
    assert has_signatures(signed)
    assert not has_signatures(paper)
    (tmp_path / "empty").touch()
    assert not has_signatures(tmp_path / "empty")


def test_a_file_that_looks_signed_but_is_cut_short_counts_as_signed(signed: Path, tmp_path: Path):
    data = signed.read_bytes()
    (tmp_path / "cut.pdf").write_bytes(data[:-40])
    assert has_signatures(tmp_path / "cut.pdf")


def test_text_that_only_mentions_a_byte_range_is_not_signed(paper: Path, tmp_path: Path):
    (tmp_path / "mention.pdf").write_bytes(paper.read_bytes() + b"% /ByteRange\n")
    assert not has_signatures(tmp_path / "mention.pdf")


def test_validating_writes_no_names_into_the_log(
    signed: Path, authority: TestAuthority, person: Held, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    changed = changed_afterwards(sign_otherwise(signed, tmp_path / "two.pdf", person), tmp_path / "changed.pdf", _change_page)
    with caplog.at_level(logging.DEBUG):
        assert judge(changed, authority).verdict is Outcome.FAILED
    assert [record for record in caplog.records if record.name.startswith("pyhanko")] == []


def test_importing_validation_asks_for_nothing_from_the_network_or_the_screen():
    ran = subprocess.run([sys.executable, "-c", "import sohoa.signing.validation.validate"], capture_output=True, check=True)
    assert (ran.stdout, ran.stderr) == (b"", b"")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_no_changed_byte_among_the_signed_ones_is_ever_ok(
    signed: Path, authority: TestAuthority, tmp_path: Path, place: float, change: int
):
    data = bytearray(signed.read_bytes())
    covered = len(signature_parts(signed)[1])
    first = data.index(b"/Contents <3082") + len(b"/Contents ")
    offset = int(place * covered)
    offset += 0 if offset < first else len(data) - covered  # step over the signature's own value
    data[offset] ^= change
    (tmp_path / "flipped.pdf").write_bytes(data)
    try:
        verdict = judge(tmp_path / "flipped.pdf", authority).verdict
    except SohoaError as refused:
        assert refused.code in {"signing.pdf_damaged", "signing.not_a_pdf", "signing.pdf_encrypted"}
    else:
        assert verdict is not Outcome.OK


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_spoilt_signature_value_ever_makes_a_traceback(
    signed: Path, authority: TestAuthority, tmp_path: Path, data: st.DataObject
):
    raw = bytearray(signed.read_bytes())
    start = raw.index(b"/Contents <3082") + len(b"/Contents <")
    for _ in range(data.draw(st.integers(1, 4))):
        offset = start + data.draw(st.integers(0, 3500))
        raw[offset] = data.draw(st.sampled_from(b"0123456789ABCDEF"))
    (tmp_path / "spoilt.pdf").write_bytes(raw)
    report = judge(tmp_path / "spoilt.pdf", authority)
    assert len(report.signatures) == 1
