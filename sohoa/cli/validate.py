"""`sohoa validate`: what the signatures of a PDF are worth."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sohoa.cli.output import MARKS, Json, data, people, print_json
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.kernel.durable import sha256_of, write_durably
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome, worst
from sohoa.pipeline.signing.office import open_office
from sohoa.signing.model import FileReport
from sohoa.signing.opening import FileUnreadable
from sohoa.signing.validation.explain import explain
from sohoa.signing.validation.report_pdf import Fonts, Judged, report_pdf
from sohoa.signing.validation.trust import TrustedRoot, TrustIsNotAuthority, TrustUnreadable, describe_roots
from sohoa.signing.validation.within_limits import Validator

_CROSCORE = Path("/usr/share/fonts/truetype/croscore")
FONTS = Fonts(_CROSCORE / "Arimo-Regular.ttf", _CROSCORE / "Arimo-Bold.ttf")
REPORT = "-kiem-tra.pdf"


class Language(enum.StrEnum):
    VI = "vi"
    EN = "en"


def validate(
    files: Annotated[list[Path], typer.Argument(help="Một hay nhiều tệp PDF.")],
    trust: Annotated[
        list[Path] | None, typer.Option(help="Chứng thư gốc tin cậy: tệp PEM/DER hoặc thư mục; dùng nhiều lần được.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Ghi phiếu kết quả PDF: một tệp thì là tệp, nhiều tệp thì là thư mục.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Ngôn ngữ của lời giải thích.")] = Language.VI,
    as_json: Json = False,
) -> None:
    """Kiểm tra chữ ký số: nội dung có bị sửa không, ký trùm hết tệp không, chứng thư có tin được không.

    Không cần mạng. Gốc tin cậy là những gì nêu ở --trust và ở mục [trust] của signing.toml, không lấy của hệ điều hành. Tệp lạ cũng kiểm tra
    được: mỗi tệp không quá 30 giây và 500 MB.

    \b
    Ví dụ:
      sohoa validate ket-qua.pdf
      sohoa validate ket-qua.pdf --report phieu-kiem-tra.pdf
      sohoa validate *.pdf --trust goc-tin-cay/ --report phieu/ --json
    """
    reports = _report_files(files, report)
    roots = [*(trust or ()), *open_office(settings().home).trust]
    seen: list[Outcome] = []
    try:
        known = describe_roots(roots)
        validator = Validator(trust=roots)
    except (TrustUnreadable, TrustIsNotAuthority) as broken:
        people.print(f"✗ {broken.facts['file']}", markup=False)
        raise
    with validator:
        for file, target in zip(files, reports, strict=True):
            seen.append(_judged(file, target, validator, known, lang, as_json))
    raise typer.Exit(int(Exit.OK if worst(seen) is Outcome.OK else Exit.NEEDS_A_PERSON))


def _judged(
    file: Path, target: Path | None, validator: Validator, roots: tuple[TrustedRoot, ...], lang: Language, as_json: bool
) -> Outcome:
    moment = now()
    try:
        report = validator.validate(file, now=moment)
    except SohoaError as error:
        if error.exit_code is Exit.UNREACHABLE:  # ours to mend, not the file's
            raise
        told = error.as_dict()
        if as_json:
            print_json({"file": str(file), "verdict": None, "signatures": [], "reason": None, "report": None, "error": told})
        else:
            people.print(f"{MARKS[Outcome.FAILED]} {file.name}: {told['vi']}\n    → {told['remedy']}")
        return Outcome.FAILED
    if target is not None:
        _write(report, file, target, roots, moment, lang)
    if as_json:
        more = {"reason": report.reason or None, "report": str(target) if target else None, "error": None}
        print_json({**report.as_dict(file=str(file)), **more})
    else:
        data.print(f"{MARKS[report.verdict]} {file.name}")
        for sentence in explain(report, lang.value):
            data.print(f"    {sentence}")
        if target is not None:
            people.print(f"    phiếu kết quả: {target}", markup=False)
    return report.verdict


def _write(report: FileReport, file: Path, target: Path, roots: tuple[TrustedRoot, ...], moment: datetime, lang: Language) -> None:
    try:
        judged = Judged(file.name, sha256_of(file), file.stat().st_size, moment, roots)
    except OSError as gone:
        raise FileUnreadable() from gone
    printed = report_pdf(report, judged, fonts=FONTS, lang=lang.value)
    try:
        write_durably(target, printed)
    except OSError as refused:
        raise typer.BadParameter(f"không ghi được phiếu kết quả «{target}».") from refused


def _report_files(files: Sequence[Path], report: Path | None) -> list[Path | None]:
    """Where each report goes. Nothing that is there is written over: a signed paper named by mistake would be lost."""
    if report is None:
        return [None] * len(files)
    if len(files) == 1 and not report.is_dir():
        targets = [report]
    else:
        if report.exists() and not report.is_dir():
            raise typer.BadParameter("có nhiều tệp cần kiểm tra, nên --report phải là một thư mục.")
        targets = _in_folder(files, report)
    for target in targets:
        if target.exists():
            raise typer.BadParameter(f"«{target}» đã có; phiếu không ghi đè tệp nào, hãy chọn tên khác.")
    return list(targets)


def _in_folder(files: Sequence[Path], folder: Path) -> list[Path]:
    """Files of one name out of several folders get numbers."""
    taken: list[Path] = []
    for file in files:
        target, number = folder / f"{file.stem}{REPORT}", 1
        while target in taken:
            number += 1
            target = folder / f"{file.stem}-{number}{REPORT}"
        taken.append(target)
    return taken


def add_to(app: typer.Typer) -> None:
    app.command()(validate)
