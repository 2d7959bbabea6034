"""A store some of whose objects are at hand already, because whoever reads them has just written or fetched them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sohoa.storage.objects.model import ByteStream, ObjectStore


class AtHand:
    """content: by key and version id, as the store has it. All else is asked of the store."""

    def __init__(self, store: ObjectStore, content: Mapping[tuple[str, str], Path | bytes]) -> None:
        self._store, self._content = store, content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def open(self, bucket: str, key: str, version_id: str) -> Iterator[ByteStream]:
        content = self._content.get((key, version_id))
        if content is None:
            with self._store.open(bucket, key, version_id) as stream:
                yield stream
        elif isinstance(content, bytes):
            yield io.BytesIO(content)
        else:
            with content.open("rb") as stream:
                yield stream
