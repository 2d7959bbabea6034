"""The archive measured and put to the test; see docs/en/benchmarks.md.

rebuild   an empty catalogue from the bucket alone: the same answers, to the byte?
write     records a second beside a bare loop that puts the very same objects
kills     archiving while we, the store and both are killed: is anything lost, or there twice?
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.archive import kills, rebuilding, verify, writing
from benchmarks.console import answered, screen, whole
from benchmarks.watching import RunFailed


def main(given: Sequence[str]) -> int:
    if given[:1] == ["verify"]:
        return verify.main(given[1:])
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.archive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="what", required=True)
    parts.add_parser("verify", help="verifying beside a bare read and hash")
    rebuild = parts.add_parser("rebuild", help="a catalogue from the bucket alone")
    rebuild.add_argument("--records", type=whole, default=1000, help="archived first (default: 1000)")
    rebuild.add_argument("--databases", default="sqlite", help="sqlite, postgresql or both, with a comma (default: sqlite)")
    rebuild.add_argument("--postgres", default="", help="address of an empty database on a server of yours")
    rebuild.add_argument("--keep", type=Path, help="a folder for the archive; a later run with it does not archive again")
    write = parts.add_parser("write", help="archiving beside bare puts")
    write.add_argument("--records", type=whole, default=500, help="besides 25 that warm up (default: 500)")
    write.add_argument("--writers", default="1,2", help="how many at once, a run for each (default: 1,2)")
    killed = parts.add_parser("kills", help="archiving under kills")
    killed.add_argument("--records", type=whole, default=1000, help="to be archived (default: 1000)")
    killed.add_argument("--every", type=float, default=1.0, help="seconds between two kills, on average (default: 1)")
    killed.add_argument("--keep", type=Path, help="an empty folder for the archive, to be looked at afterwards")
    for part in (rebuild, write, killed):
        part.add_argument("--seed", type=int, default=1)
        part.add_argument("--json", action="store_true", help="a JSON object instead of the table")
    asked = parser.parse_args(given)
    return answered(lambda: _RUNS[asked.what](asked))


def _rebuild(asked: argparse.Namespace) -> None:
    databases = tuple(asked.databases.split(","))
    found = rebuilding.shown(asked.records, seed=asked.seed, databases=databases, postgres=asked.postgres, keep=asked.keep)
    if asked.json:
        print(json.dumps(found.as_dict()))
    else:
        rebuilding.show(found, screen())


def _write(asked: argparse.Namespace) -> None:
    told = [writing.measured(asked.records, seed=asked.seed, writers=whole(number)) for number in asked.writers.split(",")]
    if asked.json:
        print(json.dumps(told))
    else:
        writing.show(told, screen())


def _kills(asked: argparse.Namespace) -> None:
    told = kills.shown(asked.records, seed=asked.seed, every=asked.every, keep=asked.keep)
    if asked.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        kills.show(told, screen())
    if told["findings"]:
        raise RunFailed(f"{len(told['findings'])} findings")


_RUNS = {"rebuild": _rebuild, "write": _write, "kills": _kills}
