"""`sohoa validate`: what the signatures of a PDF are worth."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from sohoa.cli.output import MARKS, Json, data, people, print_json
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome, worst
from sohoa.signing.signers.test_authority import ROOT
from sohoa.signing.validation.explain import explain
from sohoa.signing.validation.validate import validate_pdf


class Language(enum.StrEnum):
    VI = "vi"
    EN = "en"


def validate(
    files: Annotated[list[Path], typer.Argument(help="Một hay nhiều tệp PDF.")],
    trust: Annotated[list[Path] | None, typer.Option(help="Chứng thư gốc tin cậy (PEM); dùng nhiều lần được.")] = None,
    lang: Annotated[Language, typer.Option(help="Ngôn ngữ của lời giải thích.")] = Language.VI,
    as_json: Json = False,
) -> None:
    """Kiểm tra chữ ký số: nội dung có bị sửa không, ký trùm hết tệp không, chứng thư có tin được không.

    \b
    Ví dụ:
      sohoa validate ket-qua.pdf
      sohoa validate *.pdf --trust goc-ban-co-yeu.pem --json
    """
    ours = settings().keys / "test-authority" / ROOT
    roots = [*(trust or ()), *([ours] if ours.exists() else ())]
    seen: list[Outcome] = []
    for file in files:
        try:
            report = validate_pdf(file, trust=roots, now=now())
        except SohoaError as error:
            seen.append(Outcome.FAILED)
            told = error.as_dict()
            if as_json:
                print_json({"file": str(file), "verdict": None, "signatures": [], "error": told})
            else:
                people.print(f"{MARKS[Outcome.FAILED]} {file.name}: {told['vi']}\n    → {told['remedy']}")
            continue
        seen.append(report.verdict)
        if as_json:
            print_json(report.as_dict(file=str(file)))
        else:
            data.print(f"{MARKS[report.verdict]} {file.name}")
            for sentence in explain(report, lang.value):
                data.print(f"    {sentence}")
    raise typer.Exit(int(Exit.OK if worst(seen) is Outcome.OK else Exit.NEEDS_A_PERSON))


def add_to(app: typer.Typer) -> None:
    app.command()(validate)
