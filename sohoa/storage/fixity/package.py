"""One package, byte for byte: is it the OCFL object that its inventories describe, and nothing else?

Everything is judged by what the store gives back now, with the version of each object that was there first: what was put above it
later is a finding of its own and hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sohoa.kernel.verdicts import Outcome
from sohoa.storage.fixity.model import FIXITY, PACKAGE, File, Finding, Looked, Lying, Seen, document_of, is_document, role_of
from sohoa.storage.fixity.reading import Reader
from sohoa.storage.objects.model import Listed
from sohoa.storage.packages.inventory import Inventory, digest_of, read_inventory, sidecar_of
from sohoa.storage.packages.layout import INVENTORY, OBJECT_DECLARATION, SIDECAR, root_of
from sohoa.storage.packages.model import PackageBroken

_VERSION = re.compile(r"v([1-9]\d{0,8})/(.+)", re.DOTALL)
_DECLARED = b"ocfl_object_1.1\n"
_ID = re.compile(rb'"id"\s*:\s*"((?:[^"\\]|\\.){1,400})"')


def look_at(
    reader: Reader,
    lying: Lying,
    *,
    only: frozenset[str] | None = None,
    keep: Mapping[str, Path] | None = None,
    repaired: Mapping[str, Mapping[str, str]] | None = None,
) -> Looked:
    """only: read the contents of these records alone; of the rest it is seen that they are there. keep: where to copy the contents of
    a key. repaired: of each record, the versions that stand for the first ones, by role. Raises StoreUnreachable."""
    if not lying.keys:
        return Looked(lying.root)
    return _Look(reader, lying, only, keep or {}, repaired or {}).looked()


class _Look:
    def __init__(
        self,
        reader: Reader,
        lying: Lying,
        only: frozenset[str] | None,
        keep: Mapping[str, Path],
        repaired: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.reader, self.lying, self.only, self.keep, self.repaired = reader, lying, only, keep, repaired
        self.findings: list[Finding] = []
        self.id = ""
        self.expected: set[str] = set()
        self.read: dict[
            tuple[str, str], tuple[bytes, Seen]
        ] = {}  # of the newest version alone: older ones are many in a large dossier
        self.numbers: dict[str, int] = {}  # of the version whose inventory has this SHA-512

    def looked(self) -> Looked:
        numbers = sorted(int(found[1]) for found in map(_VERSION.fullmatch, self.lying.keys) if found and found[2] == INVENTORY)
        head, encoded, inventory = self._newest(numbers)
        if inventory is None:
            self._without_inventory(numbers)
            return Looked(self.lying.root, self.id, findings=tuple(self.findings))
        self._declaration()
        for number in range(1, head + 1):
            self._version(number, head, encoded, inventory)
        self._copies(head, encoded)
        self._sidecar(SIDECAR, encoded, versions_allowed=True, passing=True)
        files = self._contents(inventory)
        self._nothing_else(head)
        created = str(inventory.versions[head].get("created", ""))
        return Looked(self.lying.root, self.id, head, digest_of(encoded), created, files, tuple(self.findings))

    # -- inventories --------------------------------------------------------------------------------------------------

    def _newest(self, numbers: Sequence[int]) -> tuple[int, bytes, Inventory | None]:
        """The newest version's inventory: its own file, or where that is not what its sidecar says, the copy at the root if that is."""
        if not numbers:
            return 0, b"", None
        head = numbers[-1]
        own = f"v{head}/{INVENTORY}"
        ours, seen = self._small(own, -1)
        copy, _ = self._small(INVENTORY, 0)
        told = [(ours, self._small(f"v{head}/{SIDECAR}", -1)[0]), (copy, self._small(SIDECAR, 0)[0])]
        for encoded in [*(encoded for encoded, sidecar in told if encoded and sidecar == sidecar_of(encoded)), ours, copy]:
            inventory = self._parsed(encoded) if encoded else None
            if inventory and inventory.head == head:
                if encoded != ours:
                    self._wrong(f"{own}: {seen.trouble or 'sha512_differs'}", seen.doubt)
                return head, encoded, inventory
        self._wrong(f"{own}: {seen.trouble or 'not_an_inventory'}", seen.doubt)
        return head, b"", None

    def _small(self, path: str, which: int) -> tuple[bytes, Seen]:
        """which: of its versions, newest first."""
        versions = self.lying.keys.get(path, ())
        return self._read(versions[which]) if versions else (b"", Seen(trouble="missing"))

    def _read(self, one: Listed) -> tuple[bytes, Seen]:
        """An inventory or a sidecar, from the store once."""
        place = (one.key, one.version_id)
        if place not in self.read:
            self.read[place] = self.reader.whole(one)
        return self.read[place]

    def _parsed(self, encoded: bytes) -> Inventory | None:
        """None for what is not an inventory of the package that lies under this root."""
        found = _ID.search(encoded)
        try:
            named = found[1].decode() if found else ""
            if root_of(named) != self.lying.root:
                return None
            inventory = read_inventory(encoded, named)
        except (PackageBroken, UnicodeDecodeError, RecursionError):
            return None
        self.id = named
        return inventory

    def _without_inventory(self, numbers: Sequence[int]) -> None:
        if not numbers:
            # The first writer makes the inventory last; nothing in here is archived before.
            self._wrong("inventory: missing", Outcome.UNDETERMINED, passing=True)

    def _version(self, number: int, head: int, newest: bytes, inventory: Inventory) -> None:
        path = f"v{number}/{INVENTORY}"
        self.expected |= {path, f"v{number}/{SIDECAR}"}
        if path not in self.lying.keys:
            self._wrong(f"{path}: missing")
            return
        self._once(path)
        if number == head:
            encoded = newest
        else:
            encoded, seen = self.reader.whole(self.lying.keys[path][-1])
            older = None if seen.trouble else self._parsed(encoded)
            if older is None:
                self._wrong(f"{path}: {seen.trouble or 'not_an_inventory'}", seen.doubt)
                return
            if not _grew(older, inventory, number):
                self._wrong(f"{path}: history_differs")
        self.numbers[digest_of(encoded)] = number
        # A crash may have left the newest version without its sidecar; the next writer makes it.
        self._sidecar(f"v{number}/{SIDECAR}", encoded, passing=number == head)

    def _sidecar(self, path: str, encoded: bytes, *, versions_allowed: bool = False, passing: bool = False) -> None:
        self.expected.add(path)
        versions = self.lying.keys.get(path, ())
        if not versions:
            self._wrong(f"{path}: missing", Outcome.UNDETERMINED if passing else Outcome.FAILED, passing=True)
            return
        if versions_allowed:
            self._not_hidden(path)
        else:
            self._once(path)
        found, seen = self._read(versions[0] if versions_allowed else versions[-1])
        if seen.trouble:
            self._wrong(f"{path}: {seen.trouble}", seen.doubt)
        elif found != sidecar_of(encoded):
            self._wrong(f"{path}: sha512_differs", passing=versions_allowed)

    def _copies(self, head: int, encoded: bytes) -> None:
        """At the root lies a copy of every version's inventory, the newest on top; older ones are versions of the same key."""
        self.expected.add(INVENTORY)
        versions = self.lying.keys.get(INVENTORY, ())
        if not versions:
            self._wrong(f"{INVENTORY}: missing", Outcome.UNDETERMINED, passing=True)
            return
        self._not_hidden(INVENTORY)
        known = {**self.numbers, digest_of(encoded): head}
        there: set[int] = set()
        for index, one in enumerate(versions):
            seen = self._read(one)[1] if index == 0 else self.reader.look(one)
            number = known.get(seen.sha512)
            if seen.trouble:
                self._wrong(f"{INVENTORY}: {seen.trouble}", seen.doubt)
            elif number is None:
                self._wrong(f"{INVENTORY}: sha512_differs", passing=True)
            elif index == 0 and number != head:
                # What a crash between the two leaves; the next writer makes the copy.
                self._wrong(f"{INVENTORY}: not_the_newest", Outcome.UNDETERMINED, passing=True)
            there |= {number} if number else set()
        gone = set(range(1, head)) - there
        if gone and len(known) == head:
            self._wrong(f"{INVENTORY}: version_missing")

    # -- contents -----------------------------------------------------------------------------------------------------

    def _declaration(self) -> None:
        self.expected.add(OBJECT_DECLARATION)
        versions = self.lying.keys.get(OBJECT_DECLARATION, ())
        if not versions:
            self._wrong(f"{OBJECT_DECLARATION}: missing", passing=True)
            return
        self._once(OBJECT_DECLARATION)
        found, seen = self.reader.whole(versions[-1], most=1 << 10)
        if seen.trouble or found != _DECLARED:
            self._wrong(f"{OBJECT_DECLARATION}: {seen.trouble or 'sha512_differs'}", seen.doubt)

    def _contents(self, inventory: Inventory) -> dict[str, File]:
        """What the newest version names, by path. Each content is read once, however many paths name it."""
        paths: dict[str, list[str]] = {}
        for path, sha512 in inventory.state.items():
            paths.setdefault(sha512, []).append(path)
        files: dict[str, File] = {}
        for content in inventory.contents.values():
            self.expected.add(content.path)
            named = paths.get(content.sha512, [])
            whose = {document_of(path) for path in named} | {_owner(content.path)}
            asked = self.only is None or bool(self.only & whose)
            versions = self._standing(content.path, named)
            key = f"{self.lying.root}/{content.path}"
            seen = None
            if not versions:
                seen = Seen(trouble="missing")
            elif asked:
                seen = self.reader.look(versions[-1], self.keep.get(key))
            reason = _compared(seen, content.sha256, content.sha512) or _versions_wrong(versions)
            told: set[tuple[str, str]] = set()
            for path in named or [content.path]:
                first = versions[-1] if versions else Listed("", key, "", 0, latest=False)
                if path not in files:
                    files[path] = File(path, key, first.version_id, content.sha256, seen.size if seen else first.size, seen)
                about = (document_of(path) or _owner(content.path) or self._name, role_of(path))
                if reason and about not in told:
                    told.add(about)
                    what = PACKAGE if reason in ("extra_version", "delete_marker") else FIXITY
                    outcome = seen.doubt if seen else Outcome.FAILED
                    self.findings.append(Finding(about[0], what, f"{about[1]}: {reason}", outcome, passing=reason == "missing"))
        return files

    def _standing(self, content_path: str, named: Sequence[str]) -> Sequence[Listed]:
        """The versions of a content, the one that counts last. After a repair that is the one the log names, and what lies below it is
        only kept; what lies above it is nobody's."""
        versions = self.lying.keys.get(content_path, ())
        for path in named:
            stands = self.repaired.get(document_of(path), {}).get(role_of(path))
            for at, one in enumerate(versions):
                if one.version_id == stands:
                    return versions[: at + 1]
        return versions

    def _nothing_else(self, head: int) -> None:
        for path in self.lying.keys:
            if path in self.expected:
                continue
            found = _VERSION.fullmatch(path)
            if found and found[2].startswith("content/"):
                # A writer's contents come before the version that names them, and a crash leaves them until the next writer comes.
                waiting = int(found[1]) > head
                outcome = Outcome.UNDETERMINED if waiting else Outcome.FAILED
                self._wrong(f"{path}: {'unfinished' if waiting else 'in_no_inventory'}", outcome, passing=True)
            else:
                self._wrong(f"{path}: in_no_inventory", passing=bool(found and int(found[1]) > head))

    # -- words --------------------------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return self.id or self.lying.root

    def _wrong(self, reason: str, outcome: Outcome = Outcome.FAILED, *, passing: bool = False) -> None:
        self.findings.append(Finding(self._name, PACKAGE, reason, outcome, passing))

    def _once(self, path: str) -> None:
        reason = _versions_wrong(self.lying.keys[path])
        if reason:
            self._wrong(f"{path}: {reason}")

    def _not_hidden(self, path: str) -> None:
        if not any(one.latest for one in self.lying.keys[path]):
            self._wrong(f"{path}: delete_marker")


def _versions_wrong(versions: Sequence[Listed]) -> str:
    """What is created only if absent has one version, and that is what a reader without a version id gets."""
    if versions and not any(one.latest for one in versions):
        return "delete_marker"
    return "extra_version" if len(versions) > 1 else ""


def _compared(seen: Seen | None, sha256: str, sha512: str) -> str:
    if seen is None:
        return ""
    if seen.trouble:
        return seen.trouble
    return "sha256_differs" if seen.sha256 != sha256 else "sha512_differs" if seen.sha512 != sha512 else ""


def _owner(content_path: str) -> str:
    """The record for which a content was put: `v3/content/{id}/…`; "" where that is none."""
    parts = content_path.split("/", 3)
    return parts[2] if len(parts) == 4 and is_document(parts[2]) else ""


def _grew(older: Inventory, newest: Inventory, number: int) -> bool:
    """Whether the newest inventory says of the first `number` versions and their contents what the older one says."""
    return (
        older.head == number
        and all(newest.versions.get(at) == block for at, block in older.versions.items())
        and all(newest.contents.get(path) == content for path, content in older.contents.items())
    )
