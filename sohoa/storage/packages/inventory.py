"""The inventory of an OCFL object: which bytes each of its versions names. Values in, values out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sohoa.storage.packages.model import PackageBroken

TYPE = "https://ocfl.io/1.1/spec/#inventory"
_CONTENT = re.compile(r"v[1-9]\d*/content/.+")


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that lie in the object. path: `v2/content/…`."""

    path: str
    sha256: str
    sha512: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """contents: by content path. versions: number from 1 → the version's block as the file has it. state: of the newest, path → SHA-512."""

    id: str
    contents: Mapping[str, Content] = field(default_factory=dict[str, Content])
    versions: Mapping[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])
    state: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def head(self) -> int:
        return len(self.versions)

    def content_of(self, sha512: str) -> Content | None:
        return next((content for content in self.contents.values() if content.sha512 == sha512), None)

    def grown(self, new: list[Content], named: Mapping[str, str], *, message: str, by: str, now: datetime) -> Inventory:
        """With one version more. new: contents that came with it. named: path → SHA-512, added to what the version before named."""
        state = {**self.state, **named}
        block = {
            "created": now.isoformat(timespec="seconds"),
            "message": message,
            "user": {"name": by, "address": f"urn:sohoa:account:{quote(by, safe='')}"},
            "state": _by_digest(state),
        }
        return replace(
            self,
            contents={**self.contents, **{one.path: one for one in new}},
            versions={**self.versions, self.head + 1: block},
            state=state,
        )

    def encoded(self) -> bytes:
        told = {
            "id": self.id,
            "type": TYPE,
            "digestAlgorithm": "sha512",
            "head": f"v{self.head}",
            "manifest": _by_digest({one.path: one.sha512 for one in self.contents.values()}),
            "versions": {f"v{number}": self.versions[number] for number in sorted(self.versions)},
            "fixity": {"sha256": _by_digest({one.path: one.sha256 for one in self.contents.values()})},
        }
        return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def digest_of(encoded: bytes) -> str:
    return hashlib.sha512(encoded).hexdigest()


def sidecar_of(encoded: bytes) -> bytes:
    return f"{digest_of(encoded)} inventory.json\n".encode()


def read_inventory(encoded: bytes, package_id: str) -> Inventory:
    """Raises PackageBroken for what is not an inventory of this package as we write them."""
    try:
        told: dict[str, Any] = json.loads(encoded)
        if told["id"] != package_id or told["type"] != TYPE or told["digestAlgorithm"] != "sha512":
            raise ValueError("it is another object's")
        sha512, sha256 = _by_path(told["manifest"]), _by_path(told["fixity"]["sha256"])
        versions = {int(name.removeprefix("v")): block for name, block in told["versions"].items()}
        head = int(told["head"].removeprefix("v"))
        if sorted(versions) != list(range(1, head + 1)) or sha512.keys() != sha256.keys():
            raise ValueError("its versions or digests have gaps")
        if not all(_CONTENT.fullmatch(path) and ".." not in path.split("/") for path in sha512):
            raise ValueError("a content path leads elsewhere")
        state = _by_path(versions[head]["state"])
        if not set(state.values()) <= set(sha512.values()):
            raise ValueError("a version names bytes that the manifest does not know")
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        why = str(failure) if type(failure) is ValueError else "its inventory cannot be read"
        raise PackageBroken(why=why, why_vi="tệp kê (inventory) sai hoặc hỏng") from failure
    contents = {path: Content(path, sha256[path], digest) for path, digest in sha512.items()}
    return Inventory(package_id, contents, versions, state)


def id_in(encoded: bytes) -> str:
    """Whose inventory it says it is. Raises PackageBroken."""
    try:
        return str(json.loads(encoded)["id"])
    except (ValueError, KeyError, TypeError) as failure:
        raise PackageBroken(why="its inventory cannot be read", why_vi="tệp kê (inventory) hỏng") from failure


def _by_digest(by_path: Mapping[str, str]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for path in sorted(by_path):
        told.setdefault(by_path[path], []).append(path)
    return told


def _by_path(by_digest: Mapping[str, list[str]]) -> dict[str, str]:
    return {path: digest.lower() for digest, paths in by_digest.items() for path in paths}
