"""Tesseract: a picture in, a reading with letter choices out. One child a reading; its memory dies with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from sohoa.kernel.children import GIB, MIB, Limits, Ran, run_limited
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.ocr.reading.engines.choices import parse_hocr
from sohoa.ocr.reading.recogniser import Layout, Reading

# A dense A3 page at 600 dpi as it is: 18 s, under 800 MiB of address space, about 2 MiB of hOCR; A4 at 300 dpi: 4 s, under 200 MiB. The
# rest is room for old machines, larger models, and a machine that does other things.
LIMITS = Limits(seconds=45, memory=3 * GIB, written=64 * MIB)
ASKING = Limits(seconds=20, memory=1 * GIB, written=1 * MIB)
# Tesseract refuses to believe anything below 70 and guesses instead, which changes what it reads.
BELIEVABLE_DPI = (70, 2400)
# Automatic layout; or one block of lines, in which nothing is taken for a picture and left out.
PSM: dict[Layout, int] = {"page": 3, "column": 6}

_LANGUAGE = re.compile(r"[A-Za-z_]+(?:\+[A-Za-z_]+)*")


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
class Tesseract:
    """Reads a page with one of Tesseract's languages, the LSTM reader, automatic layout, one thread; a Recogniser."""

    language: str
    limits: Limits = LIMITS

    @property
    def name(self) -> str:
        return self.language

    def read(self, picture: Path, *, dpi: int, workspace: Path, leaving: str, layout: Layout = "page") -> Reading:
        """Read one upright picture (PNG, JPEG, TIFF, WebP or PNM); every letter comes with what was also considered.

        Leaves `{leaving}.hocr` in `workspace`: one file for each run, which is how anyone can count them.
        Raises TesseractFailed, PageTimeout, LanguageMissing, ProgramMissing.
        """
        if not _LANGUAGE.fullmatch(self.language):
            raise LanguageMissing(language=self.language)
        believed = min(max(dpi, BELIEVABLE_DPI[0]), BELIEVABLE_DPI[1])
        asked = ("-l", self.language, "--oem", 1, "--psm", PSM[layout], "--dpi", believed, "-c", "lstm_choice_mode=2", "hocr")
        ran = run_limited("tesseract", picture.resolve(), leaving, *asked, limits=self.limits, folder=workspace, reads=(picture,))
        _refuse(ran, self.language, self.limits)
        try:
            return parse_hocr((workspace / f"{leaving}.hocr").read_bytes(), reader=self.name)
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
