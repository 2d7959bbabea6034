from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sohoa.kernel.errors import all_errors
from sohoa.kernel.verdicts import Outcome
from sohoa.signing import validation
from sohoa.signing.model import FileReport, Revocation, Role, SignatureReport
from sohoa.signing.names import role_of
from sohoa.signing.validation.explain import FINDINGS, explain
from tests.signing.pki import NOW

GOOD = SignatureReport(
    field="NguoiKy",
    signer="Nguyễn Thị Mẫu",
    role=Role.PERSON,
    signing_time=NOW,
    time_source="claimed",
    integrity=Outcome.OK,
    chain=Outcome.OK,
    revocation=Revocation.NOT_CHECKED,
    covers_whole_document=True,
    modified_after_signing=False,
    level="PAdES-B-B",
    verdict=Outcome.OK,
    reason="",
)
TAMPERED = replace(
    GOOD, integrity=Outcome.FAILED, chain=Outcome.OK, verdict=Outcome.FAILED, reason="HASH_FAILURE", findings=("HASH_FAILURE",)
)
DOUBTFUL = replace(
    GOOD,
    chain=Outcome.UNDETERMINED,
    revocation=Revocation.UNDETERMINED,
    verdict=Outcome.UNDETERMINED,
    reason="NO_CERTIFICATE_CHAIN_FOUND",
    findings=("NO_CERTIFICATE_CHAIN_FOUND",),
)


def test_a_good_signature_in_vietnamese():
    assert explain(GOOD) == [
        "Chữ ký của Nguyễn Thị Mẫu: hợp lệ.",
        "Thời điểm ký: 09:30:00 ngày 05/03/2026, do người ký khai.",
        "Chữ ký bao trùm toàn bộ tệp.",
        "Không kiểm tra thu hồi: chứng thư không nêu nơi tra cứu.",
    ]


def test_a_tampered_file_in_vietnamese_is_not_to_be_used():
    assert explain(FileReport(Outcome.FAILED, (TAMPERED,)))[:3] == [
        "Tệp có 1 chữ ký, trong đó có chữ ký không hợp lệ. Không dùng làm kết quả.",
        "Chữ ký của Nguyễn Thị Mẫu: không hợp lệ.",
        "Tệp đã bị sửa sau khi ký. Không dùng làm kết quả.",
    ]


def test_an_unknown_root_in_vietnamese_says_that_the_content_is_unchanged():
    lines = explain(FileReport(Outcome.UNDETERMINED, (DOUBTFUL,)))
    assert lines[0] == "Tệp có 1 chữ ký, trong đó có chữ ký chưa xác định được."
    assert lines[1] == "Chữ ký của Nguyễn Thị Mẫu: chưa xác định được."
    assert "Không có chứng thư gốc của cơ quan ký." in lines[2]
    assert lines[2].endswith("Nội dung đã ký chưa bị sửa.")


def test_an_unsigned_file_in_both_languages():
    unsigned = FileReport(Outcome.UNDETERMINED)
    assert explain(unsigned) == ["Tệp không có chữ ký số."]
    assert explain(unsigned, "en") == ["The file carries no digital signature."]


def test_a_proven_time_is_told_apart_from_a_claimed_one():
    stamped = replace(GOOD, time_source="timestamp")
    assert "Thời điểm ký: 09:30:00 ngày 05/03/2026, theo dấu thời gian." in explain(stamped)
    assert "Time of signing: 2026-03-05 09:30:00 (+07:00), proven by a timestamp." in explain(stamped, "en")
    assert "Chữ ký không cho biết thời điểm ký." in explain(replace(GOOD, signing_time=None))


@pytest.mark.parametrize("report", [GOOD, TAMPERED, DOUBTFUL])
@pytest.mark.parametrize("role", Role)
def test_every_outcome_and_role_is_said_in_both_languages(report: SignatureReport, role: Role):
    for lang in ("vi", "en"):
        lines = explain(FileReport(report.verdict, (replace(report, role=role, signer=""),)), lang)
        assert all(line.endswith(".") and "{" not in line and "!" not in line for line in lines)


def test_every_reason_that_the_code_can_give_has_a_sentence():
    told = {
        node.value
        for file in Path(validation.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[A-Z]+(_[A-Z0-9]+)+", node.value)
    }
    assert {"HASH_FAILURE", "MODIFIED_AFTER_SIGNING"} <= told
    assert told - {"NO_SIGNATURE", "LC_ALL"} <= set(FINDINGS)


def test_an_unforeseen_reason_is_still_said():
    assert "Có điểm chưa kiểm tra được trong chữ ký." in explain(replace(DOUBTFUL, findings=("POLICY_PROCESSING_ERROR",)))[1]


def test_no_sentence_says_that_changed_content_is_unchanged():
    modified = replace(DOUBTFUL, verdict=Outcome.FAILED, modified_after_signing=True, findings=("MODIFIED_AFTER_SIGNING",))
    assert not any("chưa bị sửa" in line for line in explain(modified))


@pytest.mark.parametrize(
    ("name", "field", "role"),
    [
        ("Ủy ban nhân dân tỉnh Quảng Ngãi", "Signature1", Role.AGENCY),
        ("TRUNG TÂM CÔNG BÁO VÀ TIN HỌC", "Signature2", Role.AGENCY),
        ("Nguyễn Phước Bình", "Signature1", Role.PERSON),
        ("Nguyễn Phước Bình", "CoQuan", Role.AGENCY),
        ("Sở Tư pháp", "NguoiKy", Role.PERSON),
        ("", "Signature1", Role.UNKNOWN),
    ],
)
def test_for_whom_a_signature_speaks(name: str, field: str, role: Role):
    assert role_of(name, field=field) is role


def test_every_error_of_signing_has_its_four_sentences_and_a_code_of_its_own():
    ours = [error for error in all_errors() if error.__module__.startswith("sohoa.signing")]
    assert len({error.code for error in ours}) == len(ours) >= 13
    for error in ours:
        assert error.code.startswith("signing.")
        for sentence in (error.vi, error.en, error.remedy, error.remedy_en):
            # A placeholder at the end hands on the sentence of another error, which is in this list too.
            assert sentence.endswith((".", "}"))
            assert "!" not in sentence
