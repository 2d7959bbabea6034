"""The whole bucket in one listing: its packages one after another, and whatever belongs to none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sohoa.storage.fixity.model import PACKAGE, Finding, Lying
from sohoa.storage.fixity.reading import Reader
from sohoa.storage.objects.model import RECORDS, Listed, ObjectStore
from sohoa.storage.packages.layout import root_files

_IN_PACKAGE = re.compile(r"([0-9a-f]{3}/[0-9a-f]{3}/[0-9a-f]{3}/[^/]+)/(.+)", re.DOTALL)


class Walk:
    """Iterate over it for the packages; when that is done, `loose` holds the keys that lie in none. Memory: one package at a time."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.loose: dict[str, list[Listed]] = {}
        self.done = False

    def __iter__(self) -> Iterator[Lying]:
        root, keys = "", dict[str, list[Listed]]()
        for one in self._store.list(RECORDS):
            inside = _IN_PACKAGE.fullmatch(one.key)
            if not inside:
                self.loose.setdefault(one.key, []).append(one)
                continue
            if inside[1] != root:
                if keys:
                    yield Lying(root, keys)
                root, keys = inside[1], {}
            keys.setdefault(inside[2], []).append(one)
        if keys:
            yield Lying(root, keys)
        self.done = True


def loose_findings(loose: dict[str, list[Listed]], reader: Reader, *, packages: bool) -> Iterator[Finding]:
    """The storage root's own files must be there, once, as they were laid; nothing else may lie outside packages.

    packages: there are some; a root without any needs no declaration yet.
    """
    ours = root_files()
    for key, versions in loose.items():
        if key not in ours:
            yield Finding(key, PACKAGE, "key_outside_packages")
        elif not any(one.latest for one in versions):
            yield Finding(key, PACKAGE, "delete_marker")
        elif len(versions) > 1:
            yield Finding(key, PACKAGE, "extra_version")
        else:
            found, seen = reader.whole(versions[-1])
            if seen.trouble:
                yield Finding(key, PACKAGE, seen.trouble, seen.doubt)
            elif found != ours[key]:
                yield Finding(key, PACKAGE, "sha256_differs")
    for key in ours:
        if packages and key not in loose:
            yield Finding(key, PACKAGE, "missing")
