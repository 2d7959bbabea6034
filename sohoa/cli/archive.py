"""`sohoa search` and `sohoa show`: find records, open one."""

from __future__ import annotations

import html
import re
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from sohoa.cli.output import Json, data, number_vi, people, print_json, table
from sohoa.cli.reading import FIELDS_VI
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.storage.alto import TextUnreadable
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Record
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.reading_room import opened
from sohoa.storage.search.asking import EXACT, FOLDED, SIMILAR
from sohoa.storage.search.index import Found, Narrowed, boxes, find


class SignatureState(StrEnum):
    OK = "ok"
    FAILED = "failed"
    UNDETERMINED = "undetermined"
    NONE = "none"


def search(
    query: Annotated[
        str,
        typer.Argument(
            help='Từ cần tìm; gõ không dấu cũng được, có dấu thì khớp đúng dấu xếp trước. "cụm từ" và tiền tố* đều được.'
        ),
    ],
    type_: Annotated[str, typer.Option("--type", help="Mã loại văn bản, ví dụ QĐ.")] = "",
    unit: Annotated[str, typer.Option(help="Mã đơn vị.")] = "",
    from_: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Từ ngày văn bản, dạng 2026-01-31.")
    ] = None,
    to: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Đến hết ngày văn bản.")] = None,
    dossier: Annotated[str, typer.Option(help="Mã hồ sơ.")] = "",
    procedure: Annotated[str, typer.Option(help="Mã thủ tục hành chính.")] = "",
    signature: Annotated[
        SignatureState | None, typer.Option(help="Kết quả kiểm tra chữ ký; none: văn bản không ký số.", show_choices=True)
    ] = None,
    with_boxes: Annotated[bool, typer.Option("--boxes", help="Kèm vị trí các từ tìm thấy trên ảnh trang (cần --json).")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Nhiều nhất bao nhiêu kết quả.")] = 20,
    as_json: Json = False,
) -> None:
    """Tìm trong kho theo chữ trên giấy tờ, theo số, ký hiệu hoặc mã hồ sơ.

    \b
    Ví dụ:
      sohoa search "giấy phép xây dựng"
      sohoa search '"giấy phép" xây dự*' --signature ok
      sohoa search "giay phep" --type QĐ --from 2026-01-01
    """
    here = with_catalogue()
    narrowed = Narrowed(
        type_,
        unit,
        from_.date() if from_ else None,
        to.date() if to else None,
        dossier,
        procedure,
        signature.value if signature else "",
    )
    found = find(query, narrowed, limit=limit)
    # What was asked may name a person, so the log keeps only that somebody looked, and how much they saw.
    chain.append("archive.searched", "archive", now=now(), details={"hits": len(found.hits)})
    _tell_limits(found)
    if as_json:
        hits = [asdict(hit) for hit in found.hits]
        if with_boxes:
            with with_store(here) as store:
                for hit in hits:
                    hit["boxes"] = _boxes_of(hit, query, store)
        print_json({"total": found.total, "total_is_exact": found.total_is_exact, "waiting": found.waiting, "hits": hits})
        return
    if not found.hits:
        people.print("Không tìm thấy. Thử ít từ hơn, hoặc bỏ bớt điều kiện lọc.")
    for hit in found.hits:
        data.print(f"[bold]{hit.document_id}[/]  {hit.type or '—'}  {hit.date or ''}  {escape(hit.title)}{_HOW[hit.match]}")
        where = f"trang {hit.page}" if hit.page else "thông tin văn bản"
        data.print(f"    {where}: {_on_screen(hit.snippet)}" + (f"  [dim]hồ sơ {escape(hit.dossier)}[/]" if hit.dossier else ""))
    if found.total > len(found.hits):
        more = "" if found.total_is_exact else "hơn "
        people.print(f"Hiện {len(found.hits)} trong {more}{number_vi(found.total)} văn bản.")


_HOW = {EXACT: "", FOLDED: " [dim](khớp không dấu)[/]", SIMILAR: " [dim](gần giống, có thể máy đọc nhầm chữ)[/]"}


def _on_screen(snippet: str) -> str:
    """What stands in the snippet as text stays text, here too."""
    pieces = re.split(r"<mark>(.*?)</mark>", snippet)
    return "".join(
        f"[reverse]{escape(html.unescape(piece))}[/]" if at % 2 else escape(html.unescape(piece)) for at, piece in enumerate(pieces)
    )


def _tell_limits(found: Found) -> None:
    if found.waiting:
        people.print(f"Còn {number_vi(found.waiting)} thay đổi chưa vào chỉ mục; kết quả có thể chưa đủ.")
    if found.cut:
        people.print("Câu hỏi quá dài, chỉ phần đầu được tìm.")


def _boxes_of(hit: dict[str, Any], query: str, store: ObjectStore) -> dict[str, Any] | None:
    """None where the record has no text, or one that cannot be read: a hit stays a hit."""
    record = Record.objects.filter(pk=hit["document_id"]).first()
    try:
        found = boxes(record, hit["page"], query, hit["match"], store) if record else None
    except (TextUnreadable, ObjectMissing, ObjectUnreadable):
        return None
    return asdict(found) if found else None


def show(document_id: Annotated[str, typer.Argument(help="Mã bản ghi, như «sohoa search» in ra.")], as_json: Json = False) -> None:
    """Mở một bản ghi: loại, trường, chữ ký, tệp trong kho, hồ sơ, lịch sử. Mỗi lần mở đều được ghi nhật ký.

    \b
    Ví dụ:
      sohoa show 3f2a90c1d4e5f6a7b8c9
    """
    with_catalogue()
    record = opened(document_id, now=now())
    if as_json:
        print_json(record)
        raise typer.Exit(int(Exit.OK))
    data.print(f"[bold]{record['type']['name'] or 'Chưa rõ loại'}[/] {record['title']}")
    rows = [
        (FIELDS_VI.get(name, name), str(field["value"]), "cần xem lại" if name in record["needs_review"] else "")
        for name, field in record["fields"].items()
    ]
    rows += [(FIELDS_VI.get(name, name), "—", "cần nhập") for name in record["needs_review"] if name not in record["fields"]]
    data.print(table("Trường", "Giá trị", "", rows=rows))
    data.print(
        f"{number_vi(record['pages'])} trang · chữ ký {record['signature']['level'] or 'không có'} {record['signature']['verdict']}"
    )
    for proof in record["evidence"]["proofs"]:
        data.print(f"Chứng cứ từ {proof['since']}, gia hạn trước {proof['renew_by']}: {', '.join(proof['covers'])}")
    if record["evidence"]["proofs"] and record["evidence"]["not_covered"]:
        data.print(f"  chưa có chứng cứ: {', '.join(record['evidence']['not_covered'])}")
    for filing in record["filings"]:
        data.print(f"Hồ sơ {filing['dossier']}: {filing['place'] or 'chưa rõ thành phần'}")
    data.print(
        table(
            "Tệp",
            "Kích thước",
            "SHA-256",
            "Nơi lưu",
            rows=((f["role"], number_vi(f["size"]), f["sha256"][:16] + "…", f"{f['bucket']}/{f['key']}") for f in record["files"]),
            right=(1,),
        )
    )
    data.print(table("Lúc", "Ai", "Việc", rows=((event["at"], event["actor"], event["action"]) for event in record["history"])))


def add_to(app: typer.Typer) -> None:
    app.command()(search)
    app.command()(show)
