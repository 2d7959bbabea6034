"""`sohoa review next`: one doubtful field after the other, answered from the keyboard."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.markup import escape

from sohoa.cli.output import number_vi, people
from sohoa.cli.review_words import crops_for, filed_vi, settled_vi, show_doubt
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.storage.catalogue.matching import DOSSIER
from sohoa.storage.catalogue.records import Record
from sohoa.storage.field_values import name_vi
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.refiling import DossierNotInRegister
from sohoa.storage.review import Desk, Doubt, at_the_desk, looked_at_again, waiting
from sohoa.storage.settling import Hand, NoSuchChoice, choose, confirm, correct, say_absent, undo

KEYS_VI = "Enter nhận · 1–3 chọn · gõ để sửa · e sửa tiếp · 0 giấy không có · - bỏ qua · u bỏ lần vừa rồi · q thôi"
KEYS_OF_A_DOSSIER_VI = "0 không nhận hồ sơ nào được gợi ý"
MEANT = "!"  # a dossier's code that was refused since the register does not know it is meant all the same
TYPED_ALIKE = "="  # before a value that would be taken for a key
BATCH = 50


class _Enough(Exception):
    pass


class _TakenBack(Exception):
    """Its record is asked about again at once, whichever was on the table."""


@dataclass
class Walk:
    """hand: whose, made anew for each settlement, for the version that was looked at. unit: "" for all. crop: where pictures go."""

    store: ObjectStore
    hand: Callable[[int | None], Hand]
    unit: str
    crop: Path | None
    settled: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    skipped: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    again: str = ""  # a record to come back to
    refused: Callable[[Hand], Record] | None = None  # what `!` does again

    def go(self) -> None:
        people.print(f"[dim]{KEYS_VI}[/]")
        with suppress(_Enough):
            while document_id := self._next():
                self._record(document_id)
            people.print("Không còn trường nào chờ xem." if not self.skipped else "Hết; các trường đã bỏ qua vẫn còn chờ.")
        people.print(f"Đã ghi {number_vi(len(self.settled))} trường, bỏ qua {number_vi(len(self.skipped))}.")

    def _next(self) -> str | None:
        """The longest waiting record with a field that was not skipped here. Asked again each time: colleagues work as well."""
        if self.again:
            again, self.again = self.again, ""
            return again
        offset = 0
        while batch := waiting(self.unit, limit=BATCH, offset=offset):
            for record in batch:
                if any((record.document_id, name) not in self.skipped for name in record.fields):
                    return record.document_id
            offset += BATCH
        return None

    def _record(self, document_id: str) -> None:
        """All fields of one record that wait; looked up again after each, since a type settles what else is asked."""
        self.refused = None
        desk = at_the_desk(document_id, self.store, now=now(), by=self.hand(None).by)
        crops = crops_for(desk, self.store, self.crop)
        people.print(
            f"\n[bold]── {escape(desk.record.type_name or 'Chưa rõ loại')}[/] {document_id}"
            + (f" · hồ sơ {escape(desk.dossier)}" if desk.dossier else "")
        )
        while doubt := next((one for one in desk.doubts if (document_id, one.field) not in self.skipped), None):
            show_doubt(doubt, crops, on=people)
            if doubt.dossiers:
                people.print(f"  [dim]{KEYS_OF_A_DOSSIER_VI}[/]")
            try:
                said = self._answered(desk, doubt)
            except _TakenBack as taken_back:
                people.print(f"[green]✓[/] {escape(str(taken_back))}")
                return
            except SohoaError as error:
                if error.exit_code is Exit.UNREACHABLE:
                    raise
                told = error.as_dict()
                people.print(f"[red]✗[/] {escape(told['vi'])}\n  → {escape(told['remedy'])}")
                if isinstance(error, NoSuchChoice):
                    people.print(f"  → Muốn nhập đúng một con số như trên phím chọn thì gõ thêm dấu {TYPED_ALIKE} phía trước.")
                said = ""
            if said:
                people.print(f"[green]✓[/] {said}")
            desk = looked_at_again(document_id, self.store, now=now())
        if desk.completeness.complete:
            people.print(settled_vi(desk.completeness))

    def _answered(self, desk: Desk, doubt: Doubt) -> str:
        """Do what was typed; gives what to say about it. Raises what settling raises, _Enough and _TakenBack."""
        document_id, name, hand = desk.record.pk, doubt.field, self.hand(desk.version)
        typed = ask("> ")
        match typed:
            case "q":
                raise _Enough
            case "-":
                self.skipped.add((document_id, name))
                return ""
            case "u":
                return self._take_back()
            case _ if typed == MEANT:
                if self.refused is None or name != DOSSIER:
                    people.print(f"  Phím {MEANT} chỉ để giữ một mã hồ sơ vừa bị hỏi lại; chưa ghi gì.")
                    return ""
                record = self.refused(replace(hand, unregistered=True))
            case "":
                record = self._tried(lambda hand: confirm(document_id, name, self.store, hand), hand)
            case "0":
                record = say_absent(document_id, name, self.store, hand)
            case "1" | "2" | "3":
                record = self._tried(lambda hand: choose(document_id, name, int(typed), self.store, hand), hand)
            case _:
                value = ask("= ", doubt.value) if typed == "e" else typed.removeprefix(TYPED_ALIKE)
                record = self._tried(lambda hand: correct(document_id, name, value, self.store, hand), hand)
        self.settled.append((document_id, name))
        last = record.revisions.order_by("-number").first()
        moved = last is not None and last.field == name and bool(last.filed)
        return f"{escape(doubt.name_vi)}: đã ghi" + (f". {filed_vi(record)}" if moved else "")

    def _tried(self, settle: Callable[[Hand], Record], hand: Hand) -> Record:
        """What `!` can repeat is only what was refused in the answer just before it."""
        self.refused = None
        try:
            return settle(hand)
        except DossierNotInRegister:
            self.refused = settle
            raise

    def _take_back(self) -> str:
        """Undo the last settlement of this walk, wherever it was."""
        if not self.settled:
            return "Chưa có gì để bỏ."
        self.again, name = self.settled[-1]
        undo(self.again, name, self.store, self.hand(None))
        self.settled.pop()
        raise _TakenBack(f"{name_vi(name)}: đã bỏ lần vừa rồi")


def ask(prompt: str, value: str = "") -> str:
    """One line from the keyboard, spaces around it gone. value: already typed, to be changed. The end of input means `q`."""
    people.print(prompt, end="")
    if value and sys.stdin.isatty():
        import readline

        readline.set_startup_hook(lambda: readline.insert_text(value))
        try:
            return input().strip()
        except EOFError:
            raise _Enough from None
        finally:
            readline.set_startup_hook(None)
    line = sys.stdin.readline()
    if not line:
        raise _Enough
    return line.strip()
