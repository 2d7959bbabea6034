"""Tesseract: a picture in, a reading with letter choices out. One child a reading; its memory dies with it."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from sohoa.kernel.children import GIB, MIB, Limits, ProgramMissing, Ran, run_limited
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.ocr.reading.engines import tesseract_child
from sohoa.ocr.reading.engines.choices import parse_hocr
from sohoa.ocr.reading.engines.tesseract_child import NO_SUCH_LANGUAGE
from sohoa.ocr.reading.recogniser import Layout, Reading

# A dense A3 page at 600 dpi as it is: 18 s, under 800 MiB of address space, about 2 MiB of hOCR; A4 at 300 dpi: 4 s, under 200 MiB. The
# rest is room for old machines, larger models, and a machine that does other things.
LIMITS = Limits(seconds=45, memory=3 * GIB, written=64 * MIB)
ASKING = Limits(seconds=20, memory=1 * GIB, written=1 * MIB)
# Tesseract refuses to believe anything below 70 and guesses instead, which changes what it reads.
BELIEVABLE_DPI = (70, 2400)
# Automatic layout; or one block of lines, in which nothing is taken for a picture and left out.
PSM: dict[Layout, int] = {"page": 3, "column": 6}

MODELS, MODELS_ELSEWHERE = "/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata"

# The interpreter itself, not the link to it in a virtual environment, which the child's box does not show.
_PYTHON = os.path.realpath(sys.executable)
_CHILD = Path(tesseract_child.__file__).resolve()

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
        """Read one upright picture (PGM); every letter comes with what was also considered.

        Leaves `{leaving}.hocr` in `workspace`: one file for each run, which is how anyone can count them.
        Raises TesseractFailed, PageTimeout, LanguageMissing, ProgramMissing.
        """
        self._look_for_models()
        believed = min(max(dpi, BELIEVABLE_DPI[0]), BELIEVABLE_DPI[1])
        asked = (picture.resolve(), leaving, self.language, believed, PSM[layout])
        ran = _run(*asked, limits=self.limits, folder=workspace, reads=(picture,))
        if ran.timed_out or ran.status in (-24, 128 + 24):  # SIGXCPU: the processor bound of the same limits struck first
            raise PageTimeout(seconds=self.limits.seconds)
        if ran.status == NO_SUCH_LANGUAGE:
            raise LanguageMissing(language=self.language)
        ran.or_raise(TesseractFailed)
        try:
            return parse_hocr((workspace / f"{leaving}.hocr").read_bytes(), reader=self.name)
        except (OSError, ElementTree.ParseError) as damaged:
            raise TesseractFailed(status="its hOCR cannot be read") from damaged

    def _look_for_models(self) -> None:
        """With `vie+xyz` Tesseract would silently read with vie alone; that is not what was asked."""
        folder = _models()
        if not _LANGUAGE.fullmatch(self.language):
            raise LanguageMissing(language=self.language)
        for one in self.language.split("+"):
            if not (folder / f"{one}.traineddata").exists():
                raise LanguageMissing(language=one)


@dataclass(frozen=True, slots=True)
class Installed:
    """version: of libtesseract, `5.5.4`. languages: those with a model here."""

    version: str
    languages: tuple[str, ...]


def installed() -> Installed:
    """Raises TesseractFailed, LanguageMissing, ProgramMissing."""
    with TemporaryDirectory(prefix="sohoa-") as folder:
        ran = _run(limits=ASKING, folder=Path(folder)).or_raise(TesseractFailed)
    version, *languages = ran.stdout.decode("utf-8", "replace").split()
    return Installed(version, tuple(languages))


def _models() -> Path:
    """The folder of the language models: TESSDATA_PREFIX, or where the system's packages put them. Raises LanguageMissing."""
    told = os.environ.get("TESSDATA_PREFIX")
    places = [told] if told else [*sorted(glob(MODELS), reverse=True), MODELS_ELSEWHERE]
    folder = next((folder for folder in map(Path, places) if folder.is_dir()), None)
    if folder is None:
        raise LanguageMissing(language="vie")
    return folder


@functools.cache
def _tesserocr() -> Path:
    """Where the package lies; only the child loads it. Raises ProgramMissing."""
    found = importlib.util.find_spec("tesserocr")
    if found is None or found.origin is None:
        raise ProgramMissing(program="tesserocr")
    return Path(found.origin).resolve().parent


def _run(*arguments: str | Path | int, limits: Limits, folder: Path, reads: tuple[Path, ...] = ()) -> Ran:
    """The child with its arguments as tesseract_child.py tells them."""
    models, package = _models(), _tesserocr()
    packages = package.parent
    seen = (*reads, models, Path(sys.base_prefix), _CHILD, package, *packages.glob("tesserocr.libs"))
    return run_limited(_PYTHON, "-I", "-S", "-B", _CHILD, packages, models, *arguments, limits=limits, folder=folder, reads=seen)
