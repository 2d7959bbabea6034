"""Each profile on each kind of page, signed and drawn by poppler: the stamp lies where it belongs and on nothing else."""

from __future__ import annotations

import subprocess
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from sohoa.signing.opening import PdfDamaged, opened
from sohoa.signing.profiles.facts import SignatureBlock
from sohoa.signing.profiles.font import LetterNotInFont, signature_font
from sohoa.signing.profiles.look import POINTS, look_for
from sohoa.signing.profiles.picture import StampImageUnusable
from sohoa.signing.profiles.place import NoRoomForStamp
from sohoa.signing.profiles.wording import StampFactMissing
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.profiles.papers import (
    A3,
    A4,
    BLOCK,
    WHEN,
    blank,
    changed_dots,
    crowded,
    dark,
    decision,
    facts,
    look,
    scanned,
    seal_png,
    seen,
    sign,
    signature_png,
    stamped,
)

TEXT_PROFILES = ("capture_signature", "true_copy", "converted", "archive_signature", "attachment")
LANDSCAPE = (A4[1], A4[0])
PAGES = {
    "portrait": {},
    "landscape": {"size": LANDSCAPE},
    "A3": {"size": A3},
    "turned-90": {"rotate": 90},
    "turned-180": {"rotate": 180},
    "turned-270": {"rotate": 270},
    "crop-elsewhere": {"offset": (133.5, -72.25), "margin": 40, "rotate": 90},
    "in-larger-units": {"unit": 4.0},
    "grey-paper": {"tint": 205},
}


def page_of(path: Path, *, size: tuple[float, float] = A4, tint: int = 255, **how: object) -> Path:
    return scanned(path, decision(size, tint=tint), **how)


def said_of(path: Path) -> str:
    out = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return unicodedata.normalize("NFC", out)


def only_in_its_box(before: Path, after: Path, box, *, unit: float = 1.0) -> np.ndarray:
    """The part of the picture within the stamp's box; asserts that nothing else changed and that no ink was there."""
    old, new = seen(before, unit=unit), seen(after, unit=unit)
    changed = changed_dots(old, new)
    grown = box[0] - 0.6, box[1] - 0.6, box[2] + 0.6, box[3] + 0.6
    inside = np.zeros_like(changed)
    x0, y0, x1, y1 = (round(side * old.zoom) for side in grown)
    inside[max(0, y0) : y1, max(0, x0) : x1] = True
    assert not (changed & ~inside).any()
    assert not dark(old.part(grown)).any()
    return new.part(box)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["capture_signature", "true_copy"])
def test_the_stamp_stands_upright_in_its_corner_and_covers_nothing(profiles, officer, tmp_path: Path, name: str, page: str) -> None:
    paper = page_of(tmp_path / "p.pdf", **PAGES[page])
    width, _ = PAGES[page].get("size", A4)
    where, signed = stamped(profiles[name], paper, tmp_path / "s.pdf", officer, facts())
    drawn = only_in_its_box(paper, signed, where.seen, unit=PAGES[page].get("unit", 1.0))
    assert where.size == 10.0
    assert where.seen[1] >= 12 and where.seen[3] < 62  # in the margin above the headings
    assert where.seen[0] == 12 if name == "capture_signature" else where.seen[2] == pytest.approx(width - 12, abs=1)
    plain = scanned(tmp_path / "plain.pdf", blank(tint=PAGES[page].get("tint", 255)))
    _, upright = stamped(profiles[name], plain, tmp_path / "u.pdf", officer, facts())
    expected = seen(upright).part(where.seen if name == "capture_signature" else look(profiles[name], plain, facts()).seen)
    rows, columns = (min(sides) for sides in zip(drawn.shape[:2], expected.shape[:2], strict=True))
    alike = dark(drawn[:rows, :columns], 110), dark(expected[:rows, :columns], 110)
    assert alike[1].mean() > 0.03
    # The same words, the same way up: their rows of letters and gaps follow one another.
    profile_of = [ink.sum(axis=1).astype(float) for ink in alike]
    assert np.corrcoef(*profile_of)[0, 1] > 0.85


@pytest.mark.parametrize("name", TEXT_PROFILES)
def test_a_stamp_says_what_its_law_asks_for(profiles, officer, office_paper: Path, tmp_path: Path, name: str) -> None:
    _, signed = stamped(
        profiles[name], office_paper, tmp_path / "s.pdf", officer, facts(captured=datetime(2026, 3, 5, 1, tzinfo=UTC))
    )
    expected = {
        "capture_signature": ["Người sao chụp: Nguyễn Thị Mẫu", "Thời gian sao chụp: 2026-03-05T08:00:00+07:00"],
        "true_copy": ["SAO Y", "Ủy ban nhân dân xã Ba Vinh", "2026-03-05T09:30:00+07:00"],
        "converted": [
            "Được chuyển đổi từ văn bản giấy",
            "Thời gian chuyển đổi: 2026-03-05T08:00:00+07:00",
            "Người chuyển đổi: Ủy ban nhân dân xã Ba Vinh",
        ],
        "archive_signature": ["Ủy ban nhân dân xã Ba Vinh", "2026-03-05T09:30:00+07:00"],
        "attachment": ["05/QĐ-UBND", "2026-03-05T09:30:00+07:00"],
    }[name]
    assert [line.strip() for line in said_of(signed).splitlines() if line.strip()] == expected


def test_the_symbol_of_conversion_joins_a_true_copy_when_asked(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    _, signed = stamped(profiles["true_copy"], office_paper, tmp_path / "s.pdf", officer, facts(converted=True))
    assert "Được chuyển đổi từ văn bản giấy" in said_of(signed)


def test_text_is_black_upright_tinos_of_ten_points(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    _, signed = stamped(profiles["true_copy"], office_paper, tmp_path / "s.pdf", officer, facts())
    with pikepdf.open(signed) as pdf:
        form = pdf.pages[0].Annots[0].AP.N
        content = form.read_bytes().decode("ascii")
        (font,) = form.Resources.Font.values()
        assert "/F0 10 Tf" in content and "/Black cs 0 sc" in content
        assert str(font.BaseFont)[7:] == "+Tinos-Regular"
        assert "XObject" not in form.Resources
        assert len(font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()) < 10_000


def test_a_stamp_is_an_annotation_as_pdfa_wants_it(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    _, signed = stamped(profiles["seal_top_right"], office_paper, tmp_path / "s.pdf", officer, facts(image=seal_png()))
    with pikepdf.open(signed) as pdf:
        widget = pdf.pages[0].Annots[0]
        assert int(widget.F) & 0b111111 == 0b100  # Print, and neither Hidden, Invisible, NoView, NoZoom nor NoRotate
        assert list(widget.AP.keys()) == ["/N"]
        image = widget.AP.N.Resources.XObject.Im0
        assert "/SMask" in image and "/Interpolate" not in image and "/Group" not in widget.AP.N
        assert image.ColorSpace[1][0] == "/CalRGB"


def test_without_an_output_intent_nothing_is_half_transparent(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    with pikepdf.open(office_paper) as pdf:
        del pdf.Root.OutputIntents
        pdf.save(tmp_path / "p.pdf")
    _, signed = stamped(profiles["seal_top_right"], tmp_path / "p.pdf", tmp_path / "s.pdf", officer, facts(image=seal_png()))
    with pikepdf.open(signed) as pdf:
        image = pdf.pages[0].Annots[0].AP.N.Resources.XObject.Im0
        assert "/SMask" not in image and image.Mask.ImageMask is True


@pytest.mark.parametrize("name", ["capture_signature", "true_copy"])
def test_where_text_reaches_the_edges_signing_is_refused_with_a_way_out(profiles, tmp_path: Path, name: str) -> None:
    paper = scanned(tmp_path / "p.pdf", crowded())
    with pytest.raises(NoRoomForStamp) as refused:
        look(profiles[name], paper, facts())
    told = refused.value.as_dict()
    assert told["code"] == "signing.no_room_for_stamp"
    assert "invisible" in told["remedy"]


def test_where_the_margin_is_taken_the_stamp_moves_within_its_corner(profiles, officer, tmp_path: Path) -> None:
    paper = scanned(tmp_path / "p.pdf", decision(top=20))
    where, signed = stamped(profiles["true_copy"], paper, tmp_path / "s.pdf", officer, facts())
    only_in_its_box(paper, signed, where.seen)
    assert where.size == 10.0
    assert where.seen[0] >= A4[0] / 2 and 48 < where.seen[1] < where.seen[3] < A4[1] / 4


def test_where_there_is_little_room_the_stamp_wraps_then_shrinks(profiles, officer, tmp_path: Path) -> None:
    narrow = scanned(tmp_path / "narrow.pdf", blank((180, 300)))
    told = facts(agency="Ủy ban nhân dân xã Ba Vinh, tỉnh Quảng Ngãi")
    where, signed = stamped(profiles["true_copy"], narrow, tmp_path / "s.pdf", officer, told)
    only_in_its_box(narrow, signed, where.seen)
    assert 6.0 <= where.size < 10.0
    assert where.seen[0] >= 90


def test_a_page_that_is_too_small_is_refused(profiles, tmp_path: Path) -> None:
    with pytest.raises(NoRoomForStamp):
        look(profiles["true_copy"], scanned(tmp_path / "p.pdf", blank((60, 40))), facts())


def test_long_names_wrap_between_words_and_stay_in_their_half(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    name = "Trung tâm Phục vụ hành chính công phường Nghĩa Lộ trực thuộc Ủy ban nhân dân phường Nghĩa Lộ, tỉnh Quảng Ngãi"
    where, signed = stamped(profiles["archive_signature"], office_paper, tmp_path / "s.pdf", officer, facts(agency=name))
    only_in_its_box(office_paper, signed, where.seen)
    assert where.size == 10.0 and where.seen[0] >= A4[0] / 2
    lines = [line.strip() for line in said_of(signed).splitlines() if line.strip()]
    assert " ".join(lines[:-1]) == name and lines[-1] == "2026-03-05T09:30:00+07:00"


def test_a_word_wider_than_its_corner_is_broken(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    where, signed = stamped(profiles["attachment"], office_paper, tmp_path / "s.pdf", officer, facts(number="1234567890/" * 9))
    only_in_its_box(office_paper, signed, where.seen)
    assert "".join(said_of(signed).split()).startswith("1234567890/" * 9)


def test_composed_and_decomposed_names_make_the_same_stamp(profiles, officer, office_paper: Path, tmp_path: Path) -> None:
    pictures = []
    for form in ("NFC", "NFD"):
        told = facts(signer=unicodedata.normalize(form, "Nguyễn Thị Thuỷ Hường"))
        where, signed = stamped(profiles["capture_signature"], office_paper, tmp_path / f"{form}.pdf", officer, told)
        pictures.append(seen(signed).part(where.seen))
    assert np.array_equal(*pictures)


def test_a_name_that_the_font_cannot_write_is_refused_before_anything_is_drawn(profiles, office_paper: Path) -> None:
    with pytest.raises(LetterNotInFont):
        look(profiles["capture_signature"], office_paper, facts(signer="Nguyễn 明"))


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("capture_signature", {"signer": " \u200b"}),
        ("true_copy", {"agency": ""}),
        ("true_copy", {"copy_form": None}),
        ("attachment", {"number": ""}),
        ("converted", {"agency": "", "signer": ""}),
        ("issuance_person", {"block": BLOCK}),
        ("issuance_person", {"image": signature_png()}),
        ("issuance_agency", {"image": seal_png()}),
    ],
)
def test_what_the_law_wants_shown_must_be_known(profiles, office_paper: Path, name: str, lacking: dict[str, object]) -> None:
    with pytest.raises(StampFactMissing) as refused:
        look(profiles[name], office_paper, facts(**lacking))
    assert refused.value.code == "signing.stamp_fact_missing"


def test_an_image_that_would_hide_the_paper_is_refused(profiles, office_paper: Path) -> None:
    with pytest.raises(StampImageUnusable):
        look(profiles["issuance_person"], office_paper, facts(block=BLOCK, image=b"\x89PNG"))


def test_person_then_agency_sign_and_both_stay_valid(
    profiles, trusted, officer, agency, office_paper: Path, tmp_path: Path
) -> None:
    told = facts(block=BLOCK, image=signature_png())
    hand, first = stamped(profiles["issuance_person"], office_paper, tmp_path / "first.pdf", officer, told)
    seal, second = stamped(profiles["issuance_agency"], first, tmp_path / "second.pdf", agency, facts(image=seal_png()))
    only_in_its_box(office_paper, first, hand.seen)
    # The hand: blue, centred between position and name.
    assert BLOCK.position[3] <= hand.seen[1] and hand.seen[3] <= BLOCK.name[1]
    assert (hand.seen[0] + hand.seen[2]) / 2 == pytest.approx(420, abs=1)
    assert (hand.seen[1] + hand.seen[3]) / 2 == pytest.approx((BLOCK.position[3] + BLOCK.name[1]) / 2, abs=1)
    blue = seen(first).part(hand.seen).astype(int)
    assert ((blue[..., 2] - blue[..., 0]) > 80).mean() > 0.01
    # The seal: red, 36 mm, over a third of it on the left; the hand shows through.
    assert seal.seen[2] - seal.seen[0] == pytest.approx(36 * POINTS, abs=0.5)
    covered = (seal.seen[2] - hand.seen[0]) / (hand.seen[2] - hand.seen[0])
    assert covered == pytest.approx(1 / 3, abs=0.01)
    red = seen(second).part(seal.seen).astype(int)
    assert ((red[..., 0] - red[..., 2]) > 80).mean() > 0.03
    shared = seal.seen[2] - (seal.seen[2] - hand.seen[0]), hand.seen[1], seal.seen[2], hand.seen[3]
    through = seen(second).part(shared).astype(int)
    assert ((through[..., 2] - through[..., 0]) > 80).any()
    report = validate_pdf(second, trust=[trusted.pem(tmp_path / "root.pem")], now=WHEN)
    assert [(one.integrity.value, one.modified_after_signing) for one in report.signatures] == [("ok", False), ("ok", False)]


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_hand_and_seal_stand_upright_on_turned_pages_too(profiles, officer, agency, tmp_path: Path, rotate: int) -> None:
    paper = scanned(tmp_path / "p.pdf", decision(), rotate=rotate, offset=(50, 60))
    told = facts(block=BLOCK, image=signature_png())
    hand, first = stamped(profiles["issuance_person"], paper, tmp_path / "1.pdf", officer, told)
    seal, second = stamped(profiles["issuance_agency"], first, tmp_path / "2.pdf", agency, facts(image=seal_png()))
    straight = scanned(tmp_path / "q.pdf", decision())
    _, one = stamped(profiles["issuance_person"], straight, tmp_path / "3.pdf", officer, told)
    _, two = stamped(profiles["issuance_agency"], one, tmp_path / "4.pdf", agency, facts(image=seal_png()))
    box = seal.seen[0], min(seal.seen[1], hand.seen[1]), hand.seen[2], max(seal.seen[3], hand.seen[3])
    turned, upright = seen(second).part(box).astype(int), seen(two).part(box).astype(int)
    for ink in (lambda part: part[..., 0] - part[..., 2] > 60, lambda part: part[..., 2] - part[..., 0] > 60):
        one, other = ink(turned), ink(upright)
        near = cv2.dilate(other.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        assert other.sum() > 300 and one.sum() == pytest.approx(other.sum(), rel=0.1)
        assert (one & near).sum() > 0.98 * one.sum()


def test_a_hand_that_would_not_fit_is_made_smaller_and_a_taken_place_is_refused(profiles, office_paper: Path) -> None:
    tall = facts(block=BLOCK, image=signature_png((400, 400)))
    hand = look(profiles["issuance_person"], office_paper, tall)
    assert hand.seen[3] - hand.seen[1] <= BLOCK.name[1] - BLOCK.position[3]
    no_gap = SignatureBlock(BLOCK.position, (360, 633, 480, 648))
    with pytest.raises(NoRoomForStamp):
        look(profiles["issuance_person"], office_paper, replace(tall, block=no_gap))
    over_text = SignatureBlock((85, 172, 300, 190), (85, 290, 300, 300))
    with pytest.raises(NoRoomForStamp):
        look(profiles["issuance_person"], office_paper, replace(tall, block=over_text))


def test_an_agency_seals_beside_the_place_of_a_person_who_signed_invisibly(profiles, office_paper: Path) -> None:
    seal = look(profiles["issuance_agency"], office_paper, facts(image=seal_png(), block=BLOCK))
    assert (seal.seen[1] + seal.seen[3]) / 2 == pytest.approx(667.5, abs=0.1)
    assert 340 < seal.seen[2] < 420


def test_the_agency_knows_the_real_size_of_its_seal(profiles, office_paper: Path) -> None:
    seal = look(profiles["issuance_agency"], office_paper, facts(image=seal_png(), image_width=30.0, block=BLOCK))
    assert seal.seen[2] - seal.seen[0] == pytest.approx(30 * POINTS, abs=0.1)


def test_a_second_stamp_leaves_the_first_alone(profiles, officer, agency, office_paper: Path, tmp_path: Path) -> None:
    first_at, first = stamped(profiles["true_copy"], office_paper, tmp_path / "1.pdf", agency, facts())
    second_at, second = stamped(profiles["archive_signature"], first, tmp_path / "2.pdf", agency, facts())
    only_in_its_box(first, second, second_at.seen)
    a, b = first_at.seen, second_at.seen
    assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_boxes_that_the_caller_names_stay_free(profiles, tmp_path: Path) -> None:
    paper = scanned(tmp_path / "p.pdf", blank())
    where = look(profiles["capture_signature"], paper, facts(avoid=((0, 0, 595, 80),)))
    assert where.seen[1] >= 83


def test_a_picture_that_is_at_hand_serves_as_well_as_poppler(profiles, office_paper: Path) -> None:
    told = facts()
    with opened(office_paper) as reader:
        grey = np.asarray(decision().convert("L"))
        found = look_for(
            profiles["true_copy"], reader, told, font=signature_font(), paper=office_paper, picture=lambda page: (grey, None)[page]
        )
    assert found.seen == pytest.approx(look(profiles["true_copy"], office_paper, told).seen, abs=1)


def test_an_empty_field_made_beforehand_takes_no_stamp_of_another_and_gets_its_own(
    profiles, agency, office_paper, tmp_path
) -> None:
    prepared = tmp_path / "prepared.pdf"
    with office_paper.open("rb") as handle, prepared.open("wb") as out:
        writer = IncrementalPdfFileWriter(handle)
        append_signature_field(writer, SigFieldSpec("CoQuan", on_page=0, box=(380, 784, 585, 835)))
        writer.write(out)
    own = look(profiles["true_copy"], prepared, facts())
    assert own.existing and own.box == pytest.approx((380, 784, 585, 835))
    signed = sign(prepared, tmp_path / "s.pdf", own, agency, field="CoQuan")
    only_in_its_box(office_paper, signed, own.seen)
    assert said_of(signed).split()[0] == "SAO"
    other = look(profiles["archive_signature"], prepared, facts())
    assert not other.existing
    assert other.seen[1] >= own.seen[3] or other.seen[2] <= own.seen[0]


def test_an_invisible_signature_leaves_the_page_as_it_was(profiles, agency, office_paper: Path, tmp_path: Path) -> None:
    where, signed = stamped(profiles["invisible"], office_paper, tmp_path / "s.pdf", agency, facts())
    assert (where.box, where.style) == (None, None)
    assert not changed_dots(seen(office_paper), seen(signed)).any()


@pytest.mark.parametrize("name", ["capture_signature", "true_copy", "issuance_person", "issuance_agency", "seal_top_right"])
def test_a_test_key_says_on_its_stamp_that_it_is_worth_nothing(profiles, officer, office_paper, tmp_path: Path, name: str) -> None:
    image = signature_png() if name == "issuance_person" else seal_png()
    told = facts(block=BLOCK, image=image, without_legal_value=True)
    _, signed = stamped(profiles[name], office_paper, tmp_path / "s.pdf", officer, told)
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in " ".join(said_of(signed).split())


def test_issuance_signs_the_last_page_and_copies_the_first(profiles, tmp_path: Path) -> None:
    paper = scanned(tmp_path / "p.pdf", decision(), pages=3)
    assert look(profiles["issuance_person"], paper, facts(block=BLOCK, image=signature_png())).page == 2
    assert look(profiles["true_copy"], paper, facts()).page == 0
    assert look(profiles["true_copy"], paper, facts(page=1)).page == 1
    with pytest.raises(NoRoomForStamp):
        look(profiles["true_copy"], paper, facts(page=3))


def test_a_page_measured_in_inches_is_not_signed_visibly(profiles, tmp_path: Path) -> None:
    with pytest.raises(NoRoomForStamp):
        look(profiles["true_copy"], scanned(tmp_path / "p.pdf", blank(), unit=72.0), facts())


@pytest.mark.parametrize("lie", [b"9999999999", b"-4", b"0", b"(x)"])
def test_a_page_count_that_lies_ends_in_an_error_of_ours(profiles, tmp_path: Path, lie: bytes) -> None:
    paper = scanned(tmp_path / "p.pdf", blank((200, 200)))
    with pikepdf.open(paper) as pdf:
        pdf.save(paper := tmp_path / "q.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = paper.read_bytes()
    assert data.count(b"/Count 1") == 1
    paper.write_bytes(data.replace(b"/Count 1", b"/Count " + lie))  # the table of references is off then, and is rebuilt
    with pytest.raises((NoRoomForStamp, PdfDamaged)):
        look(profiles["issuance_person"], paper, facts(block=BLOCK, image=signature_png()))
