"""Tesseract: a picture in, lines of words with boxes and confidences out. One child a reading; its memory dies with it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from sohoa.kernel.children import GIB, MIB, Limits, Ran, run_limited
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import nfc
from sohoa.ocr.model import Box, Line, Word

# A dense A3 page at 600 dpi: 18 s, under 800 MiB of address space, 124 KiB of hOCR; A4 at 300 dpi: 4 s, under 200 MiB. The rest is
# room for old machines, larger models, and a machine that does other things.
LIMITS = Limits(seconds=180, memory=3 * GIB, written=64 * MIB)
ASKING = Limits(seconds=20, memory=1 * GIB, written=1 * MIB)
# Tesseract refuses to believe anything below 70 and guesses instead, which changes what it reads.
BELIEVABLE_DPI = (70, 2400)

_LANGUAGE = re.compile(r"[A-Za-z_]+(?:\+[A-Za-z_]+)*")
_BOX = re.compile(r"\bbbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)")
_CONFIDENCE = re.compile(r"\bx_wconf (\d+)")
_BASELINE = re.compile(r"\bbaseline (-?[\d.]+)")
_LINE_KINDS = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})


class TesseractFailed(SohoaError):
    code = "ocr.tesseract_failed"
    vi = "Chương trình nhận dạng chữ không đọc được trang này."
    en = "Tesseract could not read this page: {status}."
    remedy = "Mở thử trang; nếu ảnh hỏng thì quét lại, nếu ảnh tốt thì chạy lại và báo cho người quản trị kèm mã lỗi này."
    remedy_en = "Open the page; scan it again if the picture is damaged, otherwise run again and tell the administrator this code."


class PageTimeout(SohoaError):
    code = "ocr.page_timeout"
    vi = "Nhận dạng trang này quá {seconds:g} giây nên đã dừng lại."
    en = "Reading this page took more than {seconds:g} s and was stopped."
    remedy = "Kiểm tra xem trang có quá lớn hoặc nhiễu không; quét lại ở 300 dpi, hoặc chạy lại khi máy rảnh hơn."
    remedy_en = "See whether the page is very large or noisy; scan it at 300 dpi, or run again when the machine is less busy."


class LanguageMissing(SohoaError):
    code, exit_code = "ocr.language_missing", Exit.UNREACHABLE
    vi = "Máy này chưa có dữ liệu nhận dạng cho ngôn ngữ «{language}»."
    en = "Tesseract has no data for the language {language!r}."
    remedy = "Chạy «make setup» (hoặc cài gói tesseract-ocr của ngôn ngữ đó, xem deploy/apt.txt), rồi chạy lại."
    remedy_en = "Run `make setup` (or install that language's tesseract-ocr package, see deploy/apt.txt), then run again."


@dataclass(frozen=True, slots=True)
class Reading:
    """lines: in Tesseract's reading order. slant: degrees from the picture's rows, clockwise positive, median of the base lines.

    Text that runs down the picture (a page lying on its side) is read as well, with a slant near 90 or -90.
    """

    lines: tuple[Line, ...]
    slant: float


def recognise(
    picture: Path, *, dpi: int, language: str, workspace: Path, limits: Limits = LIMITS, leaving: str = "reading"
) -> Reading:
    """Read one upright picture (PNG, JPEG, TIFF, WebP or PNM) with the LSTM reader, automatic layout, one thread.

    Leaves `{leaving}.hocr` in `workspace`: one file for each run, which is how anyone can count them.
    Raises TesseractFailed, PageTimeout, LanguageMissing, ProgramMissing.
    """
    if not _LANGUAGE.fullmatch(language):
        raise LanguageMissing(language=language)
    believed = min(max(dpi, BELIEVABLE_DPI[0]), BELIEVABLE_DPI[1])
    arguments = (picture.resolve(), leaving, "-l", language, "--oem", 1, "--psm", 3, "--dpi", believed, "hocr")
    ran = run_limited("tesseract", *arguments, limits=limits, folder=workspace, reads=(picture,))
    _refuse(ran, language, limits)
    try:
        return parse_hocr((workspace / f"{leaving}.hocr").read_bytes())
    except (OSError, ElementTree.ParseError) as damaged:
        raise TesseractFailed(status="its hOCR cannot be read") from damaged


def version() -> str:
    """`5.3.0`. Raises TesseractFailed, ProgramMissing."""
    ran = _asked("--version")
    first = (ran.stdout.decode("utf-8", "replace") or ran.stderr).split("\n", 1)[0]
    return first.removeprefix("tesseract").strip()


def languages() -> tuple[str, ...]:
    """The languages installed here, as `-l` wants them. Raises TesseractFailed, ProgramMissing."""
    ran = _asked("--list-langs")
    return tuple(line.strip() for line in ran.stdout.decode("utf-8", "replace").splitlines()[1:] if line.strip())


def _asked(question: str) -> Ran:
    with TemporaryDirectory(prefix="sohoa-") as folder:
        return run_limited("tesseract", question, limits=ASKING, folder=Path(folder)).or_raise(TesseractFailed)


def _refuse(ran: Ran, language: str, limits: Limits) -> None:
    if ran.timed_out or ran.status in (-24, 128 + 24):  # SIGXCPU: the processor bound of the same limits struck first
        raise PageTimeout(seconds=limits.seconds)
    # With `vie+xyz` Tesseract complains about xyz, reads with vie alone and ends with 0; that is not what was asked.
    if "Failed loading language" in ran.stderr or "Error opening data file" in ran.stderr:
        raise LanguageMissing(language=language)
    ran.or_raise(TesseractFailed)


def parse_hocr(hocr: bytes) -> Reading:
    """Lines and words of a one-page hOCR. Words without a visible letter are dropped, then lines without words. Text is NFC."""
    lines: list[Line] = []
    slopes: list[tuple[float, int]] = []
    for element in ElementTree.fromstring(hocr).iter():
        if element.get("class") not in _LINE_KINDS:
            continue
        title = element.get("title", "")
        words = tuple(word for word in map(_word, element.iter()) if word is not None)
        box = _box_in(title)
        if not words or box is None:
            continue
        lines.append(Line(words, box))
        slope = _BASELINE.search(title)
        if slope:
            slopes.append((float(slope[1]), max(box[2] - box[0], box[3] - box[1])))
    return Reading(tuple(lines), _slant_of(slopes))


def _word(element: ElementTree.Element) -> Word | None:
    if element.get("class") != "ocrx_word":
        return None
    title = element.get("title", "")
    # Tesseract sometimes answers with a fraction slash; Vietnamese dates and notations are written with the ordinary one.
    text = " ".join(nfc("".join(element.itertext())).replace("\u2044", "/").split())
    box, confidence = _box_in(title), _CONFIDENCE.search(title)
    if not text or box is None:
        return None
    return Word(text, box, min(int(confidence[1]), 100) / 100 if confidence else 0.0)


def _box_in(title: str) -> Box | None:
    found = _BOX.search(title)
    if not found:
        return None
    x0, y0, x1, y1 = (int(number) for number in found.groups())
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def _slant_of(slopes: list[tuple[float, int]]) -> float:
    """slopes: rise over run, and the line's length in pixels. Long lines only: the slope of a page number is chance."""
    if not slopes:
        return 0.0
    longest = max(length for _, length in slopes)
    return round(math.degrees(math.atan(median(slope for slope, length in slopes if length * 2 >= longest))), 2)
