"""One step in a process of its own, since a process has one catalogue: `python -m benchmarks.archive.child STEP JSON`.

SOHOA_HOME, and SOHOA_DATABASE_URL and SOHOA_S3_URL where they are set, say which. What came of it is one line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import django

from benchmarks.archive.office import Office
from benchmarks.watching import RunFailed


def told_by(step: str, told: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Run the step; it tells people what it is at by itself. Raises RunFailed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")}
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.archive.child", step, json.dumps(told)],
        env={**kept, **environment, "DJANGO_SETTINGS_MODULE": "sohoa.config.django"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RunFailed(f"the step {step} ended with {ran.returncode}")
    return json.loads(ran.stdout.splitlines()[-1])


def _live(told: dict[str, Any]) -> dict[str, Any]:
    from benchmarks.archive.living import live
    from sohoa.cli.workplace import with_catalogue, with_store

    office, here, spent = Office(told["records"], told["seed"]), with_catalogue(), _Clock()
    folder = Path(told["folder"])
    with with_store(here) as store:
        live(office, store, home=here.home, folder=folder, progress=_every(office.records, spent))
    return {"seconds": spent.seconds, "peak": _peak()}


def _rebuild(told: dict[str, Any]) -> dict[str, Any]:
    from sohoa.cli.workplace import with_catalogue, with_store
    from sohoa.pipeline.rebuilding import rebuild_here
    from sohoa.storage.search.index import drain

    here, spent = with_catalogue(), _Clock()
    with with_store(here) as store:
        done = rebuild_here(store, here.keys, _lines(spent))
    entered = spent.seconds
    drain()
    return {
        "seconds": spent.seconds,
        "index_seconds": spent.seconds - entered,
        "peak": _peak(),
        "replayed": done.rebuilt.replayed,
        "entered": done.rebuilt.entered,
        "lost": len(done.rebuilt.lost),
        "events": done.log.size,
        "checkpoints": done.log.checkpoints,
    }


def _answers(told: dict[str, Any]) -> dict[str, Any]:
    from benchmarks.archive.answers import answers
    from sohoa.cli.workplace import with_catalogue

    with_catalogue()
    return answers(Office(told["records"], told["seed"]))


def _compare(told: dict[str, Any]) -> dict[str, Any]:
    from sohoa.cli.workplace import with_catalogue
    from sohoa.pipeline.rebuilding import compared_with

    with_catalogue()
    found = compared_with(Path(told["place"]))
    return {"differ": found.total, "shown": [one.as_dict() for one in found.shown[:10]], "rows": _rows()}


def _rows() -> int:
    """In all tables that are compared."""
    from django.apps import apps

    from sohoa.storage.audit.models import AuditEvent

    return sum(table.objects.count() for table in [*apps.get_app_config("catalogue").get_models(), AuditEvent])


def _write(told: dict[str, Any]) -> dict[str, Any]:
    from benchmarks.archive.writing import blocks

    return blocks(told, say)


def _judge(told: dict[str, Any]) -> dict[str, Any]:
    from benchmarks.archive.judging import judge
    from sohoa.cli.workplace import with_catalogue, with_store

    here, acknowledged = with_catalogue(), {int(number): record for number, record in told["acknowledged"].items()}
    with with_store(here) as store:
        return judge(Office(told["records"], told["seed"]), store, here.home, Path(told["folder"]), acknowledged)


STEPS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "live": _live,
    "rebuild": _rebuild,
    "answers": _answers,
    "compare": _compare,
    "write": _write,
    "judge": _judge,
}


class _Clock:
    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun


def _every(of: int, spent: _Clock) -> Callable[[int], None]:
    def progress(done: int) -> None:
        if done % 500 == 0 or done == of:
            say(f"{done} of {of} archived, {done / spent.seconds:.1f} a second")

    return progress


def _lines(spent: _Clock) -> Callable[[int, int], None]:
    def progress(done: int, of: int) -> None:
        if done % 1000 < 200 or done == of:
            say(f"{done} of {of} deeds done again, {done / spent.seconds:.1f} a second")

    return progress


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def say(what: str) -> None:
    print(f"· {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    django.setup()
    print(json.dumps(STEPS[sys.argv[1]](json.loads(sys.argv[2])), ensure_ascii=False))
