"""`sohoa watch`: folders into which scanners, copiers and people drop papers, watched for days."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live
from rich.text import Text

from sohoa.cli.digitize import STATES_VI, stop_on_ctrl_c, told_why
from sohoa.cli.output import Json, number_vi, people, print_json
from sohoa.cli.workplace import with_bench, with_catalogue
from sohoa.kernel.clock import VIETNAM, now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.claiming import Order
from sohoa.pipeline.dispatch import local
from sohoa.pipeline.outcome import DUPLICATE, Outcome
from sohoa.pipeline.signing.office import open_office
from sohoa.pipeline.signing.papers import must_be_ready
from sohoa.pipeline.sources.hotfolder_watch import Manner, Watching
from sohoa.storage.objects.connect import mend


def watch(
    folders: Annotated[list[Path], typer.Argument(help="Thư mục mà máy quét, máy photocopy hoặc người bỏ giấy tờ vào.")],
    dossier: Annotated[str, typer.Option(help="Mã hồ sơ mà mọi giấy tờ này thuộc về; bỏ trống thì theo tên thư mục con.")] = "",
    procedure: Annotated[str, typer.Option(help="Mã thủ tục; hồ sơ chưa có trong sổ thì ghi kèm vào nhật ký.")] = "",
    unit: Annotated[str, typer.Option(help="Mã đơn vị; bỏ trống thì theo SOHOA_UNIT.")] = "",
    every: Annotated[float, typer.Option(min=0.1, help="Số giây giữa hai lần nhìn vào thư mục (ổ mạng: thưa gấp ba).")] = 2.0,
    settle: Annotated[float, typer.Option(min=0.0, help="Số giây tệp phải nằm yên trước khi được xem là đã ghi xong.")] = 3.0,
    patience: Annotated[float, typer.Option(min=0.0, help="Số giây chờ một tệp dở dang trước khi cách ly nó.")] = 600.0,
    most: Annotated[int, typer.Option(min=1, help="Số giấy tờ chờ xử lý nhiều nhất; quá thì tạm ngừng nhận.")] = 1000,
    remove: Annotated[bool, typer.Option("--remove/--keep", help="Xóa tệp đã lưu kho, thay vì giữ ở .sohoa/done.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Nhận hết những gì đang có, làm xong rồi dừng.")] = False,
    no_work: Annotated[bool, typer.Option("--no-work", help="Chỉ nhận giấy tờ; việc xử lý để các tiến trình khác làm.")] = False,
    new_folder: Annotated[bool, typer.Option("--new-folder", help="Ổ ở chỗ này đã được đổi có chủ ý: coi là thư mục mới.")] = False,
    jobs: Annotated[int, typer.Option(min=0, help="Số trang đọc cùng lúc; 0: mỗi nhân máy một trang.")] = 0,
    no_sign: Annotated[bool, typer.Option("--no-sign", help="Lưu kho mà không ký (không được tính là bằng chứng).")] = False,
    as_json: Json = False,
) -> None:
    """Theo dõi thư mục: giấy tờ bỏ vào được nhận, đọc, ký, lưu kho; chạy được nhiều ngày liền.

    Tệp chỉ được nhận khi đã ghi xong; đã lưu kho và đọc lại khớp thì được cất vào DIR/.sohoa/done (hoặc xóa, với --remove);
    tệp hỏng nằm ở DIR/.sohoa/quarantined kèm lý do. Ổ mạng rời ra thì chờ, gắn lại thì làm tiếp. Dừng: Ctrl-C.

    \b
    Ví dụ:
      sohoa watch may-quet/
      sohoa watch may-quet/ --unit H49.12 --remove
      sohoa watch may-quet/ --once --json > ket-qua.jsonl
    """
    here = with_catalogue()
    if not no_sign:
        with open_office(here.home) as office:
            must_be_ready(office)
    manner = Manner(every, settle, patience, most, remove, once, new_folder)
    order = Order(dossier, procedure, unit or here.unit, not no_sign)
    watching = Watching(folders, here.home, manner, now=now)
    try:
        with stop_on_ctrl_c() as asked, _Line(watching, as_json) as line:
            run = local.run(
                watching,
                here.claims,
                order,
                line,
                open_bench=None if no_work else lambda: with_bench(here, jobs or here.jobs),
                stop_asked=lambda: asked.yes,
                mend_store=lambda connection: mend(here.home, here.s3, connection),
            )
    finally:
        watching.close()
    if run.stopped_by:
        told_why(run.stopped_by, as_json)
    people.print(line.said())
    # A watch that was asked to stop did what it should: what needs a person was told when it came up.
    raise typer.Exit(int(run.exit_code if once else Exit.OK))


class _Line:
    """One live line for people; on a terminal it is drawn over, elsewhere only what changes is printed."""

    def __init__(self, watching: Watching, as_json: bool) -> None:
        self._watching, self._as_json = watching, as_json
        self._counts: dict[str, int] = {}
        self._taken = self._open = 0
        self._waits: tuple[str, ...] = ()
        self._live = Live(console=people, auto_refresh=False, transient=True)

    def __enter__(self) -> _Line:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def outcome(self, outcome: Outcome) -> None:
        self._counts[outcome.state] = self._counts.get(outcome.state, 0) + 1
        if self._as_json:
            print_json(outcome.as_dict())
        elif outcome.needs_a_person:
            error = outcome.error or {}
            people.print(
                f"[yellow]•[/] {Path(outcome.source).name}: {error.get('vi', '')} [dim]{error.get('remedy', '')}[/]",
                highlight=False,
            )
        elif outcome.state == DUPLICATE:
            people.print(f"[dim]= {Path(outcome.source).name}: đã có trong kho ({outcome.item.document_id})[/]", highlight=False)

    def progress(self, progress: local.Progress) -> None:
        self._taken, self._open = progress.papers, progress.papers - progress.papers_done
        waits = tuple(_waiting(root, waiting.for_, waiting.since) for root, waiting in self._watching.waits())
        for new in waits:
            if new not in self._waits:
                people.print(f"[yellow]…[/] {new}", highlight=False)
        if self._waits and not waits:
            people.print("[green]✓[/] Đã làm việc tiếp.")
        self._waits = waits
        self._live.update(Text("\n".join([self.said(), *(f"Đang chờ: {wait}" for wait in waits)])), refresh=people.is_terminal)

    def said(self) -> str:
        """`Đã nhận 12 · đang làm 3 · đã lưu kho 8 · cách ly 1`"""
        states = [f"{STATES_VI.get(state, state)} {number_vi(count)}" for state, count in sorted(self._counts.items())]
        unripe = self._watching.unripe()
        seen = [f"chờ ghi xong {number_vi(unripe)}"] if unripe else []
        return " · ".join([f"Đã nhận {number_vi(self._taken)}", f"đang làm {number_vi(self._open)}", *states, *seen])


def _waiting(root: Path | None, reason: SohoaError, since: datetime) -> str:
    where = f"{root.name}: " if root else ""
    return f"{where}{reason.as_dict()['vi']} (từ {since.astimezone(VIETNAM):%H:%M:%S %d/%m})"


def add_to(app: typer.Typer) -> None:
    app.command()(watch)
