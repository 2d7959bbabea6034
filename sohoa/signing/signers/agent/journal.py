"""What was signed on this machine, so that its owner can prove it: one JSON object a line, kept by the agent, readable by its owner.

    {"when", "answer": "signed", "request", "title", "profile", "document", "size", "pages", "certificate", "attributes", "signature"}
    {"when", "answer": "declined" | "refused" | "delivered" | "not_wanted", "request", …}

A signature is written here before it is sent: if the line breaks, or the machine stops, it is sent again and not made again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sohoa.kernel.clock import iso_vietnam
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.agent.fields import Fields, MessageUnreadable, as_base64, packed
from sohoa.signing.signers.agent.messages import HASH, LONGEST_ATTRIBUTES, LONGEST_SIGNATURE, Request
from sohoa.signing.signers.agent.question import Shown


class MachineCannotKeep(SohoaError):
    code, exit_code = "signing.agent_machine_cannot_keep", Exit.USAGE
    vi = "Máy này không ghi được nhật ký ký hoặc tệp tạm (đĩa đầy, hoặc không có quyền), nên không ký và không gửi gì."
    en = "The journal or a temporary file cannot be written on this machine ({why}); nothing is signed or sent."
    remedy = "Giải phóng dung lượng đĩa, kiểm tra quyền ghi thư mục nhật ký, rồi chạy lại; việc đang chờ sẽ được hỏi lại."
    remedy_en = "Free some disk space and check the permissions of the journal's folder, then run again; what waits is asked again."


class Journal:
    """One file, opened for appending only. Raises MachineCannotKeep from every method that writes, and when made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unsent: dict[str, dict[str, bytes]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
            if self._remember():
                self._append(b"\n")
        except OSError as refused:
            raise MachineCannotKeep(why=type(refused).__name__) from refused

    def unsent(self, request: Request) -> Mapping[str, bytes] | None:
        """The signatures that were made for just these attributes and never reached the server; None unless all are here."""
        made = self._unsent.get(request.key, {})
        wanted = {_mark(one.id, one.attributes): one.id for one in request.wanted}
        return {job: made[mark] for mark, job in wanted.items()} if wanted.keys() <= made.keys() else None

    def signed(self, request: Request, shown: Sequence[Shown], signatures: Mapping[str, bytes], *, now: datetime) -> None:
        """To be called before anything is sent. A request that was signed in part is not kept for sending again."""
        lines: list[dict[str, object]] = []
        for one, wanted in zip(shown, request.wanted, strict=True):
            if wanted.id in signatures:
                made = {"attributes": as_base64(wanted.attributes), "signature": as_base64(signatures[wanted.id])}
                lines.append({**_line(now, "signed", request), **_document(one), "id": wanted.id, **made})
                self._keep(request.key, wanted.id, wanted.attributes, signatures[wanted.id])
        self._write(lines)

    def declined(self, request: Request, shown: Sequence[Shown], *, now: datetime) -> None:
        self._write([{**_line(now, "declined", request), **_document(one)} for one in shown])

    def refused(self, request: Request, codes: Mapping[str, str], *, now: datetime) -> None:
        """codes: of the errors, by the id of the signature."""
        told = [(wanted, codes[wanted.id]) for wanted in request.wanted if wanted.id in codes]
        self._write(
            [
                {**_line(now, "refused", request), "title": wanted.title, "document": wanted.document, "code": code}
                for wanted, code in told
            ]
        )

    def delivered(self, request: Request, *, wanted: bool, now: datetime) -> None:
        """wanted: False when the server had ended the request in another way before."""
        self._unsent.pop(request.key, None)
        self._write([_line(now, "delivered" if wanted else "not_wanted", request)])

    def _keep(self, key: str, job: str, attributes: bytes, signature: bytes) -> None:
        self._unsent.setdefault(key, {})[_mark(job, attributes)] = signature

    def _remember(self) -> bool:
        """Whether the last line was cut short: it must not swallow the next one."""
        line = b"\n"
        with self._path.open("rb") as lines:
            for line in lines:
                try:
                    self._recall(Fields.parse(line))
                except MessageUnreadable:
                    continue  # cut short when the machine stopped, or written by hand
        return not line.endswith(b"\n")

    def _recall(self, line: Fields) -> None:
        key, answer = line.hexadecimal("request", HASH), line.text("answer", 20)
        if answer == "signed":
            signature = line.octets("signature", LONGEST_SIGNATURE)
            self._keep(key, line.hexadecimal("id", HASH), line.octets("attributes", LONGEST_ATTRIBUTES), signature)
        elif answer in ("delivered", "not_wanted"):
            self._unsent.pop(key, None)

    def _write(self, lines: Sequence[dict[str, object]]) -> None:
        try:
            self._append(b"".join(packed(line) + b"\n" for line in lines))
        except OSError as refused:
            raise MachineCannotKeep(why=type(refused).__name__) from refused

    def _append(self, written: bytes) -> None:
        with self._path.open("ab") as out:
            out.write(written)
            out.flush()
            os.fsync(out.fileno())


def _mark(job: str, attributes: bytes) -> str:
    return job + as_base64(attributes)


def _line(now: datetime, answer: str, request: Request) -> dict[str, object]:
    return {"when": iso_vietnam(now), "answer": answer, "request": request.key, "certificate": request.certificate}


def _document(shown: Shown) -> dict[str, object]:
    return {
        "title": shown.title,
        "profile": shown.profile,
        "document": shown.document,
        "size": shown.size,
        "pages": shown.pages,
    }
