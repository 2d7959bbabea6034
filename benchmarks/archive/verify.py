"""Show 4: how much of the speed of a bare read-and-hash loop is left when every package is verified: `python -m benchmarks.archive.verify`.

In one process, in turn: the plain client reads every version of every object and takes its SHA-256, one after the other and with as many
threads as we have; then `verify` reads the same bytes, takes two hashes and compares them with inventories, sidecars, catalogue, log and
derived rows. Signatures are not among it: what a bare loop does not read cannot be compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from minio import Minio
from rich import box
from rich.table import Table

from benchmarks.console import answered, people_told, screen, whole
from benchmarks.watching import RunFailed

GOAL = 0.6
CHUNK = 1 << 20


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.archive.verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=whole, default=200, help="archived first (default: 200)")
    parser.add_argument("--rounds", type=whole, default=3, help="each reads everything three times (default: 3)")
    parser.add_argument("--threads", type=whole, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="a JSON object instead of the table")
    asked = parser.parse_args(given)
    return answered(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="sohoa-verify-bench-") as scratch:
        for name in [name for name in os.environ if name.startswith("SOHOA_")]:
            del os.environ[name]
        os.environ |= {"SOHOA_HOME": f"{scratch}/home", "DJANGO_SETTINGS_MODULE": "sohoa.config.django"}
        told = _measured(asked.records, asked.rounds, asked.threads, asked.seed, Path(scratch))
    if asked.json:
        print(json.dumps(told))
    else:
        _show(told)


def _measured(records: int, rounds: int, threads: int, seed: int, scratch: Path) -> dict[str, Any]:
    import django

    django.setup()
    from benchmarks.archive.living import live
    from benchmarks.archive.office import Office
    from sohoa.cli.workplace import with_catalogue
    from sohoa.kernel.clock import now
    from sohoa.pipeline.verification import Looking, verify_archive
    from sohoa.storage.objects.seaweed import embedded_store

    here = with_catalogue()
    found: dict[str, list[float]] = {"ours": [], "bare": [], "bare_threads": []}
    with embedded_store(here.home) as connection, connection.store(threads=threads + 2) as store:
        store.prepare()
        (scratch / "papers").mkdir()
        people_told(f"archiving {records} papers")
        live(Office(records, seed), store, home=here.home, folder=scratch / "papers", progress=lambda _: None)
        client = Minio(
            connection.url.removeprefix("http://"), connection.access_key, connection.secret_key, secure=False, region="us-east-1"
        )
        resident, report, size = list[int](), None, 0
        for number in range(rounds):
            people_told(f"round {number + 1} of {rounds}")
            for name, at_once in (("bare", 1), ("bare_threads", threads)):
                began = time.perf_counter()
                size = _bare(client, at_once)
                found[name].append(time.perf_counter() - began)
            began = time.perf_counter()
            report = verify_archive(store, Looking((), now(), threads=threads, signatures=False))
            found["ours"].append(time.perf_counter() - began)
            resident.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10)
            if not report.all_ok:
                raise RunFailed(f"a clean archive gave {len(report.failures)} alarms, the first: {report.failures[0].reason}")
    assert report is not None
    return {
        "records": records,
        "bytes": size,
        "read_by_verify": report.bytes,
        **{f"{name}_mb_s": size / median(seconds) / 1e6 for name, seconds in found.items()},
        "records_per_second": records / median(found["ours"]),
        "ratio": median(bare / ours for bare, ours in zip(found["bare"], found["ours"], strict=True)),
        "ratio_threads": median(bare / ours for bare, ours in zip(found["bare_threads"], found["ours"], strict=True)),
        "threads": threads,
        "peak": resident,
        "goal": GOAL,
    }


def _bare(client: Minio, threads: int) -> int:
    """Every version of every object of the archive; gives how many bytes."""

    def read(one: Any) -> int:
        response = client.get_object("records", one.object_name, version_id=one.version_id)
        digest, size = hashlib.sha256(), 0
        for chunk in response.stream(CHUNK):
            digest.update(chunk)
            size += len(chunk)
        response.close()
        response.release_conn()
        return size

    versions = client.list_objects("records", recursive=True, include_version=True)
    if threads == 1:
        return sum(map(read, versions))
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(read, versions))


def _show(told: dict[str, Any]) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column(f"{told['records']:,} records, {told['bytes'] / 1e6:.0f} MB")
    for head in ("MB a second", "verify is"):
        table.add_column(head, justify="right")
    style = "red" if told["ratio"] < GOAL else ""
    ratio = f"[{style}]{told['ratio']:.2f}×[/]" if style else f"{told['ratio']:.2f}×"
    table.add_row("bare loop", f"{told['bare_mb_s']:.1f}", ratio)
    table.add_row(f"bare loop, {told['threads']} threads", f"{told['bare_threads_mb_s']:.1f}", f"{told['ratio_threads']:.2f}×")
    table.add_row(
        f"sohoa verify, {told['threads']} threads", f"{told['ours_mb_s']:.1f}", f"{told['records_per_second']:.1f} records/s"
    )
    screen().print(table)
    peaks = ", ".join(f"{one >> 20} MiB" for one in told["peak"])
    screen().print(f"Peak memory after each round: {peaks}. Goal: {GOAL} of the bare loop.", style="dim")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
