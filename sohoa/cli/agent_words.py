"""What the clerk at an agent reads: requests, what became of them, and the machine's journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from rich.table import Table
from rich.text import Text

from sohoa.cli.output import number_vi
from sohoa.kernel.clock import VIETNAM
from sohoa.signing.profiles.profile import read_profiles
from sohoa.signing.signers.agent.agent import Happening, Told
from sohoa.signing.signers.agent.question import Question, Shown

# The lines of a journal that are about documents; the others tell of deliveries.
ANSWERS = {"signed": "đã ký", "declined": "không ký", "refused": "máy từ chối"}
SHORT = 12  # hexadecimal digits of a SHA-256 that people compare
HAPPENED = {
    Happening.CONNECTED: "Đã kết nối máy chủ. Đang chờ yêu cầu ký… (dừng bằng Ctrl-C)",
    Happening.SIGNED: "[green]✓[/] Đã ký và gửi {count} chữ ký.",
    Happening.DECLINED: "Đã trả lời không ký {count} tài liệu.",
    Happening.NOT_WANTED: "Yêu cầu này đã được rút lại, hết hạn hoặc trả lời ở nơi khác; máy chủ không nhận nữa.",
    Happening.REFUSED: "[red]✗[/] Máy từ chối {count} tài liệu, không hỏi: {vi}\n    → {remedy}",
    Happening.TROUBLE: "[yellow]?[/] {vi} Sẽ tự thử lại.\n    → {remedy}",
}


def said(told: Told) -> str:
    facts = told.error.as_dict() if told.error else {"vi": "", "remedy": ""}
    return HAPPENED[told.happening].format(count=told.count, vi=facts["vi"], remedy=facts["remedy"])


def question_table(question: Question) -> Table:
    drawn = Table(
        title=f"Yêu cầu ký {number_vi(len(question.shown))} tài liệu", title_justify="left", box=None, header_style="bold"
    )
    for name, right in (("", True), ("Tài liệu", False), ("Trang", True), ("Cỡ", True), ("SHA-256", False), ("Giờ sẽ ghi", False)):
        drawn.add_column(name, justify="right" if right else "left", overflow="fold")
    for number, one in enumerate(question.shown, 1):
        drawn.add_row(str(number), *_cells(one))
    return drawn


def _cells(one: Shown) -> tuple[Text, ...]:
    """As plain text: what a server calls its documents is no markup of ours."""
    about = Text(one.title)
    for note in (_way(one.profile), "không có bản để xem" if one.path is None else ""):
        if note:
            about.append(f"\n{note}", style="dim")
    pages = "?" if one.pages is None else str(one.pages)
    size = "?" if one.size is None else f"{number_vi(max(1, round(one.size / 1000)))} kB"
    when = f"{one.claimed.astimezone(VIETNAM):%H:%M %d/%m/%Y}" if one.claimed else "không ghi"
    return about, Text(pages), Text(size), Text(one.document[:SHORT]), Text(when)


def _way(profile: str) -> str:
    """The server may have profiles of its own; their names are then all that is known here."""
    known = read_profiles().get(profile)
    return known.title if known else profile


def entries(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines of a journal, oldest first, and how many could not be read."""
    found: list[dict[str, Any]] = []
    broken = 0
    if not path.exists():
        return found, broken
    with path.open("rb") as lines:
        for line in filter(bytes.strip, lines):
            try:
                entry: object = json.loads(line)
            except (ValueError, RecursionError):
                entry = None
            if isinstance(entry, dict) and isinstance(entry.get("answer"), str):
                found.append(cast(dict[str, Any], entry))
            else:
                broken += 1
    return found, broken
