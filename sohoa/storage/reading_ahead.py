"""What a rebuild reads next, fetched while the database works: each deed would wait for three or four answers of the store, one by one.

    with ReadingAhead(store) as ahead:
        ahead.expect({"urn:sohoa:dossier:H99-1": {"H99-1/metadata.json"}}, known={})
        package = ahead.package("urn:sohoa:dossier:H99-1")
        ahead.open(RECORDS, held.key, held.version_id)    # at hand already, where it was expected and small

To whoever reads from it, it is the store. What could not be fetched is asked for again when it is wanted, so that errors come where
they belong.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sohoa.kernel.errors import SohoaError
from sohoa.storage.objects.model import ByteStream, ObjectStore
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Held, Package

AT_ONCE = 4  # requests in flight
LARGEST = 256 << 10  # bytes of one object fetched ahead: a text of ten pages
MOST = 32 << 20  # bytes at hand, about

_Fetched = tuple[Package | None, dict[tuple[str, str], bytes]]


class ReadingAhead:
    """For one reader; `expect` and all that reads is called from one thread."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ahead")
        self._coming: dict[str, Future[_Fetched]] = {}
        self._at_hand: dict[tuple[str, str], bytes] = {}
        self._bytes = 0

    def __enter__(self) -> ReadingAhead:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def expect(self, wanted: Mapping[str, Iterable[str]], known: Mapping[str, Package | None]) -> None:
        """wanted: paths by package id. known: packages that are open already."""
        self._bytes = sum(map(len, self._at_hand.values()))
        for package_id, paths in wanted.items():
            if package_id not in self._coming:
                self._coming[package_id] = self._pool.submit(self._fetch, package_id, known.get(package_id), list(paths))

    def package(self, package_id: str, known: Package | None = None) -> Package | None:
        """None: there is none. Raises PackageBroken and the store's errors."""
        coming = self._coming.pop(package_id, None)
        if coming is not None:
            try:
                package, fetched = coming.result()
            except SohoaError:
                pass  # asked for again below, where an error belongs
            else:
                self._at_hand |= fetched
                return package
        return known or ocfl.opened(self._store, package_id)

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str) -> Iterator[ByteStream]:
        content = self._at_hand.pop((key, version_id), None)
        if content is None:
            with self._store.open(bucket, key, version_id) as stream:
                yield stream
        else:
            yield io.BytesIO(content)

    def _fetch(self, package_id: str, known: Package | None, paths: list[str]) -> _Fetched:
        package = known or ocfl.opened(self._store, package_id)
        fetched: dict[tuple[str, str], bytes] = {}
        for held in (package.files[path] for path in paths if path in package.files) if package else ():
            if self._has_room(held):
                fetched[held.key, held.version_id] = ocfl.read(self._store, held)
        return package, fetched

    def _has_room(self, held: Held) -> bool:
        # Threads may count past each other; it is a rough measure.
        self._bytes += held.size
        return held.size <= LARGEST and self._bytes <= MOST
