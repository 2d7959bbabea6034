"""`sohoa agent`: at the server pair, list, remove, serve; on the clerk's own machine run, and journal of what was signed there."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.x509 import load_der_x509_certificate
from rich.markup import escape

from sohoa.cli.agent_desk import AgentDesk
from sohoa.cli.agent_words import ANSWERS, SHORT, entries
from sohoa.cli.asking import ask_code
from sohoa.cli.output import Json, data, people, print_json, table
from sohoa.cli.stopping import asked_to_stop
from sohoa.config.settings import settings
from sohoa.kernel.clock import VIETNAM, iso_vietnam, now
from sohoa.kernel.errors import Exit
from sohoa.pipeline.signing.checkup_signers import heard
from sohoa.pipeline.signing.office import TEST, SigningOffice, open_office
from sohoa.signing.http import Http
from sohoa.signing.signers.agent.agent import KeyNotAtHand, run_agent
from sohoa.signing.signers.agent.desk import Desk
from sohoa.signing.signers.agent.journal import Journal
from sohoa.signing.signers.agent.registering import pair as let_in
from sohoa.signing.signers.agent.registering import paired, unpair
from sohoa.signing.signers.agent.sealing import read_pairing, write_pairing
from sohoa.signing.signers.agent.serving import serve as served

JOURNAL = "agent-journal.jsonl"
PORT = 8765
AT_HAND = ("pkcs12", "pkcs11", "test")  # kinds of key holders that answer at once

Name = Annotated[str, typer.Argument(help="Tên máy ký, như trong «agent = …» của signing.toml.")]


def pair(
    name: Name,
    output: Annotated[Path, typer.Option("-o", "--output", help="Tệp ghép ghi ra, để chép sang máy của người ký.")],
) -> None:
    """(Máy chủ) Ghép một máy ký: tạo tệp ghép, chép tệp ấy sang máy của người ký rồi xóa ở đây.

    \b
    Ví dụ:
      sohoa agent pair "Văn thư xã Mẫu" -o may-van-thu.json
    """
    if output.exists():
        raise typer.BadParameter(f"«{output}» đã có; chọn tên khác cho tệp ghép.")
    post = _office().post
    pairing = let_in(post, name, now=now())
    try:
        write_pairing(output, pairing)
    except OSError as refused:
        unpair(post, pairing.agent, now=now())
        raise typer.BadParameter(f"không ghi được tệp ghép ở «{output}»; chưa ghép máy nào.") from refused
    people.print(f"✓ Đã ghép máy ký «{escape(pairing.name)}». Tệp ghép là bí mật chung của hai máy.")
    people.print("  → Chép tệp sang máy của người ký, xóa tệp ở đây, rồi trên máy ấy chạy «sohoa agent run».")
    data.print(str(output), markup=False)


def list_(as_json: Json = False) -> None:
    """(Máy chủ) Các máy ký đã ghép: chứng thư nào, thấy lần cuối lúc nào.

    \b
    Ví dụ:
      sohoa agent list
    """
    found = paired(_office().post)
    if as_json:
        agents = [
            {
                "name": one.name,
                "id": one.id,
                "paired": iso_vietnam(one.paired),
                "seen": iso_vietnam(one.seen) if one.seen else None,
                "signer": one.signer or None,
                "fingerprint": one.fingerprint or None,
            }
            for one in found
        ]
        print_json({"agents": agents})
        return
    rows = [
        (escape(one.name), heard(one, now()), escape(one.signer) or "chưa biết", f"{one.paired.astimezone(VIETNAM):%d/%m/%Y}")
        for one in found
    ]
    data.print(table("Máy ký", "Kết nối", "Chứng thư", "Ghép ngày", rows=rows))
    if not found:
        people.print("Chưa ghép máy ký nào. Ghép bằng «sohoa agent pair».")


def remove(name: Name) -> None:
    """(Máy chủ) Hủy ghép một máy ký: từ lúc này máy chủ không nhận gì từ máy ấy; việc đang chờ bị hủy.

    \b
    Ví dụ:
      sohoa agent remove "Văn thư xã Mẫu"
    """
    unpair(_office().post, name, now=now())
    people.print("✓ Đã hủy ghép.")


def serve(
    host: Annotated[
        str, typer.Option(help="Địa chỉ mạng để nghe; để máy khác kết nối được thì ghi địa chỉ của máy chủ.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Cổng; 0: cổng trống bất kỳ.")] = PORT,
    cert: Annotated[Path | None, typer.Option(help="Chứng thư HTTPS của máy chủ (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(help="Khóa của chứng thư ấy (PEM).")] = None,
) -> None:
    """(Máy chủ) Nhận kết nối của các máy ký cho đến khi dừng (Ctrl-C). Địa chỉ in ra stdout.

    Không có --cert thì đường truyền không mã hóa: khóa và mã PIN vẫn không đi qua mạng, mọi lời đều có dấu niêm, nhưng người cùng mạng
    xem được tài liệu.

    \b
    Ví dụ:
      sohoa agent serve
      sohoa agent serve --host 10.0.0.5 --cert may-chu.pem --key may-chu.key
    """
    tls = _tls(cert, key)
    desk = Desk(_office().post)
    with asked_to_stop() as stop:
        try:
            with served(desk, host, port, tls=tls) as address:
                data.print(address)
                if tls is None and host not in ("127.0.0.1", "::1", "localhost"):
                    people.print(
                        "[yellow]![/] Đường truyền không mã hóa: người cùng mạng xem được tài liệu. Nên dùng --cert và --key."
                    )
                people.print("Đang chờ các máy ký. Dừng bằng Ctrl-C.")
                stop.wait()
        except OSError as taken:
            raise typer.BadParameter(f"không mở được {host}:{port}; địa chỉ sai hoặc cổng đang bận.") from taken
    people.print("Đã dừng.")


def run(
    server: Annotated[str, typer.Option(help="Địa chỉ máy chủ, như «sohoa agent serve» in ra.")],
    pairing: Annotated[Path, typer.Option(help="Tệp ghép chép từ máy chủ sang.")],
    signer: Annotated[str, typer.Option(help="Người ký trong signing.toml của máy này; bỏ trống nếu chỉ có một.")] = "",
    once: Annotated[bool, typer.Option("--once", help="Trả lời một yêu cầu rồi dừng.")] = False,
) -> None:
    """(Máy của người ký) Nhận yêu cầu ký từ máy chủ, cho xem tài liệu, hỏi, rồi ký bằng khóa ở máy này.

    Khóa và mã PIN không rời máy này. Trước khi hỏi, máy tự tính lại: cái sẽ ký đúng là tài liệu được xem. Mọi chữ ký được ghi vào nhật ký
    của máy («sohoa agent journal»).

    \b
    Ví dụ:
      sohoa agent run --server DIA-CHI --pairing may-van-thu.json --signer usb
    """
    if not sys.stdin.isatty():
        raise typer.BadParameter("cần người ngồi trước màn hình để trả lời từng yêu cầu; hãy chạy trong cửa sổ dòng lệnh.")
    known = read_pairing(pairing)
    desk = AgentDesk(once=once)
    office = open_office(settings().home, ask_pin=desk.ask_pin, ask_code=ask_code)
    name = signer or office.usual_signer
    if office.signer(name).kind not in AT_HAND:
        raise KeyNotAtHand()
    journal = Journal(settings().home / JOURNAL)
    http = Http(ca_file=office.plan.ca_file)
    with desk.interruptible(), office:
        holder = office.holder(name)
        identity = holder.identity()
        end = load_der_x509_certificate(identity.certificate).not_valid_after_utc.astimezone(VIETNAM)
        worth = " – khóa thử, không có giá trị pháp lý" if name == TEST else ""
        people.print(f"Máy ký «{escape(known.name)}» · {escape(identity.name)}{worth} · chứng thư hết hạn {end:%d/%m/%Y}")
        run_agent(server, known, holder, desk.ask, http=http, journal=journal, now=now, wait=desk.wait, tell=desk.tell)
    people.print("Đã dừng. Việc chưa trả lời vẫn chờ ở máy chủ.")


def journal(
    limit: Annotated[int, typer.Option(min=1, help="Nhiều nhất bao nhiêu dòng, mới nhất đứng cuối.")] = 50,
    as_json: Json = False,
) -> None:
    """(Máy của người ký) Những gì đã ký, đã từ chối trên máy này. --json in đủ cả chữ ký, để chứng minh khi cần.

    \b
    Ví dụ:
      sohoa agent journal
      sohoa agent journal --limit 1000 --json
    """
    found, broken = entries(settings().home / JOURNAL)
    if as_json:
        for entry in found[-limit:]:
            print_json(entry)
    else:
        told = [entry for entry in found if entry["answer"] in ANSWERS]
        data.print(table("Lúc", "Việc", "Tài liệu", "Trang", "SHA-256", rows=map(_row, told[-limit:]), right=[3]))
        people.print(f"{sum(entry['answer'] == 'signed' for entry in found)} chữ ký đã tạo trên máy này.")
    if broken:
        people.print(f"{broken} dòng không đọc được (máy tắt giữa chừng, hoặc tệp bị sửa tay).")
        raise typer.Exit(int(Exit.NEEDS_A_PERSON))


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    pages = entry.get("pages")
    text = [str(entry.get(name) or "")[:300] for name in ("when", "title", "document")]
    return text[0], ANSWERS[entry["answer"]], escape(text[1]), "" if pages is None else str(pages), text[2][:SHORT]


def _office() -> SigningOffice:
    return open_office(settings().home)


def _tls(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise typer.BadParameter("--cert và --key đi cùng nhau.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A password would be asked for on the terminal of a service; a key with one is refused instead.
        context.load_cert_chain(cert, key, password="")
    except (OSError, ValueError) as refused:  # ssl.SSLError is an OSError
        raise typer.BadParameter("không đọc được --cert hoặc --key (PEM, khóa không đặt mật khẩu, đúng cặp).") from refused
    return context


def add_to(app: typer.Typer) -> None:
    agent = typer.Typer(no_args_is_help=True, help="Máy ký: khóa ở máy của người ký, tài liệu ở máy chủ.")
    for name, command in (
        ("pair", pair),
        ("list", list_),
        ("remove", remove),
        ("serve", serve),
        ("run", run),
        ("journal", journal),
    ):
        agent.command(name)(command)
    app.add_typer(agent, name="agent")
