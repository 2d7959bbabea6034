"""The register's imports are archived like papers: in the bucket first, then in the catalogue, so that the bucket alone gives both back.

Import n is the file `imports/{n:06}.csv` in the register's package, the rows that were new or differed, and beside it `{n:06}.json`:
who, when, how many. Of two imports at once each gets a number of its own; they are entered in that order.
"""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from sohoa.kernel.durable import copy_durably
from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.packages import follow
from sohoa.storage.catalogue.register import RegisterImport
from sohoa.storage.objects.model import RECORDS, ObjectStore, Retention
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import REGISTER, Addition, Package, PathTaken
from sohoa.storage.register_import import Imported, enter, weigh

FORMAT = "sohoa-register/1"


class ImportBroken(SohoaError):
    code = "storage.import_broken"
    vi = "Lần nhập sổ đăng ký số {number} trong kho bị hỏng hoặc không nối tiếp lần trước nó."
    en = "Import {number} of the register in the store is damaged or does not continue the one before it."
    remedy = "Chạy «sohoa verify --all» và báo người quản trị."
    remedy_en = "Run `sohoa verify --all` and tell the administrator."


def import_register(file: Path, store: ObjectStore, *, retention: Retention, now: datetime) -> Imported:
    """Bring the register up to date with `file`, again or for the first time. Raises NotARegister and the store's errors."""
    catch_up(store)
    with tempfile.TemporaryDirectory(prefix="sohoa-register-") as scratch:
        changes = Path(scratch) / "changes.csv"
        with changes.open("w", encoding="utf-8", newline="") as rows:
            outcome = weigh(file, rows)
        if changes.stat().st_size:
            _keep(changes, outcome, store, retention, now)
            catch_up(store)
        else:
            chain.append("register.imported", "register", now=now, details=_counts(outcome))
    return outcome


def _counts(outcome: Imported) -> dict[str, Any]:
    return {"created": outcome.created, "updated": outcome.updated, "refused": len(outcome.refused)}


def _keep(changes: Path, outcome: Imported, store: ObjectStore, retention: Retention, now: datetime) -> None:
    while True:
        number = _count(ocfl.opened(store, REGISTER)) + 1
        told = {"format": FORMAT, "number": number, "at": now.isoformat(), "by": chain.account(), **_counts(outcome)}
        about = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()
        additions = [
            Addition(f"imports/{number:06}.csv", changes, "text/csv"),
            Addition(f"imports/{number:06}.json", about, "application/json"),
        ]
        try:
            message = f"register import {number}"
            ocfl.add(store, REGISTER, additions, message=message, by=told["by"], now=now, retention=retention)
            return
        except PathTaken:  # another import was quicker; this one comes after it
            continue


def _count(package: Package | None) -> int:
    return len(package.under("imports")) // 2 if package else 0


def catch_up(store: ObjectStore, package: Package | None = None, *, until: int | None = None) -> int:
    """Enter the imports that the store holds and the catalogue does not know yet; gives how many. until: none after this one.

    Raises ImportBroken and the store's errors."""
    package = package or ocfl.opened(store, REGISTER)
    known = RegisterImport.objects.count()
    last = min(_count(package), until if until is not None else _count(package))
    for number in range(known + 1, last + 1):
        _enter(number, package, store)
    return max(0, last - known)


def _enter(number: int, package: Package, store: ObjectStore) -> None:
    try:
        held, about = (package.files[f"imports/{number:06}.{kind}"] for kind in ("csv", "json"))
        told = json.loads(ocfl.read(store, about))
        if (told["format"], told["number"]) != (FORMAT, number):
            raise ValueError
        details = {name: told[name] for name in ("created", "updated", "refused")}
        at, by = datetime.fromisoformat(told["at"]), told["by"]
    except (KeyError, ValueError, TypeError) as failure:
        raise ImportBroken(number=number) from failure
    with tempfile.TemporaryDirectory(prefix="sohoa-register-") as scratch:
        rows = Path(scratch) / "changes.csv"
        with store.open(RECORDS, held.key, held.version_id) as stream:
            if copy_durably(stream, rows) != held.sha256:
                raise ImportBroken(number=number)
        enter(rows)
    with transaction.atomic():
        _, first = RegisterImport.objects.get_or_create(pk=number, defaults={"sha256": held.sha256, "at": at, "by": by})
        if first:
            details |= {"number": number, "sha256": held.sha256}
            chain.append("register.imported", "register", now=at, details=details, actor=by)
            follow(package)
