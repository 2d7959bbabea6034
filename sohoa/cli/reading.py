"""`sohoa ocr` and `sohoa classify`: read one file; no database is touched."""

from __future__ import annotations

import enum
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from sohoa.cli.output import SCAN_AGAIN, Json, people, print_json, table
from sohoa.config.catalogue import rows
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.kernel.durable import copy_durably, sha256_of, write_durably
from sohoa.kernel.errors import Exit
from sohoa.ocr.composing.alto import to_alto
from sohoa.ocr.composing.hocr import to_hocr
from sohoa.ocr.composing.json import to_json, to_text
from sohoa.ocr.model import Field, PageText, Understanding
from sohoa.pipeline import stages
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.errors import SourceMissing
from sohoa.pipeline.workfolder import WorkFolder


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    HOCR = "hocr"
    ALTO = "alto"
    PDF = "pdf"


RENDERED = {Format.TEXT: to_text, Format.JSON: to_json, Format.HOCR: to_hocr, Format.ALTO: to_alto}
AGREEMENTS_VI = {
    "title+notation": "tên loại và ký hiệu khớp nhau",
    "title+notation+text": "tên loại, ký hiệu và lời văn khớp nhau",
    "title+text": "tên loại và lời văn khớp nhau",
    "notation+text": "ký hiệu và lời văn khớp nhau",
    "title": "theo dòng tên loại",
    "notation": "theo ký hiệu",
    "text": "đoán theo lời văn",
    "disagree": "các dấu hiệu không khớp nhau",
    "none": "không thấy dấu hiệu nào",
    "verified": "người kiểm tra đã xác nhận",
}
FIELDS_VI = {row["name"]: row["name_vi"] for row in rows("fields", "field")}


class Mode(enum.StrEnum):
    FAST = "fast"
    ACCURATE = "accurate"


class Pictures(enum.StrEnum):
    SCAN = "scan"
    MIXED_RASTER = "mixed-raster"


PictureProfile = Annotated[
    Pictures,
    typer.Option(
        "--profile",
        help="Ảnh trong PDF. scan: giữ ảnh quét; mixed-raster: tách lớp cho nhỏ hơn, trang nào nhìn khác đi thì giữ ảnh quét.",
    ),
]
ReadingMode = Annotated[
    Mode, typer.Option("--mode", help="accurate: mỗi dòng đọc hai lần rồi đối chiếu; fast: chỉ đọc lại dòng chưa chắc, nhanh hơn.")
]
File = Annotated[Path, typer.Argument(help="Một tệp PDF, TIFF, JPEG, PNG, WebP hoặc HEIC.")]


def ocr(
    file: File,
    format_: Annotated[Format, typer.Option("--format", help="Dạng kết quả.")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Ghi ra tệp này thay vì màn hình.")] = None,
    mode: ReadingMode = Mode.ACCURATE,
    profile: PictureProfile = Pictures.SCAN,
    as_json: Json = False,
) -> None:
    """Chỉ đọc chữ của một tệp; không ghi vào kho.

    \b
    Ví dụ:
      sohoa ocr quyet-dinh.pdf
      sohoa ocr quyet-dinh.pdf --format pdf -o quyet-dinh-tim-duoc.pdf
    """
    format_ = Format.JSON if as_json else format_
    if format_ is Format.PDF and output is None:
        raise typer.BadParameter("--format pdf cần -o TỆP")
    with _read(file, mode) as work:
        if format_ is Format.PDF and output:
            stages.compose(work, title=file.stem, identifier=work.path.name, now=now(), keep_signed=False, profile=profile.value)
            with work.composed.open("rb") as made:
                copy_durably(made, output)
        else:
            told = RENDERED[format_](list(_pages(work)))
            if output:
                write_durably(output, told.encode())
            else:
                sys.stdout.write(told if told.endswith("\n") else told + "\n")
        _tell_of_failed(_failed(_pages(work)))


def classify(file: File, mode: ReadingMode = Mode.ACCURATE, as_json: Json = False) -> None:
    """Cho biết loại văn bản và các trường đọc được; không ghi vào kho.

    \b
    Ví dụ:
      sohoa classify quyet-dinh.pdf --json
    """
    with _read(file, mode, last=stages.PAGES_UNDERSTOOD) as work:
        understood = stages.classify(work)
        failed = _failed(stages.pages_understood(work))
    _tell_of(understood, as_json)
    _tell_of_failed(failed)


def _tell_of(understood: Understanding, as_json: bool) -> None:
    if as_json:
        print_json(asdict(understood))
        return
    kind = understood.type
    print(f"{kind.name or 'Chưa rõ loại'} ({kind.code or '—'}) · {AGREEMENTS_VI[kind.agreement]} · tin cậy {kind.confidence:.2f}")
    shown = [
        (
            FIELDS_VI.get(name, name),
            field.value,
            f"{field.confidence:.2f}",
            _doubt(field) if name in understood.needs_review else "",
        )
        for name, field in understood.fields.items()
    ]
    shown += [(FIELDS_VI.get(name, name), "—", "", "cần nhập") for name in understood.needs_review if name not in understood.fields]
    people.print(table("Trường", "Giá trị", "Tin cậy", "", rows=shown, right=(2,)))


def _doubt(field: Field) -> str:
    others = ", ".join(other.value for other in field.alternatives if other.value != field.value)
    return f"cần xem lại; có thể: {others}" if others else "cần xem lại"


def _pages(work: WorkFolder) -> Iterator[PageText]:
    """One at a time: a long scan's words are not all held at once."""
    return (work.page(number)[1] for number in range(1, stages.capture(work).page_count + 1))


def _failed(pages: Iterable[PageText]) -> list[tuple[int, str]]:
    return [(page.number, page.failed) for page in pages if page.failed]


def _tell_of_failed(failed: list[tuple[int, str]]) -> None:
    """Pages without their words are never passed over in silence: they are named, and the exit code says that a person is needed."""
    for number, code in failed:
        people.print(f"✗ Trang {number} không đọc được ({code}). {SCAN_AGAIN}")
    if failed:
        raise typer.Exit(int(Exit.NEEDS_A_PERSON))


@contextmanager
def _read(file: Path, mode: Mode, last: int | None = None) -> Iterator[WorkFolder]:
    """The file's pages read into a work folder of its own, which is gone afterwards."""
    if not file.is_file():
        raise SourceMissing()
    with tempfile.TemporaryDirectory(prefix="sohoa-") as scratch:
        work = WorkFolder(Path(scratch).resolve() / sha256_of(file))
        work.path.mkdir()
        work.source.symlink_to(file.resolve())
        pages = stages.capture(work).page_count
        bar = Progress(
            TextColumn("Đang đọc"), BarColumn(), MofNCompleteColumn(), TextColumn("trang"), console=people, transient=True
        )
        with bar:
            task = bar.add_task("", total=min(pages, last or pages))

            def page_done() -> bool:
                bar.advance(task)
                return True

            slots = Slots(Path(scratch) / "slots", settings().jobs)
            stages.recognise(work, slots, mode=mode.value, page_done=page_done, last=last)
        yield work


def add_to(app: typer.Typer) -> None:
    app.command()(ocr)
    app.command()(classify)
