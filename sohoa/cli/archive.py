"""`sohoa search` and `sohoa show`: find records, open one."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from sohoa.cli.output import Json, data, number_vi, people, print_json, table
from sohoa.cli.reading import FIELDS_VI
from sohoa.cli.workplace import with_catalogue
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.storage.audit import chain
from sohoa.storage.reading_room import opened
from sohoa.storage.search.index import Narrowed
from sohoa.storage.search.index import search as search_archive


def search(
    query: Annotated[str, typer.Argument(help="Từ cần tìm; gõ không dấu cũng được, có dấu thì khớp đúng dấu xếp trước.")],
    type_: Annotated[str, typer.Option("--type", help="Mã loại văn bản, ví dụ QĐ.")] = "",
    unit: Annotated[str, typer.Option(help="Mã đơn vị.")] = "",
    from_: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Từ ngày văn bản, dạng 2026-01-31.")
    ] = None,
    to: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Đến hết ngày văn bản.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Nhiều nhất bao nhiêu kết quả.")] = 20,
    as_json: Json = False,
) -> None:
    """Tìm trong kho theo chữ trên giấy tờ, theo số, ký hiệu hoặc mã hồ sơ.

    \b
    Ví dụ:
      sohoa search "giấy phép xây dựng"
      sohoa search "giay phep" --type QĐ --from 2026-01-01
    """
    with_catalogue()
    narrowed = Narrowed(type_, unit, from_.date() if from_ else None, to.date() if to else None)
    hits = search_archive(query, narrowed, limit=limit)
    # What was asked may name a person, so the log keeps only that somebody looked, and how much they saw.
    chain.append("archive.searched", "archive", now=now(), details={"hits": len(hits)})
    if as_json:
        print_json({"total": len(hits), "hits": [asdict(hit) for hit in hits]})
        return
    if not hits:
        people.print("Không tìm thấy. Thử ít từ hơn, hoặc bỏ bớt điều kiện lọc.")
    for hit in hits:
        how = "" if hit.match == "exact" else " [dim](khớp không dấu)[/]"
        data.print(f"[bold]{hit.document_id}[/]  {hit.type or '—'}  {hit.date or ''}  {hit.title}{how}")
        shown = re.sub(r"<mark>(.*?)</mark>", r"[reverse]\1[/]", hit.snippet.replace("[", r"\["))
        data.print(f"    trang {hit.page or 1}: {shown}" + (f"  [dim]hồ sơ {hit.dossier}[/]" if hit.dossier else ""))


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
