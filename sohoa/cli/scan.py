"""`sohoa scan`: a scanner's pages into a batch, each shown while the next one feeds."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from sohoa.cli.batch import By, shelf_of
from sohoa.cli.batch_words import count_vi, findings_vi, page_vi
from sohoa.cli.output import MARKS, Json, data, people, print_json, table
from sohoa.cli.stopping import when_asked_to_stop
from sohoa.cli.workplace import with_catalogue
from sohoa.config.settings import Settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.batches import keeping
from sohoa.pipeline.batches.counting import Count, counted
from sohoa.pipeline.batches.models import Batch, BatchPage, Variant
from sohoa.pipeline.batches.quality import Severity
from sohoa.pipeline.batches.receiving import Wanted
from sohoa.pipeline.batches.reporting import batch_dict, page_dict
from sohoa.pipeline.claiming import Order
from sohoa.pipeline.sources import scanner_devices
from sohoa.pipeline.sources.scanner import STOPPED, Brake, Scanned, scan
from sohoa.storage.audit.chain import account


class Mode(enum.StrEnum):
    COLOR = "color"
    GRAY = "gray"


class Dpi(enum.StrEnum):
    D200 = "200"
    D300 = "300"


def scan_(
    batch: Annotated[str, typer.Option(help="Mã lô để quét vào; bỏ trống thì mở lô mới.")] = "",
    device: Annotated[str, typer.Option(help="Tên máy quét như --list in ra; bỏ trống: máy đầu tiên tìm thấy.")] = "",
    duplex: Annotated[bool, typer.Option("--duplex", help="Quét cả hai mặt.")] = False,
    dpi: Annotated[Dpi, typer.Option(help="Độ phân giải.")] = Dpi.D300,
    mode: Annotated[Mode, typer.Option(help="Màu, hoặc xám (không kiểm tra được dấu đỏ).")] = Mode.COLOR,
    pages: Annotated[int | None, typer.Option(min=1, help="Dừng sau ngần này trang; bỏ trống: đến khi hết khay.")] = None,
    rescan: Annotated[int | None, typer.Option(min=1, help="Quét lại trang số này; bản cũ vẫn được giữ.")] = None,
    with_note: Annotated[bool, typer.Option("--with-note", help="Với --rescan: đây là bản còn giấy ghi chú đính kèm.")] = False,
    expect: Annotated[int | None, typer.Option(min=1, help="Số tờ giấy đã đếm tay, không kể phiếu phân cách.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="Tham số riêng của máy quét, dạng tên=giá-trị; nhắc lại được.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Chỉ kể các máy quét; kèm --device: kể máy ấy làm được gì.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Quét chồng giấy trong khay vào một lô: từng trang được giữ, kiểm tra và báo ngay trong khi trang sau đang nạp.

    Kẹt giấy, mở nắp, mất điện: chạy lại đúng lệnh này là quét tiếp; trang đã nhận không mất, không lặp. Ctrl-C dừng gọn.

    \b
    Ví dụ:
      sohoa scan --list
      sohoa scan --batch LO-0105 --duplex
      sohoa scan --batch LO-0105 --rescan 17
      sohoa scan --batch LO-0105 --rescan 17 --with-note
    """
    if with_note and rescan is None:
        raise typer.BadParameter("--with-note đi cùng --rescan")
    if list_:
        _list(device, as_json)
        return
    more = [_device_option(told) for told in option or []]
    here = with_catalogue()
    device = device or scanner_devices.first_device()
    who = by or account()
    into = _batch(here, batch, expect, who)
    variant = Variant.WITH_NOTE if with_note else Variant.PLAIN
    wanted = Wanted(device, int(dpi), str(mode), duplex, pages, rescan, variant)
    with _stop_on_ctrl_c() as brake:
        scanned = scan(into, wanted, shelf_of(here), _Shown(as_json), brake, by=who, clock=now, more=more)
    into.refresh_from_db()
    count = counted(into)
    _tell(into, scanned, count, as_json)
    raise typer.Exit(int(_exit_of(scanned)))


def _batch(here: Settings, code: str, expect: int | None, by: str) -> Batch:
    if not code:
        batch = keeping.open_batch(keeping.Opening(Order(unit=here.unit), expected=expect), by=by, now=now())
        people.print(f"Đã mở lô {batch.code}.")
        return batch
    batch = keeping.batch_of(code)
    if expect is not None:
        keeping.expect(batch, expect, by=by, now=now())
    return batch


def _device_option(told: str) -> str:
    name, equals, value = told.partition("=")
    if not name.replace("-", "").isalnum() or (equals and not value):
        raise typer.BadParameter("--option có dạng tên=giá-trị")
    return f"--{told.lstrip('-')}"


class _Shown:
    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def page(self, page: BatchPage, *, recovered: bool) -> None:
        if self._as_json:
            print_json({**page_dict(page), "recovered": recovered})
            return
        bad = any(finding["severity"] == Severity.AGAIN for finding in page.findings)
        mark = MARKS[Outcome.FAILED if bad else Outcome.UNDETERMINED if page.findings else Outcome.OK]
        told = f" — [yellow]{findings_vi(page)}[/]" if page.findings else ""
        late = " [dim](từ lượt quét bị ngắt trước đó)[/]" if recovered else ""
        people.print(f"{mark} Trang {page.position}, {page_vi(page)}{told}{late}")


def _tell(batch: Batch, scanned: Scanned, count: Count, as_json: bool) -> None:
    failure = scanned.failure.as_dict() if scanned.failure else None
    again = [page for page in scanned.pages if any(finding["severity"] == Severity.AGAIN for finding in page.findings)]
    if as_json:
        told = {**batch_dict(batch, count=count), "run": scanned.run.pk, "received": len(scanned.pages), "error": failure}
        print_json({**told, "unsealed": [page.position for page in scanned.unsealed]})
        return
    for page in scanned.unsealed:
        people.print(f"{MARKS[Outcome.UNDETERMINED]} Trang {page.position}: {findings_vi(page)}")
    if failure:
        people.print(f"[red]✗[/] {failure['vi']}\n  → {failure['remedy']}")
    people.print(f"{MARKS[count.verdict.outcome]} Lô {batch.code}: {count_vi(count)}")
    if again:
        numbers = ", ".join(str(page.position) for page in again)
        people.print(f"  → Quét lại trước khi cất chồng giấy: trang {numbers} (sohoa scan --batch {batch.code} --rescan SỐ)")
    elif not failure:
        people.print(f"  → Đủ rồi thì đóng lô: sohoa batch close {batch.code}")


def _exit_of(scanned: Scanned) -> Exit:
    if scanned.failure is not None:
        return Exit.NEEDS_A_PERSON if scanned.failure.code == STOPPED else scanned.failure.exit_code
    return Exit.NEEDS_A_PERSON if scanned.unsealed or any(page.findings for page in scanned.pages) else Exit.OK


def _list(device: str, as_json: bool) -> None:
    if device:
        _abilities(device, as_json)
        return
    found = scanner_devices.devices()
    if as_json:
        for one in found:
            print_json({"device": one.name, "vendor": one.vendor, "model": one.model, "kind": one.kind})
        return
    if not found:
        raise scanner_devices.ScannerNone()
    data.print(table("Tên (dùng cho --device)", "Hãng", "Kiểu", rows=[(one.name, one.vendor, one.model) for one in found]))


def _abilities(device: str, as_json: bool) -> None:
    able = scanner_devices.able(device)
    told: dict[str, Any] = {
        "device": device,
        "feeders": list(able.feeders),
        "two_sided": able.two_sided,
        "modes": list(able.values("mode")),
        "options": dict(able.options),
    }
    if as_json:
        print_json(told)
        return
    feeder = ", ".join(able.feeders) or "không có (quét từng tờ trên mặt kính)"
    data.print(f"Khay nạp: {feeder}\nHai mặt: {'có' if able.two_sided else 'không'}\nChế độ: {', '.join(able.values('mode'))}")
    data.print(table("Tham số", "Nhận giá trị", rows=sorted(able.options.items())))


@contextmanager
def _stop_on_ctrl_c() -> Iterator[Brake]:
    """Ctrl-C and SIGTERM stop the device; pages that came in stay."""
    brake = Brake()

    def pull() -> None:
        if not brake.pulled:
            people.print("Đang dừng máy quét…")
        brake.pull()

    with when_asked_to_stop(pull):
        yield brake


def add_to(app: typer.Typer) -> None:
    app.command("scan")(scan_)
