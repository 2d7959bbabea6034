"""Files of a record that are numbered from 1, each naming the hash of the one before it: revisions, states of a result, evidence.

The first names the record's metadata, so a hole, a swapped or a forged one shows. What is told of number n is the JSON
`{document_id}/{folder}/{n:06}.json`; where the file itself is no JSON, as with evidence, `suffix` says what it is and the JSON lies beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sohoa.kernel.errors import SohoaError
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Held, Package

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Numbered:
    """broken: the error for number n that is damaged, or does not continue the one before it. sound: raises ValueError, KeyError or
    TypeError for what is told and makes no sense."""

    folder: str
    format: str
    broken: Callable[[int], SohoaError]
    suffix: str = ".json"
    sound: Callable[[Told, Held], object] = lambda told, held: None

    def path(self, document_id: str, number: int) -> str:
        return f"{document_id}/{self.folder}/{number:06}{self.suffix}"

    def about(self, document_id: str, number: int) -> str:
        """Where it is told what there is to know of it; `path` itself where that is the file."""
        return f"{document_id}/{self.folder}/{number:06}.json"

    def after(
        self, number: int, previous: str, document_id: str, package: Package | None, store: ObjectStore, *, until: int | None = None
    ) -> Iterator[tuple[Told, Held]]:
        """What follows number `number`, whose hash is `previous` (0 and the metadata's hash: all), as the package has it.

        Raises what `broken` gives, and the store's errors.
        """
        files = package.files if package else {}
        while (held := files.get(self.path(document_id, number + 1))) and (until is None or number < until):
            number += 1
            try:
                told: Told = json.loads(ocfl.read(store, files[self.about(document_id, number)]))
                claimed = (told["format"], told["document_id"], told["number"], told["previous"])
                if claimed != (self.format, document_id, number, previous):
                    raise ValueError
                self.sound(told, held)
            except (ValueError, KeyError, TypeError) as failure:
                raise self.broken(number) from failure
            yield told, held
            previous = held.sha256
