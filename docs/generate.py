"""The documents that the code can tell itself: `python docs/generate.py` writes them, a test compares them with the code.

docs/vi/loi.md from every error class, docs/vi/lenh.md from the command line's own help.
"""

from __future__ import annotations

import enum
import importlib
import os
import pkgutil
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

VI = Path(__file__).parent / "vi"
ROOMS = {
    "kernel": "Chương trình ngoài",
    "config": "Cấu hình",
    "ocr": "Đọc giấy tờ",
    "signing": "Chữ ký số",
    "storage": "Kho và sổ",
    "pipeline": "Quy trình số hóa",
}
MADE = "<!-- Tệp này do docs/generate.py viết ra từ mã nguồn; sửa câu chữ ở mã nguồn rồi chạy lại. -->"

ABOUT_ERRORS = """# Mã lỗi

Mỗi lỗi có một mã không đổi giữa các phiên bản, một câu nói chuyện gì đã xảy ra và một câu nói việc cần làm. Chỗ […] là con số
hoặc tên chương trình mà sohoa điền vào lúc báo. Không câu nào chứa tên tệp hay tên người, nên có thể gửi nguyên văn cho người
quản trị.

Mã thoát của lệnh: 0 xong; 1 có việc cần người xem; 2 gõ sai hoặc cấu hình sai; 3 một dịch vụ hoặc chương trình cần dùng không
trả lời. Khi số hóa cả thư mục, một tệp lỗi chỉ bị cách ly riêng nó; các tệp khác vẫn được làm tiếp (xem [quet.md](quet.md)).
"""

ABOUT_COMMANDS = """# Các lệnh

Thêm `--help` sau lệnh nào để xem lời giải thích của lệnh ấy. Sau `make setup` hoặc `make demo`, lệnh nằm ở `.venv/bin/sohoa`.
Kết quả đi ra stdout, lời nhắn cho người đi ra stderr; với `--json`, stdout chỉ có JSON (một dòng một đối tượng).

Mã thoát: 0 xong; 1 có việc cần người xem; 2 gõ sai hoặc cấu hình sai; 3 một dịch vụ cần dùng không trả lời.
"""


def errors_page() -> str:
    from sohoa.kernel.errors import all_errors

    import_everything()
    ours = [kind for kind in all_errors() if kind.__module__.startswith("sohoa.")]
    parts = [MADE, ABOUT_ERRORS]
    for room, heading in ROOMS.items():
        parts.append(f"## {heading}\n")
        for kind in ours:
            if kind.code.startswith(f"{room}."):
                parts.append(
                    f"### `{kind.code}`\n\n{_spoken(kind.vi)}\n\n**Việc cần làm:** {_spoken(kind.remedy)}\n\n"
                    f"*{_spoken(kind.en)} {_spoken(kind.remedy_en)}* Mã thoát {int(kind.exit_code)}.\n"
                )
    return "\n".join(parts)


def import_everything() -> None:
    """Every module of the product, so that every error class is known. The web's settings would make a secret: left out."""
    import sohoa

    for module in pkgutil.walk_packages(sohoa.__path__, "sohoa."):
        if not module.name.startswith("sohoa.web"):
            importlib.import_module(module.name)


def _spoken(sentence: str) -> str:
    """Facts that are known only when raised become […]."""
    return re.sub(r"\{[^}]*\}", "[…]", sentence)


def commands_page() -> str:
    import typer

    from sohoa.cli.main import application

    root: Any = typer.main.get_command(application())
    parts = [MADE, ABOUT_COMMANDS]
    for words, command in _commands(root, ("sohoa",)):
        parts += [f"## `{' '.join(words)}`\n", _paragraphs(command.help or "")]
        rows = [row for parameter in command.params if (row := _row(parameter))]
        parts += ["| tham số | ý nghĩa |\n|---|---|\n" + "\n".join(rows) + "\n"] if rows else []
    return "\n".join(parts)


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, child in getattr(command, "commands", {}).items():
        if getattr(child, "commands", None):
            yield from _commands(child, (*words, name))
        else:
            yield (*words, name), child


def _paragraphs(told: str) -> str:
    """A docstring as Markdown: what stands after a \\b keeps its lines."""
    parts: list[str] = []
    for paragraph in told.split("\n\n"):
        kept = paragraph.startswith("\b\n")
        parts.append(f"```\n{paragraph[2:]}\n```" if kept else " ".join(paragraph.split()))
    return "\n\n".join(parts) + "\n"


def _row(parameter: Any) -> str:
    if parameter.hidden or "--help" in parameter.opts:
        return ""
    argument = not parameter.opts[0].startswith("-")
    kind = parameter.type_descriptor.annotation
    flags = " ".join(f"`{option}`" for option in parameter.opts)
    shown = f"`{parameter.name.upper()}`" + ("…" if parameter.nargs == -1 else "") if argument else flags
    told = parameter.help or ""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        told += f" Một trong: {', '.join(f'`{one.value}`' for one in kind)}."
    default = parameter.default.value if isinstance(parameter.default, enum.Enum) else parameter.default
    if default not in (None, "", False, ()):
        told += f" Mặc định: `{default}`."
    return f"| {shown} | {told.replace('|', chr(92) + '|')} |"


PAGES: dict[str, Callable[[], str]] = {"loi.md": errors_page, "lenh.md": commands_page}


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "sohoa.config.django"
    with tempfile.TemporaryDirectory() as home:
        os.environ["SOHOA_HOME"] = home
        import django

        django.setup()
        VI.mkdir(exist_ok=True)
        for name, page in PAGES.items():
            (VI / name).write_text(page(), encoding="utf-8")
            print(f"docs/vi/{name}", file=sys.stderr)


if __name__ == "__main__":
    main()
