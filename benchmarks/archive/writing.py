"""Show 4: how much of the speed of bare puts is left when each paper is archived in full.

In one process, in turn: a block of papers through `deposit` (package, read-back, catalogue, log, search outbox), then the very objects that
this put, with the same bytes, retention and bucket, one `put_object` of the plain client after the other. What counts is the ratio.
"""

from __future__ import annotations

import io
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from minio import Minio
from minio.retention import Retention as MinioRetention
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.archive.child import told_by
from benchmarks.console import people_told
from sohoa.storage.objects.model import RECORDS, Retention, StoredObject
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import Connection, embedded_store

GOAL = 0.7
BLOCK = 25  # papers
GROWTH = 1.1  # at most so many times the memory at the end as after a fifth of the run


@dataclass(frozen=True, slots=True)
class Put:
    key: str
    source: Path | bytes
    content_type: str
    retention: Retention | None


@dataclass
class Noted:
    """puts: of the block, in their order. asked: requests by their kind."""

    puts: list[Put] = field(default_factory=list[Put])
    asked: Counter[str] = field(default_factory=Counter[str])


class NotingStore(S3Store):
    """Notes what is put and how often the server is asked; some microseconds each."""

    def __init__(self, connection: Connection, noted: Noted) -> None:
        super().__init__(connection.url, connection.access_key, connection.secret_key, admin=connection.admin, disk=connection.disk)
        self._noted, ask = noted, self._pool.urlopen

        def asking(method: str, url: str, *given: Any, **more: Any) -> Any:
            noted.asked["LIST" if "?" in url and "versionId" not in url and method == "GET" else method] += 1
            return ask(method, url, *given, **more)

        self._pool.urlopen = asking

    def put_new(self, bucket: str, key: str, source: Path | bytes, **told: Any) -> StoredObject:
        self._noted.puts.append(Put(key, source, told["content_type"], told.get("retention")))
        return super().put_new(bucket, key, source, **told)

    def put_version(self, bucket: str, key: str, source: bytes, **told: Any) -> StoredObject:
        self._noted.puts.append(Put(key, source, told["content_type"], told.get("retention")))
        return super().put_version(bucket, key, source, **told)


def blocks(told: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """The measuring process; see child.py. told: records, seed, block, folder. Gives each block's seconds, ours and bare."""
    from benchmarks.archive.living import LOCK, deposit_of
    from benchmarks.archive.office import Office
    from sohoa.cli.workplace import with_catalogue
    from sohoa.storage.archive import deposit

    block = told["block"]
    office, here, folder = Office(told["records"] + block, told["seed"]), with_catalogue(), Path(told["folder"])
    found: dict[str, Any] = {name: [] for name in ("ours", "bare", "ours_cpu", "bare_cpu", "resident", "objects")}
    asked: Counter[str] = Counter()
    with ExitStack() as stack:
        connection = stack.enter_context(embedded_store(here.home))
        noted = Noted()
        store = stack.enter_context(NotingStore(connection, noted))
        store.prepare()
        client = _client(connection)
        # The first block warms up: the root of the archive, caches, the server's first volumes.
        for first in range(0, office.records, block):
            numbers = range(first, min(first + block, office.records))
            papers = [(deposit_of(office.paper(number), folder), office.at(number)) for number in numbers]
            noted.puts.clear()
            noted.asked.clear()
            with _Spent() as ours:
                for paper, at in papers:
                    deposit(paper, store, LOCK, now=at)
            with _Spent() as bare:
                _put_all(client, noted.puts)
            shutil.rmtree(folder)
            if first == 0:
                continue
            for name, figure in (("ours", ours.clock), ("bare", bare.clock), ("ours_cpu", ours.cpu), ("bare_cpu", bare.cpu)):
                found[name].append(figure / len(numbers))
            found["objects"].append(len(noted.puts) / len(numbers))
            found["resident"].append(_resident())
            asked += noted.asked
            if first // block % 10 == 0:
                say(f"{numbers[-1] + 1 - block} of {told['records']}: ratio {median(_ratios(found)):.2f} so far")
    return {**found, "asked": {kind: count / told["records"] for kind, count in sorted(asked.items())}}


def _client(connection: Connection) -> Minio:
    where = connection.url.removeprefix("http://")
    return Minio(where, connection.access_key, connection.secret_key, secure=False, region="us-east-1")


def _put_all(client: Minio, puts: list[Put]) -> None:
    for put in puts:
        kept = MinioRetention(put.retention.mode, put.retention.until) if put.retention else None
        data = put.source if isinstance(put.source, bytes) else put.source.read_bytes()
        client.put_object(RECORDS, f"bare/{put.key}", io.BytesIO(data), len(data), content_type=put.content_type, retention=kept)


class _Spent:
    """clock: seconds on the clock; cpu: of this process."""

    def __enter__(self) -> _Spent:
        self.clock, self.cpu = -time.perf_counter(), -time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.clock += time.perf_counter()
        self.cpu += time.process_time()


def _resident() -> int:
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize()


def _ratios(found: Mapping[str, Any]) -> list[float]:
    return [bare / ours for ours, bare in zip(found["ours"], found["bare"], strict=True)]


def measured(records: int, *, seed: int = 1, block: int = BLOCK) -> dict[str, Any]:
    """Raises RunFailed."""
    with tempfile.TemporaryDirectory(prefix="sohoa-write-") as scratch:
        people_told(f"archiving {records} papers, and their objects once more one by one")
        told = {"records": records, "seed": seed, "block": block, "folder": str(Path(scratch, "papers"))}
        found = told_by("write", told, {"SOHOA_HOME": str(Path(scratch, "home"))})
    settled = found["resident"][len(found["resident"]) // 5 :]
    return {
        "records": records,
        "per_second": 1 / median(found["ours"]),
        "bare_per_second": 1 / median(found["bare"]),
        "ratio": median(_ratios(found)),
        "ratios": _ratios(found),
        "cpu_ms": median(found["ours_cpu"]) * 1000,
        "bare_cpu_ms": median(found["bare_cpu"]) * 1000,
        "objects": sum(found["objects"]) / len(found["objects"]),
        "asked": found["asked"],
        "resident": found["resident"],
        "growth": settled[-1] / settled[0],
        "goals": {"ratio": GOAL, "growth": GROWTH},
    }


def show(told: Mapping[str, Any], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column(f"{told['records']:,} records")
    for head in ("archived in full", "bare puts", "ratio"):
        table.add_column(head, justify="right")
    style = "red" if told["ratio"] < GOAL else ""
    table.add_row(
        "records a second",
        *(f"{told['per_second']:.1f}", f"{told['bare_per_second']:.1f}"),
        f"[{style}]{told['ratio']:.2f}[/]" if style else f"{told['ratio']:.2f}",
    )
    cpu, bare = told["cpu_ms"], told["bare_cpu_ms"]
    table.add_row("processor ms a record", f"{cpu:.1f}", f"{bare:.1f}", f"{cpu / bare:.2f}")
    console.print(table)
    asked = ", ".join(f"{kind} {count:.1f}" for kind, count in told["asked"].items())
    console.print(f"Objects a record: {told['objects']:.1f}. Requests a record: {asked}.")
    first, last = told["resident"][len(told["resident"]) // 5], told["resident"][-1]
    console.print(f"Memory: {first >> 20} MiB after a fifth, {last >> 20} at the end ({told['growth']:.2f}×).")
    console.print(
        f"Goals: ratio {GOAL}, memory {GROWTH}×. Each block of {BLOCK} papers is followed by its own bare puts.", style="dim"
    )
