"""Make a package: write it aside, read all of it again, log it, and only then give it its name.

The same holding, form and release give the same bytes, whenever and wherever. What is finished is never written again, so a run that
broke off goes on where it stopped; what lies under the name already and is something else is never touched.
"""

from __future__ import annotations

import enum
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

import sohoa
from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.durable import sync_folder
from sohoa.kernel.verdicts import Outcome
from sohoa.storage.audit import chain
from sohoa.storage.exports.bag import write_bag
from sohoa.storage.exports.codes import Chosen
from sohoa.storage.exports.ead import doc_code
from sohoa.storage.exports.eark import Kind, Making, Marker, write_package
from sohoa.storage.exports.errors import PackageFailsCheck, PackageUnreadable, TargetNotEmpty
from sohoa.storage.exports.holdings import Holding
from sohoa.storage.exports.parcel import Parcel, safe_name
from sohoa.storage.exports.reading import arrive, inspect
from sohoa.storage.exports.reading.arriving import Arrived
from sohoa.storage.exports.reading.bags import info_of
from sohoa.storage.exports.zipping import zip_folder
from sohoa.storage.objects.model import ObjectStore

_ASIDE = ".sohoa-export-part"
_SEED = uuid5(NAMESPACE_URL, "urn:sohoa:package")


class Form(enum.StrEnum):
    BAGIT = "bagit"
    SIP = "sip"
    AIP = "aip"
    DIP = "dip"


@dataclass(frozen=True, slots=True)
class Order:
    """What to make. mark: only for a DIP. zipped: one file instead of a folder."""

    form: Form
    chosen: Chosen = field(default_factory=Chosen)
    mark: Marker | None = None
    zipped: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """path: of the package. files, bytes: in it, unpacked. again: it was there already and is whole."""

    path: Path
    form: Form
    code: str
    identifier: UUID
    documents: int
    files: int
    bytes: int
    again: bool = False


def identifier_of(holding: Holding, order: Order) -> UUID:
    """What is in a package decides its identifier, and nothing else does."""
    told = (holding.canonical().decode(), order.form, order.chosen.maintenance, order.chosen.mode, sohoa.__version__)
    return uuid5(_SEED, "\n".join(told))


def export(holding: Holding, into: Path, order: Order, store: ObjectStore, *, now: datetime, actor: str | None = None) -> Exported:
    """Write one package into the folder `into`, which is made if need be.

    Raises TargetNotEmpty, StoredFileDiffers, PackageFailsCheck, what `order.mark` raises, and the store's errors; then nothing new
    is in `into`.
    """
    identifier = identifier_of(holding, order)
    name = _name(holding, order, identifier)
    target = into / (f"{name}.zip" if order.zipped else name)
    into.mkdir(parents=True, exist_ok=True)
    with _alone(into) as aside:
        if _taken(target):
            there = _checked(target, order, identifier)
            if there is None:
                raise TargetNotEmpty()
            return _exported(target, holding, order, identifier, there, again=True)
        root = aside / name
        root.mkdir()
        _write(Parcel(root), holding, order, store, identifier)
        written = _checked(root, order, identifier)
        if written is None:
            raise PackageFailsCheck(rule=", ".join(_failing(root)) or "identifier")
        made = root
        if order.zipped:
            made = aside / target.name
            zip_folder(root, made)
        _log(holding, order, identifier, now, actor)
        made.rename(target)
        sync_folder(into)
    return _exported(target, holding, order, identifier, written)


def _write(parcel: Parcel, holding: Holding, order: Order, store: ObjectStore, identifier: UUID) -> None:
    if order.form is Form.BAGIT:
        write_bag(parcel, holding, store, identifier=identifier, bagged=holding.as_of.astimezone(VIETNAM).date())
    else:
        kind = Kind(order.form.upper())
        write_package(Making(parcel, holding, kind, order.chosen, store, identifier, order.mark))


def _name(holding: Holding, order: Order, identifier: UUID) -> str:
    if order.form is not Form.BAGIT:
        return f"uuid-{identifier}"
    if holding.whole:
        return safe_name(holding.code)
    one = len(holding.documents) == 1
    return safe_name(doc_code(holding, holding.documents[0]) if one else f"{holding.code}-{identifier.hex[:8]}")


def _taken(target: Path) -> bool:
    return target.is_symlink() or target.is_file() or (target.is_dir() and any(target.iterdir()))


def _checked(package: Path, order: Order, identifier: UUID) -> Arrived | None:
    """What is in it, when all of it is well and it is the package that this identifier means; None otherwise."""
    try:
        with arrive(package, scratch=package.parent) as arrived:
            report = inspect(arrived)
            wanted = f"urn:uuid:{identifier}"
            same = arrived.name == f"uuid-{identifier}" or wanted in info_of(arrived).get("internal-sender-identifier", [])
            return arrived if report.outcome is Outcome.OK and report.kind == order.form and same else None
    except PackageUnreadable:
        return None


def _failing(root: Path) -> list[str]:
    with arrive(root) as arrived:
        report = inspect(arrived)
    return [rule for rule in report.rules if report.outcome_of(rule) is not Outcome.OK]


def _log(holding: Holding, order: Order, identifier: UUID, now: datetime, actor: str | None) -> None:
    """Before the package gets its name: a log that tells of a package that a crash took is better than the other way round."""
    with transaction.atomic():
        for document in holding.documents:
            details: dict[str, object] = {"form": str(order.form), "package": str(identifier)}
            chain.append("record.exported", document.id, now=now, details=details, actor=actor)


def _exported(target: Path, holding: Holding, order: Order, identifier: UUID, arrived: Arrived, *, again: bool = False) -> Exported:
    size = sum(arrived.files.values())
    return Exported(target, order.form, holding.code, identifier, len(holding.documents), len(arrived.files), size, again=again)


@contextmanager
def _alone(into: Path) -> Iterator[Path]:
    """A folder to write in. One process at a time exports into the same place; what a killed one left aside is thrown away."""
    descriptor = os.open(into, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        aside = into / _ASIDE
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    finally:
        os.close(descriptor)
