"""`sohoa storage check|policy`: is this store really WORM, and who may do what in it."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from datetime import timedelta
from secrets import token_hex
from typing import Annotated

import typer
from rich.markup import escape

from sohoa.cli.output import MARKS, Json, number_vi, people, print_json
from sohoa.cli.storage_words import CONCLUSIONS, REASONS, TRIES, WHO
from sohoa.config.settings import settings
from sohoa.kernel.clock import iso_vietnam, now
from sohoa.kernel.errors import Exit
from sohoa.storage.objects.connect import open_store, running_store
from sohoa.storage.objects.errors import BucketMissing
from sohoa.storage.objects.findings import Acceptance, Finding
from sohoa.storage.objects.lock_check import SECONDS, check_store, sweep_store
from sohoa.storage.objects.policies import ROLES, Role, policy
from sohoa.storage.objects.seaweed import Connection

PATIENCE = 120  # seconds that we wait for our own locks to run out; a store that takes only longer ones keeps what we tried


def check(
    seconds: Annotated[int, typer.Option(min=3, max=3600, help="Các vật thử bị khóa bao nhiêu giây.")] = SECONDS,
    as_json: Json = False,
) -> None:
    """Thử mọi cách xóa, ghi đè, rút ngắn, vượt khóa trên kho đang dùng, bằng mọi khóa truy cập đang có; rồi kết luận.

    Chỉ đụng tới vật thử do lệnh này tạo ra, và dọn chúng khi khóa thử hết hạn. Mã thoát 1 khi kho không giữ được khóa chống xóa.

    \b
    Ví dụ:
      sohoa storage check
      sohoa storage check --json
    """
    here = settings()
    token = token_hex(6)
    with running_store(here.home, here.s3) as connection:
        # A store that cannot make such a bucket is just what the tries are to show.
        with open_store(connection) as store, suppress(BucketMissing):
            store.prepare()
        looked = check_store(connection, token=token, seconds=seconds, clock=now)
        if not as_json:
            _tell(looked, embedded=connection.disk is not None)
        left, until = _swept(connection, token, looked.locked_for)
    if as_json:
        print_json(_as_dict(looked, left, embedded=here.s3 is None, lock_mode=here.lock_mode))
    elif left:
        people.print(f"Kho còn giữ {number_vi(left)} vật thử nhỏ, bị khóa tới {until}; có thể bỏ qua.")
    good = looked.worm or (here.lock_mode == "NONE" and looked.conclusion != "unfit")
    raise typer.Exit(int(Exit.OK if good else Exit.NEEDS_A_PERSON))


def show_policy(
    role: Annotated[
        str, typer.Option(help="daily: số hóa và lưu trữ; admin: tạo ngăn, giữ và hủy theo quyết định; auditor: chỉ đọc.")
    ] = "daily",
) -> None:
    """In chính sách quyền S3 tối thiểu cho một vai, dạng JSON, để đưa cho người quản trị kho.

    \b
    Ví dụ:
      sohoa storage policy
      sohoa storage policy --role auditor > kiem-toan.json
    """
    wanted: list[Role] = [one for one in ROLES if one == role]
    if not wanted:
        raise typer.BadParameter(f"chọn một trong: {', '.join(ROLES)}")
    sys.stdout.write(json.dumps(policy(wanted[0]), indent=2) + "\n")


def _swept(connection: Connection, token: str, locked_for: int) -> tuple[int, str]:
    """What the store still keeps of our tries, and until when."""
    until = iso_vietnam(now() + timedelta(seconds=locked_for))
    if 0 < locked_for <= PATIENCE:
        with people.status(f"Đợi {locked_for} giây cho khóa thử hết hạn để dọn vật thử"):
            time.sleep(locked_for)
    return sweep_store(connection, token=token), until


def _tell(looked: Acceptance, *, embedded: bool) -> None:
    for one in looked.findings:
        what, reason = TRIES[one.code][0], REASONS[one.verdict.reason][0]
        said = f" [dim]({escape(one.verdict.evidence['code'])})[/]" if one.verdict.evidence.get("code") else ""
        people.print(f"{MARKS[one.verdict.outcome]} {one.bucket} · {WHO[one.who][0]}: {what} – {reason}{said}")
    people.print(f"[bold]{escape(CONCLUSIONS[looked.conclusion][0])}[/]")
    for note in _notes(looked, embedded=embedded):
        people.print(f"  → {note[0]}")


def _notes(looked: Acceptance, *, embedded: bool) -> list[tuple[str, str]]:
    notes = list[tuple[str, str]]()
    if embedded:
        notes.append(
            (
                "Kho kèm theo chỉ khóa qua cửa S3: tài khoản đang chạy sohoa trên máy này vẫn có thể sửa tệp của kho. "
                "Cần thêm một bản sao ở nơi khác, trong kho có khóa chống xóa của bên thứ ba.",
                "The embedded store locks at its S3 door only: the user who runs sohoa on this machine can still change the store's "
                "files. Keep another copy elsewhere, in a store whose lock somebody else guards.",
            )
        )
    if any(one.code == "control" and one.who == "daily" and one.verdict.ok for one in looked.findings):
        notes.append(
            (
                "Khóa dùng hằng ngày xóa được bản chưa khóa; hãy cấp quyền tối thiểu: sohoa storage policy.",
                "The daily keys can delete what is not locked; give them the least privilege: `sohoa storage policy`.",
            )
        )
    if looked.conclusion == "unproven":
        notes.append(
            (
                "Chưa khóa truy cập nào được phép xóa, nên việc bị từ chối chưa chứng minh được khóa chống xóa; hãy thử thêm bằng khóa quản trị.",
                "None of the keys may delete at all, so their refusal does not prove the lock; try again with an administrator's keys.",
            )
        )
    return notes


def _as_dict(looked: Acceptance, left: int, *, embedded: bool, lock_mode: str) -> dict[str, object]:
    notes = [{"vi": vi, "en": en} for vi, en in _notes(looked, embedded=embedded)]
    return {
        "worm": looked.worm,
        "conclusion": looked.conclusion,
        "lock_mode": lock_mode,
        "vi": CONCLUSIONS[looked.conclusion][0],
        "en": CONCLUSIONS[looked.conclusion][1],
        "against": [f"{one.bucket}/{one.who}/{one.code}" for one in looked.against],
        "findings": [_finding(one) for one in looked.findings],
        "notes": notes,
        "left": left,
    }


def _finding(one: Finding) -> dict[str, object]:
    (what, what_en), (reason, reason_en) = TRIES[one.code], REASONS[one.verdict.reason]
    return one.as_dict() | {"vi": f"{what}: {reason}", "en": f"{what_en}: {reason_en}"}


def add_to(app: typer.Typer) -> None:
    storage = typer.Typer(no_args_is_help=True, help="Kho lưu trữ: có thật sự chống xóa không, ai được làm gì trong kho.")
    storage.command("check")(check)
    storage.command("policy")(show_policy)
    app.add_typer(storage, name="storage")
