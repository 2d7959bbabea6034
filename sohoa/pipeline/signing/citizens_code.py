"""The citizen's QR code, printed on an unsigned paper on its way to being signed: the same code for the same paper, always.

A code says when the paper was issued, and a paper with another minute in its code is another paper: signing would be asked for a
second time. So the time is kept when a code is first printed, with the SHA-256 of what came out, under a key made of the paper and of
what the code says. Whoever runs the command again gets that very code, and the signature that was made then.

    HOME/signing/printed/KEY.json    {"issued": …, "sha256": …}
    HOME/signing/printed/KEY.pdf     the paper with its code, only while it is being signed
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path

from sohoa.config.signing import QrPlan
from sohoa.kernel.durable import sha256_of, write_durably
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.flow.journal import JobDamaged, Journal
from sohoa.signing.opening import FileUnreadable
from sohoa.signing.profiles.qr import QrPayload, print_qr

PRINTED = "printed"
_IN_WORDS = {
    "procedure_code": "mã thủ tục",
    "applicant": "số định danh người nộp",
    "document_name": "tên giấy tờ",
    "due": "ngày hẹn trả",
    "valid_from": "ngày bắt đầu hiệu lực",
    "valid_to": "ngày hết hiệu lực",
    "scope": "phạm vi",
}


class QrFieldNotAllowed(SohoaError):
    code, exit_code = "pipeline.qr_field_not_allowed", Exit.USAGE
    vi = "Cơ quan chưa cho ghi vào mã QR: {what_vi}."
    en = "The office does not let these into the QR code: {what}."
    remedy = "Bỏ mục ấy khỏi lệnh, hoặc thêm {what} vào fields trong mục [qr] của signing.toml nếu cơ quan cho phép."
    remedy_en = "Leave it out, or add {what} to `fields` under [qr] in signing.toml if the office allows it."


@dataclass(frozen=True, slots=True)
class Printed:
    """path: the paper with its code. sha256: of the paper with its code as it was first printed; what signatures go by."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class CitizensCode:
    """told: what the code says; system and time of issue are added. journal: of the signatures; the codes are kept beside them."""

    told: QrPayload
    plan: QrPlan
    journal: Journal

    def __post_init__(self) -> None:
        """Raises QrFieldNotAllowed."""
        given = [one.name for one in fields(self.told) if getattr(self.told, one.name)]
        refused = [name for name in given if name != "dossier_code" and name not in self.plan.fields]
        if refused:
            named = ", ".join(_IN_WORDS.get(name, name) for name in refused)
            raise QrFieldNotAllowed(what=", ".join(refused), what_vi=named)

    def on(self, paper: Path, *, now: datetime) -> Printed:
        """Print it, with the time of the first printing. Raises SigningInProgress, and what print_qr raises."""
        try:
            key = self._key(sha256_of(paper))
        except OSError as refused:
            raise FileUnreadable() from refused
        room = self.journal.root / PRINTED
        room.mkdir(mode=0o700, exist_ok=True)
        kept, printed = room / f"{key}.json", room / f"{key}.pdf"
        with self.journal.held(key):
            issued, sha256 = _remembered(kept) or (now, "")
            if sha256 and printed.exists() and sha256_of(printed) == sha256:
                return Printed(printed, sha256)
            whole = QrPayload(
                **{one.name: getattr(self.told, one.name) for one in fields(self.told) if one.name not in ("system", "issued")},
                system=self.plan.system,
                issued=issued,
            )
            print_qr(paper, printed, whole, only=self.plan.fields)
            if not sha256:
                sha256 = sha256_of(printed)
                write_durably(kept, json.dumps({"issued": issued.isoformat(), "sha256": sha256}).encode(), mode=0o600)
        return Printed(printed, sha256)

    def put_away(self, printed: Printed, *, begun: bool) -> None:
        """After signing. begun: there is a signature on its way, or may be; else the next attempt prints the time that it is then."""
        printed.path.unlink(missing_ok=True)
        if not begun and not any(job.source == printed.sha256 for job in self.journal.jobs()):
            printed.path.with_suffix(".json").unlink(missing_ok=True)

    def _key(self, paper: str) -> str:
        """paper: SHA-256."""
        said = {one.name: _text(getattr(self.told, one.name)) for one in fields(self.told)}
        return hashlib.sha256(json.dumps([paper, said, self.plan.fields, self.plan.system], sort_keys=True).encode()).hexdigest()


def _remembered(kept: Path) -> tuple[datetime, str] | None:
    """Raises JobDamaged."""
    try:
        told = json.loads(kept.read_bytes())
        return datetime.fromisoformat(told["issued"]), str(told["sha256"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as broken:
        raise JobDamaged(why=type(broken).__name__) from broken


def _text(value: str | date | None) -> str:
    return value.isoformat() if isinstance(value, date) else value or ""
