"""An OCFL validator that is not ours (ocfl-py) over what lies in a bucket."""

from __future__ import annotations

from pathlib import Path

from ocfl import StorageRoot
from ocfl.validator import Validator

from sohoa.storage.objects.model import RECORDS, ObjectStore


def lay_out(store: ObjectStore, target: Path, prefix: str = "") -> Path:
    """The bucket of records, or what lies under a prefix of it, as plain files: what a reader without version ids would get."""
    for listed in store.list(RECORDS, f"{prefix}/" if prefix else ""):
        if listed.latest:
            path = target / listed.key
            path.parent.mkdir(parents=True, exist_ok=True)
            store.download(RECORDS, listed.key, listed.version_id, path)
    return target / prefix


def judged_valid(root: Path, *, whole_root: bool = False) -> list[str]:
    """What the validator finds wrong, and its warnings, with an object or a whole storage root; nothing when it is valid."""
    if whole_root:
        judge = StorageRoot(root=str(root))
        valid = judge.validate(log_warnings=True, log_errors=True)
        count = sum(path.name == "0=ocfl_object_1.1" for path in root.rglob("0=*"))
        told = [str(one) for one in (*judge.errors, *judge.log.messages)]
        if judge.num_objects != count or judge.good_objects != count:
            told.append(f"{judge.good_objects} of {count} objects are valid")
    else:
        judge = Validator(log_warnings=True, log_errors=True)
        valid = judge.validate_object(str(root))
        told = list(judge.log.messages)
    return told if told or valid else ["not valid"]
