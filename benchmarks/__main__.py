"""`python -m benchmarks WHAT`: `reading` (the default), `understanding`, `signing`, `archive`, `chaos`, `search` and `memory`.

Each is also a command of its own, `python -m benchmarks.WHAT`.
"""

from __future__ import annotations

import sys

from benchmarks import memory
from benchmarks.archive import commands as archive
from benchmarks.chaos import commands as chaos
from benchmarks.reading import commands
from benchmarks.search import commands as search
from benchmarks.signing import commands as signing
from benchmarks.understanding import commands as understanding


def main(given: list[str]) -> int:
    if given[:1] == ["memory"]:
        return memory.main(given[1:])
    if given[:1] == ["chaos"]:
        return chaos.main(given[1:])
    if given[:1] == ["archive"]:
        return archive.main(given[1:])
    if given[:1] == ["search"]:
        return search.main(given[1:])
    if given[:1] == ["signing"]:
        return signing.main(given[1:])
    if given[:1] == ["understanding"]:
        return understanding.main(given[1:])
    return commands.main(given[1:] if given[:1] == ["reading"] else given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
