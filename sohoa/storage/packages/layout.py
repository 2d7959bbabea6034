"""Where packages lie: the storage root's own files, and from a package's id to its keys (extension 0003 of OCFL)."""

from __future__ import annotations

import hashlib
import json
import re

EXTENSION = "0003-hash-and-id-n-tuple-storage-layout"
_TUPLE, _TUPLES, _LONGEST = 3, 3, 100  # letters; how many; letters of the id before its hash takes over

ROOT_DECLARATION = "0=ocfl_1.1"
OBJECT_DECLARATION = "0=ocfl_object_1.1"
INVENTORY = "inventory.json"
SIDECAR = f"{INVENTORY}.sha512"

_CONFIG = {"extensionName": EXTENSION, "digestAlgorithm": "sha256", "tupleSize": _TUPLE, "numberOfTuples": _TUPLES}
_LAYOUT = {
    "extension": EXTENSION,
    "description": "SHA-256 of the object id in three tuples of three letters, then the id percent-encoded.",
}


def root_files() -> dict[str, bytes]:
    """What the storage root holds besides packages, by key."""
    return {
        f"extensions/{EXTENSION}/config.json": _json(_CONFIG),
        "ocfl_layout.json": _json(_LAYOUT),
        ROOT_DECLARATION: b"ocfl_1.1\n",
    }


def root_of(package_id: str) -> str:
    """`3c0/ff4/240/urn%3asohoa%3a…`: the key prefix of a package, without a slash at the end."""
    digest = hashlib.sha256(package_id.encode()).hexdigest()
    named = "".join(letter if re.fullmatch(r"[A-Za-z0-9_-]", letter) else _escaped(letter) for letter in package_id)
    if len(named) > _LONGEST:
        named = f"{named[:_LONGEST]}-{digest}"
    return "/".join([*(digest[at : at + _TUPLE] for at in range(0, _TUPLE * _TUPLES, _TUPLE)), named])


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode())


def _json(told: dict[str, object]) -> bytes:
    return json.dumps(told, indent=1).encode() + b"\n"
