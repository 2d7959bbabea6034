"""`sohoa backup` and `sohoa drill`: copies of the whole archive elsewhere, and the proof that they give it back."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from sohoa.cli.output import Json, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.config.settings import Settings, settings
from sohoa.kernel.clock import now
from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import Exit
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.drill import Drilled, drill
from sohoa.pipeline.signing.office import open_office
from sohoa.storage.audit.keys import known_keys, open_key
from sohoa.storage.backup.keeping_keys import unseal
from sohoa.storage.backup.making import Made, make
from sohoa.storage.backup.model import NOT_INCLUDED, NotABackup
from sohoa.storage.backup.reading import Backup, newest
from sohoa.storage.backup.restoring import Moves, load_catalogue, must_be_empty, put_catalogue, restore_objects, settle
from sohoa.storage.backup.shelf import FolderShelf, Shelf, StoreShelf
from sohoa.storage.catalogue import database
from sohoa.storage.objects.s3 import S3Store

_LAST = "backup/last"  # where the newest backup of this home lies, so that a drill needs no telling
SAMPLE = 20  # packages of a drill that names no number


def backup(
    place: Annotated[str, typer.Argument(help="Thư mục, hoặc s3://ngăn/tiền-tố trong kho S3 đã cấu hình.", show_default=False)],
    restore: Annotated[bool, typer.Option("--restore", help="Khôi phục từ đó vào SOHOA_HOME và kho đang trống.")] = False,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Kèm (hoặc lấy lại) các khóa, mã hóa bằng mật khẩu sẽ được hỏi.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Sao lưu toàn bộ kho, nhật ký và cơ sở dữ liệu; chỉ chép những gì nơi ấy chưa có, vừa chép vừa so mã băm.

    \b
    Ví dụ:
      sohoa backup /ban-sao-luu
      sohoa backup /ban-sao-luu --with-keys
      SOHOA_HOME=/sohoa-moi sohoa backup --restore /ban-sao-luu
    """
    if restore:
        _restore(place, with_keys=with_keys, as_json=as_json)
        return
    here = with_catalogue()
    passphrase = _passphrase(twice=True) if with_keys else ""
    with with_store(here) as store, _shelf(place, here) as shelf, _watched("Đang sao lưu") as counted:
        keys = (here.keys, passphrase) if with_keys else None
        made = make(store, shelf, now=now(), key=open_key(here.keys), keys=keys, counted=counted)
    write_durably(here.home / _LAST, place.encode() if place.startswith("s3://") else str(Path(place).resolve()).encode())
    if as_json:
        print_json(made.as_dict())
    else:
        _tell_made(made, with_keys=with_keys)
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if made.wrong else Exit.OK))


def drill_command(
    sample: Annotated[int, typer.Option("--sample", min=1, help="Số gói khôi phục thử.")] = SAMPLE,
    from_: Annotated[str, typer.Option("--from", help="Bản sao lưu; bỏ trống: nơi sao lưu gần nhất.")] = "",
    seed: Annotated[str, typer.Option("--seed", help="Số gieo của mẫu; cùng số thì cùng mẫu.")] = "",
    as_json: Json = False,
) -> None:
    """Diễn tập khôi phục: lấy ngẫu nhiên một số gói từ bản sao lưu, khôi phục vào kho tạm, kiểm tra lại mã băm, gói và chữ ký.

    \b
    Ví dụ:
      sohoa drill
      sohoa drill --sample 200 --from /ban-sao-luu
    """
    here = settings()
    place = from_ or _last(here)
    with _shelf(place, here) as shelf, _watched("Đang khôi phục thử") as counted:
        done = drill(
            newest(shelf),
            keys=known_keys(here.keys),
            trust=open_office(here.home).trust,
            sample=sample,
            seed=seed or token_hex(4),
            now=now(),
            counted=counted,
        )
    if as_json:
        print_json(done.as_dict())
    else:
        _tell_drilled(done)
    raise typer.Exit(int(Exit.OK if done.ok else Exit.NEEDS_A_PERSON))


def _restore(place: str, *, with_keys: bool, as_json: bool) -> None:
    here = settings()
    passphrase = _passphrase(twice=False) if with_keys else ""
    with _shelf(place, here) as shelf:
        copy = newest(shelf)
        mark = here.home / "restoring" / copy.name
        begun = mark.exists()
        if with_keys:
            _keys_back(copy, passphrase, here)
        if here.database.file and not begun:
            put_catalogue(copy, here.database.file)
        write_durably(mark, b"")
        database.ready(here.home)
        if not here.database.file and not begun:
            load_catalogue(copy)
        moves = Moves(mark.with_suffix(".moves"))
        with with_store(here) as store, _watched("Đang khôi phục") as counted:
            must_be_empty(copy, store)
            count = restore_objects(copy, store, now=now(), moves=moves, counted=counted)
            changed = settle(moves, copy.name, now=now())
        moves.close()
    mark.unlink()
    mark.with_suffix(".moves").unlink(missing_ok=True)
    if as_json:
        print_json({"backup": copy.name, "objects": count, "versions_renamed": changed})
    else:
        people.print(f"Đã khôi phục {number_vi(count)} đối tượng từ bản sao lưu {copy.name}.")
        people.print("  → Kiểm tra ngay: sohoa verify --all")


def _keys_back(copy: Backup, passphrase: str, here: Settings) -> None:
    told = copy.told.get("keys")
    if not told:
        raise NotABackup(why="it was made without keys", why_vi="bản này không kèm khóa")
    unseal(copy.file(told["file"], told["sha256"]), passphrase, here.keys)


@contextmanager
def _shelf(place: str, here: Settings) -> Iterator[Shelf]:
    if not place.startswith("s3://"):
        yield FolderShelf(Path(place).absolute())
        return
    if here.s3 is None:
        raise NotABackup(why="s3:// needs SOHOA_S3_URL", why_vi="s3:// cần SOHOA_S3_URL")
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    if not bucket or bucket in ("records", "audit", "work", "probe"):
        raise NotABackup(
            why="a bucket of the archive itself is no place for its backup", why_vi="không sao lưu vào ngăn của chính kho"
        )
    with S3Store(here.s3.url, here.s3.access_key, here.s3.secret_key) as store:
        yield StoreShelf(store, bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else "")


def _last(here: Settings) -> str:
    note = here.home / _LAST
    if not note.is_file():
        raise NotABackup(why="none was made from this home; name one with --from", why_vi="chưa sao lưu lần nào; nêu bằng --from")
    return note.read_text().strip()


def _passphrase(*, twice: bool) -> str:
    """From the terminal, or the first line of standard input: a command line is read by everybody on the machine."""
    if not sys.stdin.isatty():
        given = sys.stdin.readline().rstrip("\n")
    else:
        given = getpass.getpass("Mật khẩu cho các khóa: ", stream=sys.stderr)
        if twice and getpass.getpass("Nhập lại mật khẩu: ", stream=sys.stderr) != given:
            raise typer.BadParameter("hai lần nhập khác nhau")
    if len(given) < 12:
        raise typer.BadParameter("mật khẩu cần ít nhất 12 ký tự")
    return given


@contextmanager
def _watched(what: str) -> Iterator[Callable[[int], None]]:
    columns = (SpinnerColumn(), TextColumn(what), TextColumn("{task.completed}"))
    with Progress(*columns, console=people, transient=True) as progress:
        bar = progress.add_task("", total=None)
        yield lambda count: progress.advance(bar, count)


def _tell_made(made: Made, *, with_keys: bool) -> None:
    people.print(
        f"Bản sao lưu {made.name}: {number_vi(made.objects)} đối tượng, {number_vi(made.all_bytes)} byte; "
        f"chép mới {number_vi(made.copied)} đối tượng, {number_vi(made.bytes)} byte."
    )
    for one in made.wrong:
        people.print(f"[red]✗[/] {one.bucket}: {one.key} – {one.wrong}", markup=True)
    left = [vi for name, (vi, _) in NOT_INCLUDED.items() if not (with_keys and name == "keys")]
    people.print("Không có trong bản sao lưu: " + "; ".join(left) + ".")
    if made.wrong:
        people.print("  → Các đối tượng trên đã hỏng trong kho nên không được chép; chạy «sohoa verify --all».")


def _tell_drilled(done: Drilled) -> None:
    share = f"{done.at_least * 100:.2f}".replace(".", ",")
    people.print(f"Bản sao lưu {done.backup}: khôi phục được {number_vi(done.recoverable)} trên {number_vi(done.drilled)} gói thử")
    people.print(f"  trong {number_vi(done.all)} gói; với độ tin cậy 95 %, khôi phục được ít nhất {share} % toàn bộ.")
    people.print(f"  {number_vi(done.records)} bản ghi, {done.seconds:.1f} giây, số gieo {done.seed}".replace(".", ","))
    if done.signed.outcome is not Outcome.OK:
        people.print(f"[yellow]?[/] chữ ký của bản sao lưu: {done.signed.reason}")
    for one in done.failures:
        mark = "[red]✗[/]" if one.outcome is Outcome.FAILED else "[yellow]?[/]"
        people.print(f"{mark} {one.id}: {one.reason}")
    if not done.drilled:
        people.print("Bản sao lưu này không có gói nào.")
    elif not done.ok:
        people.print("  → Tạo ngay một bản sao lưu mới vào chỗ khác, rồi tìm nguyên nhân; giữ bản hỏng để điều tra.")


def add_to(app: typer.Typer) -> None:
    app.command("backup")(backup)
    app.command("drill")(drill_command)
