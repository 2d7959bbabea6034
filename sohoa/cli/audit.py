"""`sohoa audit verify|prove|checkpoint|key`: does the log hold, and a file that proves it to others."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from sohoa.cli.output import MARKS, Json, data, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.kernel.clock import VIETNAM, iso_vietnam, now
from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import Exit
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.auditing import checked, fix, log_key, receipt
from sohoa.pipeline.signing.office import open_office
from sohoa.storage.archive import Lock
from sohoa.storage.audit.checkpoint import MOST_BYTES, NO_SERVICE, Checkpoint, read_checkpoint
from sohoa.storage.audit.errors import CheckpointUnreadable
from sohoa.storage.audit.keys import fingerprint
from sohoa.storage.audit.making import Made
from sohoa.storage.audit.verifying import LogReport

SHOWN = 50  # findings; the rest is counted, and all that are named are in --json

Output = Annotated[Path | None, typer.Option("-o", "--output", dir_okay=False, help="Ghi vào tệp này; bỏ trống thì in ra stdout.")]


def verify(
    witness: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Mốc do người ngoài giữ («sohoa audit checkpoint -o»).")
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="Khóa công khai cũ của nhật ký (PEM); dùng nhiều lần được."),
    ] = None,
    trust: Annotated[
        list[Path] | None, typer.Option(exists=True, help="Chứng thư gốc của nơi cấp dấu thời gian; dùng nhiều lần được.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Kiểm tra nhật ký: chuỗi trong cơ sở dữ liệu, các gói và mốc trong kho khóa, rồi so từng mục với nhau.

    Tìm và nêu tên mục bị sửa, xóa, chèn, đổi chỗ; cơ sở dữ liệu bị đưa về bản cũ; mốc hay gói bị thay, mất, che hoặc đè.

    \b
    Ví dụ:
      sohoa audit verify
      sohoa audit verify --witness moc-thang-6.json --json
    """
    here = with_catalogue()
    kept = _checkpoint_in(witness) if witness else None
    with open_office(here.home) as office, with_store(here) as store, people.status("Đang kiểm tra nhật ký…") as line:

        def progress(sequence: int) -> None:
            line.update(f"Đang kiểm tra nhật ký… {number_vi(sequence)}")

        report = checked(office, store, now=now(), keys=key or (), trust=trust or (), witness=kept, progress=progress)
    if as_json:
        print_json(report.as_dict())
    else:
        _show(report)
    raise typer.Exit(int(Exit.OK if report.ok else Exit.NEEDS_A_PERSON))


def prove(
    about: Annotated[str, typer.Argument(metavar="ID", help="Mã bản ghi, hoặc số của một mục nhật ký.")],
    output: Output = None,
    only: Annotated[str, typer.Option(help="Chỉ những mục của việc này, ví dụ record.archived.")] = "",
    newest: Annotated[
        bool, typer.Option("--newest", help="Theo mốc mới nhất: dấu thời gian còn kiểm được lâu nhất, thay vì mốc sớm nhất.")
    ] = False,
) -> None:
    """Lập biên nhận: một tệp tự chứng minh rằng các mục về bản ghi này có trong nhật ký, từ bao giờ, không cần sohoa để kiểm.

    Mục chưa được chốt thì chốt trước. Cách kiểm biên nhận: docs/vi/nhat-ky.md.

    \b
    Ví dụ:
      sohoa audit prove 3f2a90c1d4e5f6a7b8c9 -o bien-nhan.json
      sohoa audit prove 3f2a90c1d4e5f6a7b8c9 --only record.archived > bien-nhan.json
    """
    here = with_catalogue()
    with open_office(here.home) as office, with_store(here) as store:
        made = receipt(office, store, Lock(here.lock_mode, here.lock_days), about, now=now(), only=only, newest=newest)
    _give(made.written, output)
    people.print(f"Biên nhận cho {number_vi(len(made.events))} mục, theo mốc ở mục {number_vi(made.checkpoint.body.size)}.")
    _tell_stamp(made.checkpoint)
    people.print("  → Đưa kèm khóa công khai («sohoa audit key») và docs/check_receipt.py cho người kiểm.")


def checkpoint(output: Output = None, as_json: Json = False) -> None:
    """Chốt nhật ký ngay bây giờ: cất các mục mới vào kho khóa, ký và đóng dấu thời gian.

    Với -o, mốc mới nhất được ghi ra tệp để giao cho người làm chứng bên ngoài giữ; sau này so bằng «sohoa audit verify --witness».

    \b
    Ví dụ:
      sohoa audit checkpoint
      sohoa audit checkpoint -o moc-thang-6.json
    """
    here = with_catalogue()
    with open_office(here.home) as office, with_store(here) as store:
        made = fix(office, store, Lock(here.lock_mode, here.lock_days), now=now())
    if made and output:
        write_durably(output, made.checkpoint.written)
    if as_json:
        print_json(_made_dict(made))
    elif made is None:
        people.print("Nhật ký chưa có mục nào; không phải làm gì.")
    else:
        who = " (một tiến trình khác vừa chốt)" if made.by_another else ""
        people.print(f"Đã chốt tới mục {number_vi(made.checkpoint.body.size)}, thêm {number_vi(made.new)} mục mới{who}.")
        _tell_stamp(made.checkpoint)


def key(output: Output = None, as_json: Json = False) -> None:
    """In khóa công khai của nhật ký. Ghi lại dấu vân tay ở nơi khác: ai kiểm biên nhận cũng cần so.

    \b
    Ví dụ:
      sohoa audit key -o audit-key.pem
    """
    here = with_catalogue()
    ours = log_key(open_office(here.home))
    if output:
        write_durably(output, ours.public_pem.encode())
    if as_json:
        print_json({"fingerprint": ours.fingerprint, "pem": ours.public_pem})
    elif not output:
        data.print(ours.public_pem, end="", markup=False)
    people.print(f"Dấu vân tay (SHA-256): {ours.fingerprint}")


def _show(report: LogReport) -> None:
    counts = (
        (report.events, "mục"),
        (report.fixed, "đã chốt"),
        (report.checkpoints, "mốc"),
        (report.stamped, "mốc có dấu thời gian"),
    )
    people.print(" · ".join(f"{number_vi(count)} {what}" for count, what in counts))
    for one in report.findings[:SHOWN]:
        why = f" [dim]{escape(one.why)}[/]" if one.why else ""
        data.print(f"{MARKS[one.outcome]} {one.vi} ({one.reason}){why}")
    left = len(report.findings[SHOWN:]) + report.more
    if left:
        people.print(f"… và {number_vi(left)} điều khác; xem bằng --json.")
    if report.since:
        people.print(f"Dấu thời gian mới nhất: {_vi(report.since)}")
    if report.ok:
        people.print(f"{MARKS[Outcome.OK]} Nhật ký nguyên vẹn.")
    if report.ok and report.events > report.fixed:
        people.print(f"  → {number_vi(report.events - report.fixed)} mục mới chưa chốt: sohoa audit checkpoint")
    if not report.ok:
        people.print(
            "  → Giữ nguyên cơ sở dữ liệu và kho, báo người quản trị và người kiểm toán. Ý nghĩa từng mã: docs/vi/nhat-ky.md"
        )


def _tell_stamp(made: Checkpoint) -> None:
    if made.stamp:
        people.print("Mốc có dấu thời gian của nơi cấp bên ngoài.")
    elif made.unstamped == NO_SERVICE:
        people.print("Mốc không có dấu thời gian: chưa khai dịch vụ. Thời điểm chỉ là lời của kho này.")
        people.print("  → Khai services.timestamps trong signing.toml (xem docs/vi/ky-so.md).")
    else:
        people.print(f"Mốc không có dấu thời gian: dịch vụ không cấp được ({made.unstamped}). Mốc sau có dấu sẽ bao trùm mốc này.")


def _made_dict(made: Made | None) -> dict[str, object]:
    if made is None:
        return {"size": 0, "new": 0}
    body = made.checkpoint.body
    return {
        "size": body.size,
        "new": made.new,
        "by_another": made.by_another,
        "root": body.root,
        "at": iso_vietnam(body.at),
        "sha256": made.checkpoint.sha256,
        "stamped": made.checkpoint.stamp is not None,
        "unstamped": made.checkpoint.unstamped or None,
        "key": fingerprint(body.key),
    }


def _checkpoint_in(place: Path) -> Checkpoint:
    try:
        with place.open("rb") as stream:
            return read_checkpoint(stream.read(MOST_BYTES + 1))
    except OSError as failure:
        raise CheckpointUnreadable(why=type(failure).__name__) from failure


def _give(written: bytes, output: Path | None) -> None:
    if output:
        write_durably(output, written)
    else:
        sys.stdout.buffer.write(written)
        sys.stdout.flush()


def _vi(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"


def add_to(app: typer.Typer) -> None:
    audit = typer.Typer(help="Nhật ký tự chứng minh: kiểm tra, chốt, lập biên nhận.", no_args_is_help=True)
    audit.callback()(lambda: None)
    audit.command("verify")(verify)
    audit.command("prove")(prove)
    audit.command("checkpoint")(checkpoint)
    audit.command("key")(key)
    app.add_typer(audit, name="audit")
