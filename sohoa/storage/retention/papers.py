"""Decisions as objects of the audit bucket: created once, never changed, read back with their form checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sohoa.kernel.text import nfc
from sohoa.storage.objects.errors import ObjectMissing
from sohoa.storage.objects.model import AUDIT, ObjectStore, Retention
from sohoa.storage.objects.read_back import read_back
from sohoa.storage.retention.errors import DestructionBroken


@dataclass(frozen=True, slots=True)
class Paper:
    """told: as its JSON says. sha256: of the object, lower-case hex."""

    told: Mapping[str, Any]
    sha256: str

    def moment(self, name: str = "at") -> datetime:
        return datetime.fromisoformat(self.told[name])


def encoded(told: Mapping[str, Any]) -> bytes:
    """The one way in which a decision is written, so that equal ones have equal bytes."""
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def put(store: ObjectStore, key: str, told: Mapping[str, Any], retention: Retention | None) -> Paper:
    """Raises ObjectAlreadyThere where the key says something else, ReadBackDiffers and the store's errors."""
    stored = store.put_new(AUDIT, key, encoded(told), content_type="application/json", retention=retention)
    read_back(store, stored)
    return Paper(told, stored.sha256)


def find(store: ObjectStore, key: str, form: str, *fields: str) -> Paper | None:
    """The decision under a key, None where there is none. form: its `format`. fields: must be there, and texts.

    Always its first version: nothing is written twice here, so whatever lies above it is not ours. Raises DestructionBroken and the
    store's errors.
    """
    versions = [listed for listed in store.list(AUDIT, key) if listed.key == key]
    if not versions:
        return None
    try:
        with store.open(AUDIT, key, versions[-1].version_id) as stream:
            content = b"".join(stream)
    except ObjectMissing as gone:
        raise DestructionBroken() from gone
    try:
        told: dict[str, Any] = json.loads(content)
        if told["format"] != form or not all(isinstance(told[name], str) for name in (*fields, "at", "by")):
            raise ValueError
        datetime.fromisoformat(told["at"])
    except (ValueError, KeyError, TypeError) as failure:
        raise DestructionBroken() from failure
    return Paper(told, hashlib.sha256(content).hexdigest())


def named(now: datetime, *what: str) -> str:
    """An id that sorts by day and is the same for the same decision: `20261122-1a2b3c4d5e6f`."""
    digest = hashlib.sha256("\x00".join((now.isoformat(), *what)).encode()).hexdigest()
    return f"{now:%Y%m%d}-{digest[:12]}"


def said(text: str) -> str:
    """What a person typed, in one normal form, without outer space."""
    return nfc(text).strip()
