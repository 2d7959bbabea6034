"""`sohoa train`: the learned text model, trained on the archive's own papers; one step back with --undo."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sohoa.cli.output import Json, number_vi, people, percent_vi, print_json, table
from sohoa.cli.workplace import with_catalogue
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.pipeline.modelfolder import in_the_log, undo

# Training takes a second to import, which whoever only goes a step back should not wait for.
if TYPE_CHECKING:
    from sohoa.pipeline.training import Score, Training

STEPS_VI = {
    "records": "Đọc các bản ghi đã rõ loại",
    "features": "Đếm các cụm chữ",
    "calibration": "Tính độ tin cậy",
    "weights": "Học cách nói của từng loại",
}
SHOWN = 10  # changes on the screen; --json has them all


def train(
    back: Annotated[bool, typer.Option("--undo", help="Quay lại mô hình dùng trước đó.")] = False,
    as_json: Json = False,
) -> None:
    """Học cách nhận loại văn bản từ các bản ghi đã rõ loại trong kho.

    Một phần tư số bản ghi được để riêng để so mô hình mới với mô hình đang dùng; mô hình kém hơn không bao giờ được thay vào.

    \b
    Ví dụ:
      sohoa train
      sohoa train --undo
    """
    here = with_catalogue()
    folder = here.home / "models"
    if back:
        version = undo(folder, told=in_the_log(now()))
        if as_json:
            print_json({"undone": True, "in_use": asdict(version) if version else None})
        else:
            people.print(f"✓ Đã quay lại {version.file if version else 'mô hình gốc của phần mềm'}.")
        return
    training = _watched(folder)
    if as_json:
        print_json(_dict(training))
    else:
        _tell(training)
    raise typer.Exit(int(Exit.OK if training.put_to_use else Exit.NEEDS_A_PERSON))


def _watched(folder: Path) -> Training:
    from sohoa.pipeline.training import train as learn

    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=people, transient=True) as bar:
        task = bar.add_task(STEPS_VI["records"], total=None)

        def step(what: str, count: int) -> None:
            if what == "record":
                bar.advance(task)
            else:
                bar.update(task, description=STEPS_VI[what], total=count or None, completed=0)

        return learn(folder, now=now(), step=step)


def _tell(training: Training) -> None:
    learned = sum(training.learned.values())
    people.print(f"Học từ {number_vi(learned)} bản ghi, {len(training.learned)} loại; để riêng {number_vi(training.held_back)}.")
    scores = [("Mô hình đang dùng", training.before), ("Mô hình mới", training.after)]
    rows = [
        (name, str(score.right), str(score.wrong), str(score.silent), percent_vi(_percent(score)))
        for name, score in scores
        if score
    ]
    people.print(table("Trên phần để riêng", "Đúng", "Sai", "Không nói", "Tỷ lệ đúng", rows=rows, right=(1, 2, 3, 4)))
    for change in training.changes[:SHOWN]:
        people.print(f"  {change.document_id}: {change.was or '—'} → {change.now or '—'} (đúng: {change.type})")
    if len(training.changes) > SHOWN:
        people.print(f"  … và {number_vi(len(training.changes) - SHOWN)} bản ghi khác (xem --json)")
    if training.altered:
        people.print("[yellow]![/] Tệp mô hình đang dùng đã bị thay đổi nên không so sánh với nó.")
    if training.put_to_use:
        people.print(f"✓ Từ nay dùng {training.put_to_use.file}. Quay lại bằng: sohoa train --undo")
    else:
        people.print("[yellow]![/] Mô hình mới kém hơn mô hình đang dùng nên không thay.")
        people.print("  → Duyệt thêm loại văn bản ở «sohoa review», rồi huấn luyện lại.")


def _percent(score: Score) -> str:
    # Half-up in whole numbers: two places of a per cent.
    shown = (score.right * 20000 + score.papers) // (2 * score.papers)
    return f"{shown // 100}.{shown % 100:02d}"


def _dict(training: Training) -> dict[str, Any]:
    def told(score: Score | None) -> dict[str, Any] | None:
        return {**asdict(score), "papers": score.papers, "percent": _percent(score)} if score else None

    return {
        "learned": training.learned,
        "held_back": training.held_back,
        "before": told(training.before),
        "after": told(training.after),
        "changes": [asdict(change) for change in training.changes],
        "put_to_use": asdict(training.put_to_use) if training.put_to_use else None,
        "former": asdict(training.former) if training.former else None,
        "former_altered": training.altered,
    }


def add_to(app: typer.Typer) -> None:
    app.command()(train)
