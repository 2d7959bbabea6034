"""Bring a paper under our roof: copy, hash, one row. The source stays where it is."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from sohoa.kernel.durable import copy_durably
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.errors import ChangedWhileReading, DiskFull, SourceNotReadable
from sohoa.pipeline.models import Item, Sighting, State
from sohoa.pipeline.sources.folder import Found
from sohoa.pipeline.sources.hotfolder_errors import OfferedAgain
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.filing import file_record
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.register import Dossier

# A page's pixels, its texts and the PDF made from it lie on the disk together for a while.
SPARE = 256 << 20


class CodeTooLong(SohoaError):
    code, exit_code = "pipeline.code_too_long", Exit.USAGE
    vi = "Mã {what_vi} đã nêu dài quá {longest} ký tự."
    en = "The {what} code given is longer than {longest} characters."
    remedy = "Kiểm tra lại mã đã gõ, rồi chạy lại."
    remedy_en = "Check the code as typed, then run again."


_CODES = {"dossier": "hồ sơ", "procedure": "thủ tục", "unit": "đơn vị"}


@dataclass(frozen=True, slots=True)
class Order:
    """What the person asked for; codes are empty where nothing was said. Raises CodeTooLong: not every database cuts or keeps it."""

    dossier: str = ""
    procedure: str = ""
    unit: str = ""
    sign: bool = True

    def __post_init__(self) -> None:
        for what, what_vi in _CODES.items():
            longest = Item._meta.get_field(what).max_length or 0
            if len(getattr(self, what)) > longest:
                raise CodeTooLong(what=what, what_vi=what_vi, longest=longest)


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of a file that was found. source: where people know it to be. copy_of: where the same content was found first, when
    that was another file. found: as it was given."""

    source: Path
    item: Item
    copy_of: str = ""
    found: Found | None = None

    @property
    def lies(self) -> Path:
        """Where the file lies now."""
        return self.found.path if self.found else self.source


def claim(found: Found, claims: Path, order: Order, *, now: datetime) -> Claim:
    """Take one file in. The same content twice is one item; a file that cannot be taken becomes a quarantined one.

    Raises DiskFull: that is nobody's file's fault, and everything else will meet it too. Raises OfferedAgain when its keeper says that
    what is wrong with the file is of the moment.
    """
    try:
        if found.problem:
            raise found.problem
        content = _copy(found.path, claims)
    except DiskFull:
        raise
    except SohoaError as problem:
        if found.keeper and found.keeper.will_offer_again(found, problem):
            raise OfferedAgain() from problem
        return Claim(found.origin, _untaken(found, problem, now), found=found)
    Item.objects.filter(content=_untaken_key(found)).delete()  # what stood in the way last time is gone
    order = replace(order, dossier=order.dossier or _dossier_of(found))
    item, new = _row(content, _written(found.origin), order, now)
    elsewhere = item.source if item.source != _written(found.origin) or (found.fresh and not new) else ""
    if item.state == State.ARCHIVED:
        shutil.rmtree(claims / content, ignore_errors=True)
        if order.dossier:
            file_record(Record.objects.get(pk=item.document_id), order.dossier)
    elif not new and item.state == State.QUARANTINED and (found.fresh or not found.keeper):
        _try_again(item, now)  # a file that its keeper found again was not given again: its last watcher was killed
    if elsewhere:
        _note_copy(item, found, now)
    return Claim(found.origin, item, elsewhere, found)


def _copy(path: Path, claims: Path) -> str:
    arriving = claims / "arriving"
    arriving.mkdir(parents=True, exist_ok=True)
    temporary = arriving / f"{os.getpid()}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"
    try:
        before = path.stat()
        if shutil.disk_usage(arriving).free < before.st_size + min(SPARE, before.st_size * 4 + (16 << 20)):
            raise DiskFull()
        with path.open("rb") as source:
            content = copy_durably(source, temporary)
        after = path.stat()
    except PermissionError as refused:
        raise SourceNotReadable() from refused
    except OSError as broken:
        temporary.unlink(missing_ok=True)
        if broken.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull() from broken
        raise SourceNotReadable() from broken
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        temporary.unlink(missing_ok=True)
        raise ChangedWhileReading()
    kept = claims / content
    kept.mkdir(exist_ok=True)
    os.replace(temporary, kept / "source")
    return content


def _row(content: str, source: str, order: Order, now: datetime) -> tuple[Item, bool]:
    told = {"source": source, "waiting_since": now, "claimed_at": now, **asdict(order)}
    with transaction.atomic():
        # Of two that claim the same content at once, the second waits here until the first has said all it has to say.
        item, new = Item.objects.get_or_create(content=content, defaults=told)
        if new:
            Sighting.objects.create(item=item, source=source, seen_at=now)
            chain.append("paper.claimed", content[:20], now=now, details={"sha256": content})
    return item, new


def _written(path: Path) -> str:
    """Where a file lies, in letters that every database takes: an old file share's names may be no UTF-8."""
    return os.fsencode(path.absolute()).decode(errors="backslashreplace")


def _untaken(found: Found, problem: SohoaError, now: datetime) -> Item:
    told = {
        "source": _written(found.origin),
        "state": State.QUARANTINED,
        "reason": problem.as_dict(),
        "waiting_since": now,
        "claimed_at": now,
    }
    item, _ = Item.objects.update_or_create(content=_untaken_key(found), defaults=told)
    return item


def _untaken_key(found: Found) -> str:
    return "at:" + hashlib.sha256(os.fsencode(found.origin.absolute())).hexdigest()


def _try_again(item: Item, now: datetime) -> None:
    """Given again by a person, a quarantined paper gets a fresh start: the fault may have been ours, and is perhaps mended."""
    Item.objects.filter(pk=item.pk, state=State.QUARANTINED).update(
        state=State.CLAIMED, reason=None, attempts=0, pages_read=0, waiting_since=now, lease_holder="", lease_until=None
    )
    item.refresh_from_db()


def _note_copy(item: Item, found: Found, now: datetime) -> None:
    with transaction.atomic():
        _, new = Sighting.objects.get_or_create(item=item, source=_written(found.origin), defaults={"seen_at": now})
        if new:
            chain.append("paper.duplicate", item.content[:20], now=now)


def _dossier_of(found: Found) -> str:
    """A paper lies in a folder named after its dossier, or is named `<dossier>.<ordinal>`, as files of digitised dossiers are."""
    stem = found.name.rpartition(".")[0].rpartition(".")[0]
    for candidate in (found.folder_name, stem):
        if candidate.isprintable() and Dossier.objects.filter(pk=candidate).exists():
            return candidate
    return ""
