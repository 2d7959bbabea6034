"""The printed report says what was found, in both languages, to people who see no colours, whatever names the file brings."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import FileReport, Role, SignatureReport
from sohoa.signing.validation.explain import FINDINGS
from sohoa.signing.validation.report_pdf import MOST_SIGNATURES, Fonts, Judged, ReportFontMissing, report_pdf
from sohoa.signing.validation.trust import describe_roots
from sohoa.signing.validation.validate import validate_pdf
from sohoa.signing.validation.within_limits import gave_up
from tests.signing.pki import NOW, YEAR, Held, issue
from tests.signing.test_explain import DOUBTFUL, GOOD, TAMPERED

CROSCORE = Path("/usr/share/fonts/truetype/croscore")
ARIMO = Fonts(CROSCORE / "Arimo-Regular.ttf", CROSCORE / "Arimo-Bold.ttf")
JUDGED = Judged("quyet-dinh.pdf", "ab" * 32, 123_456, NOW)


def of(*signatures: SignatureReport) -> FileReport:
    worst = next((one for one in (TAMPERED, DOUBTFUL) if one.verdict in [each.verdict for each in signatures]), GOOD)
    return FileReport(worst.verdict, signatures)


def text(tmp_path: Path, report: FileReport, *, lang: str = "vi", judged: Judged = JUDGED) -> str:
    (tmp_path / "report.pdf").write_bytes(report_pdf(report, judged, fonts=ARIMO, lang=lang))
    ran = subprocess.run(["pdftotext", "-layout", tmp_path / "report.pdf", "-"], capture_output=True, check=True, timeout=20)
    return ran.stdout.decode()


def pages(tmp_path: Path) -> int:
    ran = subprocess.run(["pdfinfo", tmp_path / "report.pdf"], capture_output=True, check=True, timeout=20)
    return int(next(line.split()[1] for line in ran.stdout.decode().splitlines() if line.startswith("Pages:")))


def test_a_good_file_is_told_on_one_page_with_everything_that_was_checked(tmp_path: Path):
    told = text(tmp_path, of(GOOD))
    assert pages(tmp_path) == 1
    for expected in (
        *("PHIẾU KẾT QUẢ KIỂM TRA CHỮ KÝ SỐ", "HỢP LỆ", "quyet-dinh.pdf", "ab" * 32, "123.456 byte", "2026-03-05T09:30:00+07:00"),
        *("Nguyễn Thị Mẫu – cá nhân – HỢP LỆ", "09:30:00 ngày 05/03/2026, do người ký khai", "Phần đã ký còn nguyên vẹn."),
        *("Dẫn đến chứng thư gốc tin cậy", "Toàn bộ tệp.", "PAdES-B-B", "Không cần làm gì thêm."),
    ):
        assert expected in told


@pytest.mark.parametrize(
    ("report", "heading", "advice"),
    [
        (of(TAMPERED), "KHÔNG HỢP LỆ", "Không dùng tệp này làm kết quả."),
        (of(DOUBTFUL), "CHƯA XÁC ĐỊNH ĐƯỢC", "Thêm chứng thư gốc của nơi cấp"),
        (FileReport(Outcome.UNDETERMINED), "CHƯA XÁC ĐỊNH ĐƯỢC", "Tệp chưa được ký số"),
        (gave_up("LIMIT_EXCEEDED"), "CHƯA XÁC ĐỊNH ĐƯỢC", "Xin bản khác của tệp"),
    ],
    ids=["tampered", "doubtful", "unsigned", "too complex"],
)
def test_what_is_not_good_says_so_in_words_and_says_what_to_do(tmp_path: Path, report: FileReport, heading: str, advice: str):
    told = text(tmp_path, report)
    assert heading in told
    assert advice in " ".join(told.split())
    assert "HASH_FAILURE" not in told or report.reason == "HASH_FAILURE"


def test_a_file_beyond_the_limits_is_not_said_to_have_a_signature(tmp_path: Path):
    assert (
        "1." not in text(tmp_path, gave_up("LIMIT_EXCEEDED")).split("Việc cần làm")[0].split("SHA-256")[1].split("Gốc tin cậy")[1]
    )


def test_the_reason_stands_in_words_with_the_name_that_the_standard_has_for_it(tmp_path: Path):
    told = " ".join(text(tmp_path, of(TAMPERED)).split())
    assert f"{FINDINGS['HASH_FAILURE']['vi']} [HASH_FAILURE]" in told


def test_the_english_report_has_no_vietnamese_words_of_ours(tmp_path: Path):
    told = text(tmp_path, of(replace(GOOD, signer="Signer"), replace(DOUBTFUL, signer="Other")), lang="en")
    assert "SIGNATURE VALIDATION REPORT" in told
    assert "as the signer claims" in told
    assert not set(told) & set("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")


def test_roots_are_named_and_an_expired_one_is_told(tmp_path: Path, root: Held):
    old = issue("Gốc cũ", 52, ca=True, end=NOW - YEAR / 2)
    judged = replace(JUDGED, roots=describe_roots([root.certificate, old.certificate]))
    told = " ".join(text(tmp_path, of(GOOD), judged=judged).split())
    assert "Gốc khác (" in told
    assert "Gốc cũ (" in told
    assert told.count("đã hết hạn") == 1


@pytest.mark.parametrize(
    "name", ["", "A" * 5000, "x\u202egnp.exe", "a\x00b\nc\td", "签名者 😀 אבג", "{nb} **x** %s", "Nguyễn " * 300], ids=range(7)
)
def test_a_name_made_to_break_the_report_does_not(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture):
    told = text(tmp_path, of(replace(GOOD, signer=name)), judged=replace(JUDGED, file=name))
    assert "HỢP LỆ" in told
    assert "\u202e" not in told
    assert pages(tmp_path) <= 2
    assert not [record for record in caplog.records if "missing" in record.getMessage()]


def test_a_file_with_thousands_of_signatures_gives_a_report_of_a_few_pages(tmp_path: Path):
    told = text(tmp_path, of(*[GOOD] * 3000))
    assert f"Còn {3000 - MOST_SIGNATURES} chữ ký khác" in told
    assert pages(tmp_path) <= 12


def test_the_same_values_give_the_same_bytes():
    assert report_pdf(of(GOOD), JUDGED, fonts=ARIMO) == report_pdf(of(GOOD), JUDGED, fonts=ARIMO)


def test_the_verdicts_differ_in_grey_too(tmp_path: Path):
    # The drawn sign in the banner, rasterised without colour: three verdicts, three pictures.
    seen = set()
    for report in (of(GOOD), of(TAMPERED), of(DOUBTFUL)):
        (tmp_path / "report.pdf").write_bytes(report_pdf(report, JUDGED, fonts=ARIMO))
        window = ["-x", "60", "-y", "75", "-W", "40", "-H", "40"]
        command = ["pdftoppm", "-r", "72", "-mono", *window, tmp_path / "report.pdf"]
        seen.add(subprocess.run(command, capture_output=True, check=True, timeout=20).stdout)
    assert len(seen) == 3


def test_a_missing_font_has_a_code_and_a_way_out(tmp_path: Path):
    with pytest.raises(ReportFontMissing) as refused:
        report_pdf(of(GOOD), JUDGED, fonts=Fonts(tmp_path / "gone.ttf", tmp_path / "gone.ttf"))
    assert refused.value.as_dict()["code"] == "signing.report_font_missing"
    (tmp_path / "broken.ttf").write_bytes(b"\x00\x01\x00\x00" + b"rubbish" * 50)
    with pytest.raises(ReportFontMissing):
        report_pdf(of(GOOD), JUDGED, fonts=Fonts(tmp_path / "broken.ttf", tmp_path / "broken.ttf"))


def test_a_real_signature_is_printed_with_its_timestamp_as_the_source_of_time(tmp_path: Path, signed: Path, authority: object):
    report = validate_pdf(signed, trust=[authority.root_pem], now=NOW)
    told = text(tmp_path, FileReport(report.verdict, (replace(report.signatures[0], time_source="timestamp", role=Role.AGENCY),)))
    assert "theo dấu thời gian" in told
    assert "cơ quan, tổ chức" in told
