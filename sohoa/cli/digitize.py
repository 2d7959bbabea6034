"""`sohoa digitize`: files and folders in; archived, signed, searchable records out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from sohoa.cli.output import SCAN_AGAIN, Json, number_vi, people, print_json, table
from sohoa.cli.stopping import when_asked_to_stop
from sohoa.cli.workplace import with_bench, with_catalogue
from sohoa.config.settings import Settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.claiming import Order
from sohoa.pipeline.dispatch import local
from sohoa.pipeline.dispatch.pressure import somebody_works
from sohoa.pipeline.outcome import DUPLICATE, Outcome
from sohoa.pipeline.signing.office import open_office
from sohoa.pipeline.signing.papers import must_be_ready
from sohoa.pipeline.sources.folder import Found, Given, papers
from sohoa.storage.objects.connect import mend

STATES_VI = {
    "archived": "đã lưu kho",
    "quarantined": "cách ly",
    "excluded": "không số hóa",
    "review": "chờ người xem",
    DUPLICATE: "đã có trong kho",
}


def digitize(
    paths: Annotated[list[Path], typer.Argument(help="Tệp hoặc thư mục: PDF, TIFF nhiều trang, JPEG, PNG, WebP, HEIC.")],
    dossier: Annotated[str, typer.Option(help="Mã hồ sơ mà các giấy tờ này thuộc về.")] = "",
    procedure: Annotated[str, typer.Option(help="Mã thủ tục; hồ sơ chưa có trong sổ thì ghi kèm vào nhật ký.")] = "",
    unit: Annotated[str, typer.Option(help="Mã đơn vị; bỏ trống thì theo SOHOA_UNIT.")] = "",
    jobs: Annotated[int, typer.Option(min=0, help="Số trang đọc cùng lúc; 0: mỗi nhân máy một trang.")] = 0,
    no_sign: Annotated[bool, typer.Option("--no-sign", help="Lưu kho mà không ký (không được tính là bằng chứng).")] = False,
    as_json: Json = False,
) -> None:
    """Số hóa tệp và thư mục: đọc chữ, phân loại, tạo PDF/A hai lớp, ký số, lưu kho, ghi sổ.

    Tệp nguồn luôn ở nguyên chỗ cũ. Dừng giữa chừng (Ctrl-C, mất điện) thì chạy lại đúng lệnh này để làm tiếp.

    \b
    Ví dụ:
      sohoa digitize don-xin.pdf
      sohoa digitize ho-so/ --unit H49.12 --json > ket-qua.jsonl
    """
    here = with_catalogue()
    if not no_sign:
        with open_office(here.home) as office:  # before an hour of reading, not after it
            must_be_ready(office)
    found = papers(paths)
    outcome = digitize_with_progress(found, here, Order(dossier, procedure, unit or here.unit, not no_sign), jobs, as_json)
    if not as_json:
        told_at_the_end(outcome)
    raise typer.Exit(int(outcome.exit_code))


def digitize_with_progress(found: Iterable[Found], here: Settings, order: Order, jobs: int, as_json: bool) -> local.Run:
    """Run it with a bar for people on stderr and, when asked, a JSON line per file on stdout as each one ends."""
    if here.broker and not somebody_works(now()):
        people.print("[yellow]•[/] Chưa thấy tiến trình xử lý nào; giấy tờ sẽ chờ trong sổ. Chạy «sohoa worker» và «sohoa beat».")
    with stop_on_ctrl_c() as asked:
        pass_on = _Watcher(as_json)
        with pass_on.bar:
            run = local.run(
                Given(found),
                here.claims,
                order,
                pass_on,
                open_bench=lambda: with_bench(here, jobs or here.jobs),
                stop_asked=lambda: asked.yes,
                mend_store=lambda connection: mend(here.home, here.s3, connection),
                elsewhere=bool(here.broker),
            )
    if run.stopped_by:
        told_why(run.stopped_by, as_json)
    if run.exit_code is Exit.UNREACHABLE:
        waits = next(outcome for outcome in run.outcomes if outcome.unreachable)
        why = (waits.error or {}).get("vi", "") if waits.item.waiting_for.startswith("pipeline.") else "Kho lưu trữ không trả lời."
        people.print(f"[red]✗[/] {why} Giấy tờ đã đọc được giữ lại; chạy lại đúng lệnh này khi đã xử lý xong.")
    if asked.yes:
        people.print("Đã dừng theo yêu cầu; việc đã làm được giữ nguyên. Chạy lại đúng lệnh này để làm tiếp.")
    return run


def told_why(stopped_by: SohoaError, as_json: bool) -> None:
    told = stopped_by.as_dict()
    people.print(f"[red]✗[/] {told['vi']}\n  → {told['remedy']}")
    if as_json:
        print_json({"error": told})


@dataclass(slots=True)
class _Asked:
    yes: bool = False


@contextmanager
def stop_on_ctrl_c() -> Iterator[_Asked]:
    """Ctrl-C and SIGTERM ask to stop after the page in hand; asking twice changes nothing."""
    asked = _Asked()

    def ask() -> None:
        if not asked.yes:
            people.print("Đang dừng sau trang đang đọc…")
        asked.yes = True

    with when_asked_to_stop(ask):
        yield asked


class _Pace(ProgressColumn):
    """Pages a minute, and the time left where enough is known to say."""

    def render(self, task: Task) -> Text:
        if not task.speed:
            return Text("", style="dim")
        left = "" if task.time_remaining is None or task.finished else f" · {_time_left(task.time_remaining)}"
        return Text(f"{task.speed * 60:.0f} trang/phút{left}", style="cyan")


def _time_left(seconds: float) -> str:
    return "sắp xong" if seconds < 45 else f"còn khoảng {round(seconds / 60) or 1} phút"


class _Watcher:
    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("trang"),
            _Pace(),
            console=people,
        )
        self._task = self.bar.add_task("Đang nhận giấy tờ", total=None)

    def outcome(self, outcome: Outcome) -> None:
        if self._as_json:
            print_json(outcome.as_dict())
        elif outcome.needs_a_person:
            what, remedy = _told(outcome)
            self.bar.print(f"[yellow]•[/] {Path(outcome.source).name}: {what} [dim]{remedy}[/]", highlight=False)

    def progress(self, progress: local.Progress) -> None:
        self.bar.update(
            self._task,
            description=f"Đã xong {progress.papers_done}/{progress.papers} giấy tờ",
            completed=progress.pages_read,
            total=progress.pages or None,
        )


def _told(outcome: Outcome) -> tuple[str, str]:
    """Why a person is needed, and what to do."""
    if outcome.failed_pages:
        pages = ", ".join(map(str, outcome.failed_pages))
        return f"đã lưu kho, nhưng không đọc được chữ ở trang {pages}.", SCAN_AGAIN
    error = outcome.error or {}
    return error.get("vi", ""), error.get("remedy", "")


def told_at_the_end(run: local.Run) -> None:
    """A table of what became of the papers, and which of them were in the archive before."""
    counts: dict[str, int] = {}
    for outcome in run.outcomes:
        counts[outcome.state] = counts.get(outcome.state, 0) + 1
    pages = sum(outcome.item.pages for outcome in run.outcomes if outcome.state == "archived")
    told = [(STATES_VI.get(state, f"dở dang ({state})"), number_vi(count)) for state, count in sorted(counts.items())]
    people.print(table("Kết quả", "Tệp", rows=told, right=(1,)))
    people.print(f"{number_vi(pages)} trang của các tệp này đã nằm trong kho.")
    for outcome in run.outcomes:
        if outcome.state == DUPLICATE:
            people.print(
                f"[dim]= {Path(outcome.source).name}: cùng nội dung với {Path(outcome.copy_of).name} ({outcome.item.document_id})[/]"
            )


def add_to(app: typer.Typer) -> None:
    app.command()(digitize)
