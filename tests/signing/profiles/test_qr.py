from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pikepdf.pdfa
import pytest
import zxingcpp

from sohoa.ocr.understanding.codes.paper import paper_says
from sohoa.signing.opening import FileUnreadable, NotAPdf
from sohoa.signing.profiles.look import POINTS
from sohoa.signing.profiles.place import NoRoomForStamp
from sohoa.signing.profiles.qr import QrAfterSigning, QrEmpty, QrPayload, QrTooLong, print_qr
from tests.signing.profiles.papers import A3, blank, changed_dots, crowded, dark, decision, facts, scanned, seen, stamped

PAYLOAD = QrPayload(
    dossier_code="H40.12-260105-0012",
    procedure_code="1.004194",
    applicant="022123451234",
    document_name="Giấy phép xây dựng",
    system="Hệ thống thông tin giải quyết TTHC tỉnh Quảng Ngãi",
    issued=datetime(2026, 1, 9, 1, 30, tzinfo=UTC),
    valid_from=date(2026, 1, 9),
    valid_to=date(2027, 1, 9),
    scope="Toàn quốc",
)


def read(picture) -> list[str]:
    return [one.text for one in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize(
    "how", [{}, {"rotate": 90}, {"rotate": 180}, {"rotate": 270, "offset": (40, -30), "margin": 20}, {"unit": 2.0}]
)
def test_the_code_is_printed_top_left_and_read_again(tmp_path: Path, how: dict[str, object]) -> None:
    paper = scanned(tmp_path / "p.pdf", decision(tint=225), **how)
    box = print_qr(paper, tmp_path / "q.pdf", PAYLOAD)
    unit = how.get("unit", 1.0)
    before, after = seen(paper, dpi=200, unit=unit), seen(tmp_path / "q.pdf", dpi=200, unit=unit)
    assert read(after.pixels) == [PAYLOAD.text()]
    assert box[0] < 40 and box[1] < 120
    changed = changed_dots(before, after)
    ys, xs = np.nonzero(changed)
    assert xs.min() / before.zoom >= box[0] - 0.6 and xs.max() / before.zoom <= box[2] + 0.6
    assert ys.min() / before.zoom >= box[1] - 0.6 and ys.max() / before.zoom <= box[3] + 0.6
    assert not dark(before.part(box)).any()
    assert pikepdf.pdfa.validate_written(tmp_path / "q.pdf", "2b").passed


def test_it_is_large_enough_for_print_and_scan(tmp_path: Path) -> None:
    """20 mm at least, and still read when a poor scanner blurred it and lost contrast."""
    paper = scanned(tmp_path / "p.pdf", decision())
    short = QrPayload("H40.12-260105-0012")
    box = print_qr(paper, tmp_path / "q.pdf", short)
    page = seen(tmp_path / "q.pdf", dpi=200)
    black = dark(page.part(box), 100)
    columns = np.flatnonzero(black.any(axis=0))
    assert (columns[-1] - columns[0] + 1) / page.zoom / POINTS >= 19.9  # a dot is 0.13 mm
    chance = np.random.default_rng(3)
    poor = cv2.GaussianBlur(page.pixels, (0, 0), 1.2).astype(float) * 0.6 + 70 + chance.normal(0, 12, page.pixels.shape)
    assert read(np.clip(poor, 0, 255).astype(np.uint8)) == [short.text()]


def test_intake_reads_back_what_was_printed() -> None:
    said = paper_says(PAYLOAD.text())
    assert said is not None
    assert (said.dossier_code, said.applicant, said.document_name) == ("H40.12-260105-0012", "022123451234", "Giấy phép xây dựng")
    assert (said.issued, said.valid_to, said.scope) == ("2026-01-09T08:30:00+07:00", date(2027, 1, 9), "Toàn quốc")
    assert paper_says(QrPayload("H40.12-260105-0012", document_name="50% | nhà\nở").text()).document_name == "50% | nhà ở"


def test_only_what_the_office_decided_goes_into_the_code() -> None:
    text = PAYLOAD.text(only=("procedure_code", "issued"))
    assert text == "SOHOA-HS1|H=H40.12-260105-0012|T=1.004194|C=2026-01-09T08:30:00+07:00"


def test_a_code_without_its_dossier_is_refused() -> None:
    with pytest.raises(QrEmpty):
        QrPayload(" ").text()


def test_a_signed_file_is_not_printed_on(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    _, signed = stamped(profiles["capture_signature"], office_paper, tmp_path / "s.pdf", officer, facts())
    with pytest.raises(QrAfterSigning):
        print_qr(signed, tmp_path / "q.pdf", PAYLOAD)
    assert not (tmp_path / "q.pdf").exists()


def test_the_officer_signs_beside_the_code_and_not_on_it(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    box = print_qr(office_paper, tmp_path / "q.pdf", PAYLOAD)
    where, signed = stamped(profiles["capture_signature"], tmp_path / "q.pdf", tmp_path / "s.pdf", officer, facts())
    assert where.seen[2] <= box[0] or box[2] <= where.seen[0] or where.seen[3] <= box[1] or box[3] <= where.seen[1]
    assert read(seen(signed, dpi=200).pixels) == [PAYLOAD.text()]


def test_places_that_must_stay_free_stay_free(tmp_path: Path) -> None:
    paper = scanned(tmp_path / "p.pdf", blank())
    box = print_qr(paper, tmp_path / "q.pdf", PAYLOAD, avoid=[(0, 0, 595, 80)])
    assert box[0] == 12 and 83 <= box[1] <= 85


def test_without_room_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(NoRoomForStamp):
        print_qr(scanned(tmp_path / "p.pdf", crowded()), tmp_path / "q.pdf", PAYLOAD)
    assert [path.name for path in tmp_path.iterdir()] == ["p.pdf"]


def test_too_much_for_a_readable_code_is_refused(office_paper: Path, tmp_path: Path) -> None:
    for scope in ("Toàn quốc. " * 60, "Toàn quốc. " * 400):
        with pytest.raises(QrTooLong):
            print_qr(office_paper, tmp_path / "q.pdf", QrPayload("H40.12-260105-0012", scope=scope))


def test_the_second_page_of_a_large_paper_can_have_it(tmp_path: Path) -> None:
    paper = scanned(tmp_path / "p.pdf", decision(A3), pages=2)
    print_qr(paper, tmp_path / "q.pdf", PAYLOAD, page=1)
    assert read(seen(tmp_path / "q.pdf", page=1, dpi=150).pixels) == []
    assert read(seen(tmp_path / "q.pdf", page=2, dpi=200).pixels) == [PAYLOAD.text()]


def test_files_that_are_none_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        print_qr(tmp_path / "nothing.pdf", tmp_path / "q.pdf", PAYLOAD)
    (tmp_path / "text.pdf").write_text("xin chào")
    with pytest.raises(NotAPdf):
        print_qr(tmp_path / "text.pdf", tmp_path / "q.pdf", PAYLOAD)


def test_the_same_code_on_the_same_page_is_the_same_file(tmp_path: Path) -> None:
    """Signing goes by the hash of what is signed: a page printed anew must not become another paper."""
    paper = scanned(tmp_path / "a.pdf", decision())
    made = []
    for name in ("b.pdf", "c.pdf"):
        print_qr(paper, tmp_path / name, PAYLOAD)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
