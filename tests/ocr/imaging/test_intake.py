from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from sohoa.kernel.errors import SohoaError, all_errors
from sohoa.ocr.imaging import errors
from sohoa.ocr.imaging.intake import inspect
from sohoa.pipeline.sources.sampleoffice.mishaps import ALL, EXPECTED, write_mishaps
from tests.ocr import documents


@pytest.fixture(scope="module")
def mishaps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_mishaps(tmp_path_factory.mktemp("mishaps"), seed=7)


@pytest.mark.parametrize("name", [name for name in ALL if EXPECTED[name]])
def test_a_bad_file_is_refused_with_its_own_code(mishaps: dict[str, Path], name: str) -> None:
    with pytest.raises(SohoaError) as refused:
        inspect(mishaps[name])
    assert refused.value.code == EXPECTED[name]


@pytest.mark.parametrize(
    ("name", "kind", "hazards"),
    [
        ("png-named.jpg", "png", ()),
        ("owner-locked.pdf", "pdf", ("encrypted_without_password",)),
        ("broken-table.pdf", "pdf", ()),
        ("with-javascript.pdf", "pdf", ("javascript",)),
        ("with-launch.pdf", "pdf", ("launch_action",)),
        ("with-attachment.pdf", "pdf", ("embedded_file",)),
        ("decomposed-name.pdf", "pdf", ()),
    ],
)
def test_an_odd_but_readable_file_is_taken_in_and_flagged(
    mishaps: dict[str, Path], name: str, kind: str, hazards: tuple[str, ...]
) -> None:
    found = inspect(mishaps[name])
    assert (found.kind, found.hazards) == (kind, hazards)


def test_every_mishap_is_either_expected_to_pass_or_has_a_code() -> None:
    assert set(EXPECTED.values()) - {""} <= {kind.code for kind in all_errors()}


def test_the_same_seed_gives_the_same_mishaps(mishaps: dict[str, Path], tmp_path: Path) -> None:
    again = write_mishaps(tmp_path, seed=7)
    assert {name: path.read_bytes() for name, path in again.items()} == {name: path.read_bytes() for name, path in mishaps.items()}


@pytest.mark.parametrize(
    ("name", "kind", "media_type", "differs"),
    [
        ("a.pdf", "pdf", "application/pdf", False),
        ("a.PDF", "pdf", "application/pdf", False),
        ("a.tif", "tiff", "image/tiff", False),
        ("a.tiff", "tiff", "image/tiff", False),
        ("a.jpeg", "jpeg", "image/jpeg", False),
        ("a.png", "png", "image/png", False),
        ("a.webp", "webp", "image/webp", False),
        ("a.heic", "heic", "image/heic", False),
        ("a.doc", "jpeg", "image/jpeg", True),
        ("khong-duoi", "png", "image/png", True),
    ],
)
def test_a_file_is_what_its_content_says(tmp_path: Path, name: str, kind: str, media_type: str, differs: bool) -> None:
    path = write(kind, tmp_path / name)
    found = inspect(path)
    assert (found.kind, found.media_type, found.extension_differs, found.page_count) == (kind, media_type, differs, 1)


def write(kind: str, path: Path) -> Path:
    if kind == "pdf":
        return documents.scan(path)
    if kind == "tiff":
        return documents.tiff(path, documents.sheet())
    if kind == "heic":
        import pillow_heif

        pillow_heif.from_pillow(documents.sheet("RGB")).save(path)
        return path
    documents.sheet("RGB").save(path, kind)
    return path


def test_bytes_before_the_mark_do_not_hide_a_pdf(tmp_path: Path) -> None:
    path = documents.scan(tmp_path / "a.pdf")
    path.write_bytes(b"Content-Type: application/pdf\r\n\r\n" + path.read_bytes())
    assert inspect(path).kind == "pdf"


def test_a_filled_signature_field_makes_a_signed_pdf(tmp_path: Path) -> None:
    assert inspect(documents.with_signature_field(tmp_path / "a.pdf", signed=True)).signed


def test_a_signature_that_inherits_its_kind_is_found_in_a_form_that_loops(tmp_path: Path) -> None:
    assert inspect(documents.with_signature_field(tmp_path / "a.pdf", signed=True, nested=True)).signed


def test_an_empty_signature_field_is_a_place_to_sign_and_no_signature(tmp_path: Path) -> None:
    assert not inspect(documents.with_signature_field(tmp_path / "a.pdf", signed=False)).signed


def test_a_script_behind_a_page_button_is_seen(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    documents.add_scan(pdf, documents.jpeg_stream(pdf))
    button = Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([0, 0, 9, 9]))
    button.AA = Dictionary(U=Dictionary(S=Name.JavaScript, JS=pdf.make_stream(b"x")))
    pdf.pages[0].obj.Annots = Array([button])
    assert inspect(documents.saved(pdf, tmp_path / "a.pdf")).hazards == ("javascript",)


def test_a_pdf_whose_end_mark_alone_is_missing_is_whole(tmp_path: Path) -> None:
    path = documents.scan(tmp_path / "a.pdf", pages=2)
    path.write_bytes(path.read_bytes()[: -len(b"%%EOF\n")])
    assert inspect(path).page_count == 2


def test_a_pdf_followed_by_a_scanners_padding_is_whole(tmp_path: Path) -> None:
    path = documents.scan(tmp_path / "a.pdf")
    path.write_bytes(path.read_bytes() + bytes(900))
    assert inspect(path).page_count == 1


def test_a_linearized_pdf_cut_at_its_end_is_refused(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    for _ in range(3):
        documents.add_scan(pdf, documents.jpeg_stream(pdf))
    path = documents.saved(pdf, tmp_path / "a.pdf", linearize=True)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(errors.TruncatedPdf):
        inspect(path)


def test_a_pdf_that_lists_more_pages_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = documents.scan(tmp_path / "a.pdf", pages=2)
    with pikepdf.open(path) as pdf:
        plain = documents.saved(pdf, tmp_path / "b.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = plain.read_bytes()
    assert b"/Count 2" in data
    plain.write_bytes(data.replace(b"/Count 2", b"/Count 9"))
    with pytest.raises(errors.TruncatedPdf):
        inspect(plain)


def test_thumbnails_in_a_tiff_are_not_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(documents.bare_tiff([(10, 14, 0), (3, 4, 1), (10, 14, 2)]))
    assert inspect(path).page_count == 2


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff"])
def test_a_picture_that_declares_a_bombs_size_is_refused_before_decoding(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(bomb(kind))
    with pytest.raises(errors.TooManyPixels):
        inspect(path)


def bomb(kind: str) -> bytes:
    if kind == "png":

        def chunk(name: bytes, body: bytes) -> bytes:
            return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

        header = struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    if kind == "jpeg":
        data = documents.jpeg(documents.sheet())
        at = data.index(b"\xff\xc0") + 5
        return data[:at] + struct.pack(">HH", 60_000, 60_000) + data[at + 4 :]
    if kind == "webp":
        chunk_ = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (16_383).to_bytes(3, "little") + (16_383).to_bytes(3, "little")
        return b"RIFF" + struct.pack("<I", 4 + len(chunk_)) + b"WEBP" + chunk_
    return documents.bare_tiff([(90_000, 90_000, 0)])


def test_tiff_directories_that_chase_their_tail_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(documents.bare_tiff([(10, 14, 0), (10, 14, 0)], looped=True))
    with pytest.raises(errors.DamagedImage):
        inspect(path)


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = documents.scan(tmp_path / "a.pdf")
    path.chmod(0)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)  # root reads everything, so for a moment we are nobody
    try:
        with pytest.raises(errors.UnreadablePermissions):
            inspect(path)
    finally:
        os.seteuid(before)


def test_a_file_that_is_not_there_is_the_callers_question(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect(tmp_path / "a.pdf")
