"""Show 4: how much of the speed of bare puts is left when each paper is archived in full.

In turn: a block of papers through `deposit` (package, read-back, catalogue, log, search outbox), by one writer or by several at once as in
the product; then the very objects that this put, with the same bytes, retention and bucket, one `put_object` of the plain client after
the other. What counts is the ratio. Beside it stands the ratio to a loop that also reads each object back and hashes it, as `deposit` does.
"""

from __future__ import annotations

import hashlib
import io
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection as PipeConnection
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
from benchmarks.watching import RunFailed
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


@dataclass(frozen=True, slots=True)
class Written:
    """By one writer, of one block. cpu: seconds. resident: bytes held at the end."""

    puts: list[Put]
    asked: Counter[str]
    cpu: float
    resident: int


class Writer:
    """A process of its own that archives what it is sent, as each worker of the product does."""

    def __init__(self, connection: Connection) -> None:
        self._ours, theirs = Pipe()
        self._process = get_context("fork").Process(target=_archive, args=(theirs, connection), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, papers: list[tuple[Any, datetime]]) -> None:
        self._ours.send(papers)

    def finish(self) -> Written:
        return self._ours.recv()

    def end(self) -> None:
        self._ours.send(None)
        self._process.join(timeout=60)


def _archive(pipe: PipeConnection, connection: Connection) -> None:
    from benchmarks.archive.living import LOCK
    from sohoa.storage.archive import deposit

    noted = Noted()
    with NotingStore(connection, noted) as store:
        while papers := pipe.recv():
            noted.puts.clear()
            noted.asked.clear()
            cpu = time.process_time()
            for paper, at in papers:
                deposit(paper, store, LOCK, now=at)
            pipe.send(Written(noted.puts, noted.asked, time.process_time() - cpu, _resident()))


def blocks(told: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """The measuring process; see child.py. told: records, seed, block, writers, folder. Gives each block's seconds, ours and bare."""
    from django.db import connections

    from benchmarks.archive.living import deposit_of
    from benchmarks.archive.office import Office
    from sohoa.cli.workplace import with_catalogue

    block = told["block"]
    office, here, folder = Office(told["records"] + block, told["seed"]), with_catalogue(), Path(told["folder"])
    connections.close_all()  # the writers open their own
    found: dict[str, Any] = {name: [] for name in ("ours", "bare", "checked", "ours_cpu", "bare_cpu", "resident", "objects")}
    asked: Counter[str] = Counter()
    with ExitStack() as stack:
        connection = stack.enter_context(embedded_store(here.home))
        writers = [Writer(connection) for _ in range(told["writers"])]
        for writer in writers:
            stack.callback(writer.end)
        client = _client(connection)
        # The first block warms up: the root of the archive, caches, the server's first volumes.
        for first in range(0, office.records, block):
            numbers = range(first, min(first + block, office.records))
            papers = [(deposit_of(office.paper(number), folder), office.at(number)) for number in numbers]
            at_work = [
                (writer, papers[place :: len(writers)]) for place, writer in enumerate(writers) if papers[place :: len(writers)]
            ]
            with _Spent() as ours:
                for writer, share in at_work:
                    writer.begin(share)
                written = [writer.finish() for writer, _ in at_work]
            puts = [put for one in written for put in one.puts]
            with _Spent() as bare:
                _put_all(client, puts)
            with _Spent() as checked:
                _put_all(client, puts, read_back=True)
            shutil.rmtree(folder)
            if first == 0:
                continue
            cpu = sum(one.cpu for one in written)
            spent = {"ours": ours.clock, "bare": bare.clock, "checked": checked.clock, "ours_cpu": cpu, "bare_cpu": bare.cpu}
            for name, figure in spent.items():
                found[name].append(figure / len(numbers))
            found["objects"].append(len(puts) / len(numbers))
            found["resident"].append(max(one.resident for one in written))
            asked += sum((one.asked for one in written), Counter())
            if first // block % 10 == 0:
                say(f"{numbers[-1] + 1 - block} of {told['records']}: ratio {median(_ratios(found)):.2f} so far")
    return {**found, "asked": {kind: count / told["records"] for kind, count in sorted(asked.items())}}


def _client(connection: Connection) -> Minio:
    where = connection.url.removeprefix("http://")
    return Minio(where, connection.access_key, connection.secret_key, secure=False, region="us-east-1")


def _put_all(client: Minio, puts: list[Put], *, read_back: bool = False) -> None:
    prefix = "checked" if read_back else "bare"
    for put in puts:
        kept = MinioRetention(put.retention.mode, put.retention.until) if put.retention else None
        data = put.source if isinstance(put.source, bytes) else put.source.read_bytes()
        key = f"{prefix}/{put.key}"
        made = client.put_object(RECORDS, key, io.BytesIO(data), len(data), content_type=put.content_type, retention=kept)
        if read_back:
            with client.get_object(RECORDS, key, version_id=made.version_id) as answer:
                if hashlib.sha256(answer.read()).digest() != hashlib.sha256(data).digest():
                    raise RunFailed("the store gave back other bytes")
                answer.release_conn()


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


def _ratios(found: Mapping[str, Any], beside: str = "bare") -> list[float]:
    return [bare / ours for ours, bare in zip(found["ours"], found[beside], strict=True)]


def measured(records: int, *, seed: int = 1, writers: int = 1, block: int = BLOCK) -> dict[str, Any]:
    """Raises RunFailed."""
    with tempfile.TemporaryDirectory(prefix="sohoa-write-") as scratch:
        people_told(f"{writers} archiving {records} papers, and their objects once more one by one")
        told = {"records": records, "seed": seed, "writers": writers, "block": block, "folder": str(Path(scratch, "papers"))}
        found = told_by("write", told, {"SOHOA_HOME": str(Path(scratch, "home"))})
    settled = found["resident"][len(found["resident"]) // 5 :]
    return {
        "records": records,
        "writers": writers,
        "per_second": 1 / median(found["ours"]),
        "bare_per_second": 1 / median(found["bare"]),
        "ratio": median(_ratios(found)),
        "ratios": _ratios(found),
        "ratio_read_back": median(_ratios(found, "checked")),
        "cpu_ms": median(found["ours_cpu"]) * 1000,
        "bare_cpu_ms": median(found["bare_cpu"]) * 1000,
        "objects": sum(found["objects"]) / len(found["objects"]),
        "asked": found["asked"],
        "resident": found["resident"],
        "growth": settled[-1] / settled[0],
        "goals": {"ratio": GOAL, "growth": GROWTH},
    }


def show(all_told: Sequence[Mapping[str, Any]], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column(f"{all_told[0]['records']:,} records")
    for head in (
        "a second",
        "bare puts a second",
        "ratio",
        "ratio where read back",
        "processor ms",
        "bare",
        "MiB after a fifth",
        "at the end",
    ):
        table.add_column(head, justify="right")
    for told in all_told:
        ratio, resident = f"{told['ratio']:.2f}", told["resident"]
        table.add_row(
            f"archived in full by {told['writers']}",
            *(f"{told['per_second']:.1f}", f"{told['bare_per_second']:.1f}", f"[red]{ratio}[/]" if told["ratio"] < GOAL else ratio),
            f"{told['ratio_read_back']:.2f}",
            *(f"{told['cpu_ms']:.1f}", f"{told['bare_cpu_ms']:.1f}"),
            *(str(size >> 20) for size in (resident[len(resident) // 5], resident[-1])),
        )
    console.print(table)
    asked = ", ".join(f"{kind} {count:.1f}" for kind, count in all_told[0]["asked"].items())
    console.print(f"Objects a record: {all_told[0]['objects']:.1f}. Requests a record: {asked}.")
    console.print(
        f"Goals: ratio {GOAL}, memory {GROWTH}×. Each block of {BLOCK} papers is followed by its own bare puts.", style="dim"
    )
