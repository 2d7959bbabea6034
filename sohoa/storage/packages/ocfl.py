"""Write and read packages: OCFL 1.1 objects in a store that cannot rename and forgets nothing.

A version is made by creating `v{n}/inventory.json`, only if absent: that is the moment of archiving. Its contents are in the store
and read back before; the copy of the inventory at the object's root, and the sidecars, follow. What a crash leaves:

- contents that no version names. The next writer finds them: what it was going to add itself is used as it lies, anything else is
  named by its version under `leftover/`, so that every byte in the object is accounted for.
- a version whose copies are missing. The next writer makes them first.

Two writers who both think it is their turn cannot both make version n. The loser looks again and makes n+1, which names its contents
where they lie, in the winner's folder.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import unquote
from weakref import WeakSet

from sohoa.kernel.durable import CHUNK
from sohoa.storage.objects.errors import ObjectAlreadyThere, ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import RECORDS, Listed, ObjectStore, Retention, StoredObject
from sohoa.storage.objects.read_back import read_back
from sohoa.storage.packages.inventory import Content, Inventory, digest_of, id_in, read_inventory, sidecar_of
from sohoa.storage.packages.layout import INVENTORY, OBJECT_DECLARATION, SIDECAR, root_files, root_of
from sohoa.storage.packages.model import Addition, Held, Package, PackageBroken, PathTaken
from sohoa.storage.packages.turns import turn

LEFTOVER = "leftover"
AT_ONCE = 8  # puts in flight: each waits for the server's fsync; a paper has six or seven files
TRIES = 20  # lost races in a row before this is no race
_JSON, _TEXT = "application/json", "text/plain"
_INVENTORY = re.compile(rf"(.+)/v([1-9]\d*)/{re.escape(INVENTORY)}")
_CONTENT = re.compile(r"v[1-9]\d*/content/")
_VERSION = re.compile(r"v([1-9]\d*)/(.+)")


def opened(store: ObjectStore, package_id: str) -> Package | None:
    """The package as its newest version has it; None: there is none. Raises PackageBroken and the store's errors."""
    there = _look(store, package_id)
    return there.package(store) if there.inventory.head else None


def heads(store: ObjectStore) -> Iterator[tuple[str, int]]:
    """Id and newest version of every package in the bucket, by where it lies. Raises PackageBroken and the store's errors."""
    numbered = (found for found in map(_INVENTORY.fullmatch, (one.key for one in store.list(RECORDS))) if found)
    for root, inventories in groupby(numbered, key=lambda found: found[1]):
        head = max(int(found[2]) for found in inventories)
        yield _id_of(store, root, head), head


def _id_of(store: ObjectStore, root: str, head: int) -> str:
    named = unquote(root.rpartition("/")[2])
    if root_of(named) == root:
        return named
    with store.open(RECORDS, f"{root}/v{head}/{INVENTORY}", "") as stream:  # the name was too long for the key
        told = id_in(b"".join(stream))
    if root_of(told) != root:
        raise PackageBroken(why="it lies where another should", why_vi="gói nằm sai chỗ")
    return told


def read(store: ObjectStore, held: Held) -> bytes:
    """A small file of a package, whole."""
    with store.open(RECORDS, held.key, held.version_id) as stream:
        return b"".join(stream)


def add(
    store: ObjectStore,
    package_id: str,
    additions: Sequence[Addition],
    *,
    message: str,
    by: str,
    now: datetime,
    retention: Retention | None,
    unless: str = "",
) -> Package:
    """The package with `additions` in it, made if it was not there: a version more, or none where all of it was there already.

    unless: a path whose being there says that this was done before; then nothing is added and nothing compared.
    Raises PathTaken where a path holds other bytes (then nothing was added), PackageBroken, ReadBackDiffers, the store's errors, and
    OSError where a source cannot be read.
    """
    _lay_root(store)
    measured = [_Measured.of(addition) for addition in additions]
    with turn(package_id):
        for _ in range(TRIES):
            there = _look(store, package_id)
            _complete(store, there, retention)
            if unless in there.inventory.state:
                return there.package(store)
            missing = [one for one in measured if there.inventory.state.get(one.path) != one.sha512]
            if any(one.path in there.inventory.state for one in missing):
                raise PathTaken
            if not missing:
                return there.package(store)
            made = _next_version(store, there, missing, retention, message=message, by=by, now=now)
            if made:
                return made.package(store)
    raise PathTaken


@dataclass(frozen=True, slots=True)
class _Measured:
    path: str
    source: Path | bytes
    media_type: str
    sha256: str
    sha512: str

    @classmethod
    def of(cls, addition: Addition) -> _Measured:
        return cls(addition.path, addition.source, addition.media_type, *_digests(_chunks(addition.source)))

    def content_path(self, version: int) -> str:
        """Named by its bytes too, so that a second try with other bytes never meets what the first try left."""
        name = PurePosixPath(self.path)
        return f"v{version}/content/{name.parent}/{name.stem}-{self.sha256[:16]}{name.suffix}"


@dataclass(frozen=True, slots=True)
class _There:
    """What lies under an object's root, by its key within: the versions that the store has of it, newest first."""

    id: str
    root: str
    listed: Mapping[str, Sequence[Listed]]
    inventory: Inventory
    encoded: bytes = b""

    def package(self, store: ObjectStore) -> Package:
        by_digest = {content.sha512: content for content in reversed(self.inventory.contents.values())}
        files: dict[str, Held] = {}
        for path, sha512 in self.inventory.state.items():
            content = by_digest[sha512]
            one = self._version(content, store)
            files[path] = Held(path, one.key, one.version_id, content.sha256, sha512, one.size)
        return Package(self.id, self.root, self.inventory.head, digest_of(self.encoded), files)

    def _version(self, content: Content, store: ObjectStore) -> Listed:
        """Nothing is written twice under a content path, so its one version is the one. Where there are more, because somebody put
        another over it, or a damaged one was repaired, the oldest that holds the right bytes is."""
        versions = self.listed.get(content.path)
        if not versions:
            return Listed(RECORDS, f"{self.root}/{content.path}", "", 0, latest=False)
        for one in reversed(versions) if len(versions) > 1 else ():
            with suppress(ObjectMissing, ObjectUnreadable):
                if store.sha256_of(RECORDS, one.key, one.version_id) == content.sha256:
                    return one
        return versions[-1]

    def leftovers(self) -> list[str]:
        """Contents that no version names."""
        return [path for path in self.listed if _CONTENT.match(path) and path not in self.inventory.contents]


def _look(store: ObjectStore, package_id: str) -> _There:
    root = root_of(package_id)
    listed: defaultdict[str, list[Listed]] = defaultdict(list)
    for one in store.list(RECORDS, f"{root}/"):
        listed[one.key.removeprefix(f"{root}/")].append(one)
    numbers = [int(found[1]) for found in map(_VERSION.fullmatch, listed) if found and found[2] == INVENTORY]
    if not numbers:
        return _There(package_id, root, listed, Inventory(package_id))
    encoded = _inventory_in(store, f"v{max(numbers)}", listed)
    inventory = read_inventory(encoded, package_id)
    if inventory.head != max(numbers):
        raise PackageBroken(why="an inventory lies in another version's folder", why_vi="tệp kê nằm sai chỗ")
    return _There(package_id, root, listed, inventory, encoded)


def _inventory_in(store: ObjectStore, version: str, listed: Mapping[str, Sequence[Listed]]) -> bytes:
    """Of a version's inventories the one that its sidecar names; the first, where none is named or there is only one.

    A server that was killed in the middle of a write may show what it has of it only after another writer was let in (seen with
    SeaweedFS 4.48: three of 864 writes that were under way). What nobody acknowledged then lies below what somebody did; only
    the writer whose inventory was acknowledged went on to write the sidecar.
    """
    found = [_read(store, one) for one in reversed(listed[f"{version}/{INVENTORY}"])]
    if len(found) > 1:
        named = {_read(store, one) for one in listed.get(f"{version}/{SIDECAR}", ())}
        return next((encoded for encoded in found if sidecar_of(encoded) in named), found[0])
    return found[0]


def _read(store: ObjectStore, one: Listed) -> bytes:
    with store.open(RECORDS, one.key, one.version_id) as stream:
        return b"".join(stream)


def _next_version(
    store: ObjectStore,
    there: _There,
    missing: Sequence[_Measured],
    retention: Retention | None,
    *,
    message: str,
    by: str,
    now: datetime,
) -> _There | None:
    """None: another writer made this version."""
    number = there.inventory.head + 1
    adopted = _adopted(store, there)
    lying = {content.sha512 for content in (*there.inventory.contents.values(), *adopted)}
    new = {one.content_path(number): one for one in missing if one.sha512 not in lying}
    stored = _put_contents(store, there, new, retention, first=number == 1)
    wanted = {one.sha512 for one in missing}
    named = {f"{LEFTOVER}/{one.path.replace('/content/', '/', 1)}": one.sha512 for one in adopted if one.sha512 not in wanted}
    named |= {one.path: one.sha512 for one in missing}
    contents = [*(Content(path, one.sha256, one.sha512) for path, one in new.items()), *adopted]
    inventory = there.inventory.grown(contents, named, message=message, by=by, now=now)
    encoded = inventory.encoded()
    try:
        made = store.put_new(RECORDS, f"{there.root}/v{number}/{INVENTORY}", encoded, content_type=_JSON, retention=retention)
    except ObjectAlreadyThere:
        return None
    listed = {
        **there.listed,
        **{path: [Listed(RECORDS, one.key, one.version_id, one.size, latest=True)] for path, one in stored.items()},
    }
    now_there = _There(there.id, there.root, listed, inventory, encoded)
    _copy_inventory(store, now_there, retention, made)
    return now_there


def _put_contents(
    store: ObjectStore,
    there: _There,
    new: Mapping[str, _Measured],
    retention: Retention | None,
    *,
    first: bool,
) -> dict[str, StoredObject]:
    def put(path: str, source: Path | bytes, media_type: str) -> tuple[str, StoredObject]:
        made = store.put_new(RECORDS, f"{there.root}/{path}", source, content_type=media_type, retention=retention)
        read_back(store, made)
        return path, made

    work = [partial(put, path, one.source, one.media_type) for path, one in new.items()]
    if first:
        work.append(partial(put, OBJECT_DECLARATION, b"ocfl_object_1.1\n", _TEXT))
    return dict(_at_once(work))


def _adopted(store: ObjectStore, there: _There) -> list[Content]:
    contents: list[Content] = []
    for path in there.leftovers():
        with store.open(RECORDS, f"{there.root}/{path}", there.listed[path][-1].version_id) as stream:
            contents.append(Content(path, *_digests(stream)))
    return contents


def _complete(store: ObjectStore, there: _There, retention: Retention | None) -> None:
    """Make the copies of the newest inventory that a crash left out."""
    head = there.inventory.head
    if not head:
        return
    if f"v{head}/{SIDECAR}" not in there.listed:
        _copy_inventory(store, there, retention)


def _copy_inventory(store: ObjectStore, there: _There, retention: Retention | None, made: StoredObject | None = None) -> None:
    """made: the inventory where it was just written; it is read back meanwhile."""
    sidecar, head = sidecar_of(there.encoded), there.inventory.head
    # What is there for the first time is created; from then on each is a new version of its key.
    at_root = store.put_new if head == 1 else partial(store.put_version, anew=made is not None)
    copies = ((INVENTORY, there.encoded, _JSON), (SIDECAR, sidecar, _TEXT))
    work: list[Callable[[], object]] = [
        partial(at_root, RECORDS, f"{there.root}/{path}", content, content_type=kind, retention=retention)
        for path, content, kind in copies
    ]
    _at_once([*work, partial(read_back, store, made)] if made else work)
    # The last of all, and created only if absent: that it is there says that all the others are. To count the versions of a copy at
    # the root would not do, since a write that is sent twice, because its answer was lost, makes two.
    store.put_new(RECORDS, f"{there.root}/v{head}/{SIDECAR}", sidecar, content_type=_TEXT, retention=retention)


_T = TypeVar("_T")


def _at_once(work: Sequence[Callable[[], _T]]) -> list[_T]:
    """Every answer, in order. What fails is raised when all have ended: nothing is written behind the caller's back."""
    under_way = [_pool().submit(one) for one in work]
    wait(under_way)
    return [one.result() for one in under_way]


@cache
def _pool() -> ThreadPoolExecutor:
    """One for the process: to start eight threads for each paper took a twelfth of its time."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="put")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads

_laid: WeakSet[ObjectStore] = WeakSet()


def _lay_root(store: ObjectStore) -> None:
    if store in _laid:
        return
    for key, content in root_files().items():
        if not store.exists(RECORDS, key):
            store.put_new(RECORDS, key, content, content_type=_JSON if key.endswith(".json") else _TEXT)
    _laid.add(store)


def _chunks(source: Path | bytes) -> Iterable[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _digests(chunks: Iterable[bytes]) -> tuple[str, str]:
    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    for chunk in chunks:
        sha256.update(chunk)
        sha512.update(chunk)
    return sha256.hexdigest(), sha512.hexdigest()
