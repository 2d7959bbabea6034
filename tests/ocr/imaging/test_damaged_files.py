"""Whatever happened to a file on its way, the answer is an Intake with its pages or one of our own errors; never a traceback."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pikepdf
import pillow_heif
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sohoa.kernel.errors import SohoaError
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_images
from tests.ocr import documents
from tests.ocr.documents import add_scan, jpeg_stream, saved, sheet, tiff

SMALL = (60, 84)
KINDS = (
    "scan.pdf",
    "packed.pdf",
    "fax.tif",
    "plain.tif",
    "jpeg.tif",
    "a.jpg",
    "progressive.jpg",
    "a.png",
    "a.webp",
    "lossless.webp",
    "a.heic",
)
MARKS = (
    b"%PDF-1.7\n",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"RIFF\x10\0\0\0WEBPVP8 ",
    b"\0\0\0\x18ftypheic",
    b"",
)

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@functools.cache
def whole(kind: str) -> bytes:
    image = sheet("RGB", SMALL)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / kind
        if kind == "scan.pdf":
            documents.scan(path, pages=2, image=image)
        elif kind == "packed.pdf":
            pdf = pikepdf.new()
            add_scan(pdf, jpeg_stream(pdf, image))
            saved(pdf, path, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)
        elif kind == "fax.tif":
            tiff(path, *[sheet("1", SMALL)] * 3, compression="group4")
        elif kind == "plain.tif":
            tiff(path, *[image] * 2)
        elif kind == "jpeg.tif":
            tiff(path, image.convert("YCbCr"), compression="jpeg", strip_size=1 << 30)
        elif kind == "a.heic":
            pillow_heif.from_pillow(image).save(path)
        else:
            image.save(path, progressive=kind.startswith("progressive"), lossless=kind.startswith("lossless"))
        return path.read_bytes()


def answer_to(data: bytes, suffix: str = ".bin") -> str:
    """Either "taken in" or the code of the refusal. Anything else that is raised is the failure these tests look for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(data)
        into = Path(folder) / "pages"
        into.mkdir()
        try:
            intake = inspect(path)
            made = list(page_images(path, intake, into))
        except SohoaError as refused:
            return refused.code
        assert len(made) == intake.page_count >= 1
        assert all(page.path.stat().st_size > 0 and page.dpi >= 72 for page in made)
        return "taken in"


def test_each_kind_is_taken_in_while_it_is_whole() -> None:
    assert {kind: answer_to(whole(kind)) for kind in KINDS} == dict.fromkeys(KINDS, "taken in")


@few
@given(kind=st.sampled_from(KINDS), part=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_taken_in_or_refused(kind: str, part: float) -> None:
    data = whole(kind)
    answer = answer_to(data[: int(part * len(data))])
    assert answer == "taken in" or answer.startswith("ocr.")


@few
@given(kind=st.sampled_from(KINDS), left=st.integers(1, 60))
def test_a_file_that_lost_its_last_bytes_is_taken_in_or_refused(kind: str, left: int) -> None:
    answer = answer_to(whole(kind)[:-left])
    assert answer == "taken in" or answer.startswith("ocr.")


@few
@given(kind=st.sampled_from(KINDS), place=st.floats(0, 1, exclude_max=True), junk=st.binary(min_size=1, max_size=12))
def test_a_file_with_wrong_bytes_in_it_is_taken_in_or_refused(kind: str, place: float, junk: bytes) -> None:
    data = whole(kind)
    at = int(place * len(data))
    answer = answer_to(data[:at] + junk + data[at + len(junk) :])
    assert answer == "taken in" or answer.startswith("ocr.")


@few
@given(mark=st.sampled_from(MARKS), rest=st.binary(max_size=400))
def test_random_bytes_behind_a_true_mark_are_refused(mark: bytes, rest: bytes) -> None:
    answer = answer_to(mark + rest)
    assert answer == "taken in" or answer.startswith("ocr.")


@settings(few, max_examples=30)
@given(
    entries=st.lists(
        st.tuples(
            st.sampled_from(["MediaBox", "CropBox", "Rotate", "UserUnit", "Annots", "Resources", "Contents"]),
            st.sampled_from(
                [
                    "[0 0 0 0]",
                    "[9 9 1 1]",
                    "[0 0 1000000000 1000000000]",
                    "[0 0 (x) 5]",
                    "[]",
                    "7",
                    "-45",
                    "(x)",
                    "<< >>",
                    "[<< /Subtype /Stamp >>]",
                ]
            ),
        ),
        max_size=3,
    )
)
def test_a_page_dictionary_of_nonsense_is_taken_in_or_refused(entries: list[tuple[str, str]]) -> None:
    pdf = pikepdf.new()
    add_scan(pdf, jpeg_stream(pdf, sheet("RGB", SMALL)))
    for key, value in entries:
        pdf.pages[0].obj[f"/{key}"] = pikepdf.Object.parse(value.encode())
    with tempfile.TemporaryDirectory() as folder:
        answer = answer_to(saved(pdf, Path(folder) / "a.pdf").read_bytes())
    assert answer == "taken in" or answer.startswith("ocr.")
