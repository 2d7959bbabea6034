"""Papers through two workers on a broker, PostgreSQL and SeaweedFS while everything is killed -9 at random, and the disk is filled.

At the end every paper must be archived exactly once, or quarantined with its true reason; the audit chain whole, the bucket valid OCFL.
Killed are a worker, or one of its processes, the beat, the intake, the broker, the database and the store. The seed repeats papers and
kills; what they meet is up to the moment.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from benchmarks.chaos.storm import Told, rage
from benchmarks.console import answered, people_told, screen, whole
from benchmarks.watching import RunFailed


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=whole, default=100, help="given in (default: 100)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broker", choices=("redis", "rabbitmq"), default="redis")
    parser.add_argument("--every", type=float, default=3.0, help="seconds between two kills, on average (default: 3)")
    parser.add_argument("--kills", type=whole, default=100_000, help="how many at most (default: while papers are open)")
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds for all of it (default: 3600)")
    parser.add_argument("--json", action="store_true", help="a JSON object instead of sentences")
    asked = parser.parse_args(given)

    def run() -> None:
        found = rage(
            asked.papers,
            seed=asked.seed,
            broker=asked.broker,
            every=asked.every,
            kills=asked.kills,
            patience=asked.patience,
            told=people_told,
        )
        if asked.json:
            print(json.dumps(found.as_dict()))
        else:
            _show(found)
        if found.verdicts.faults:
            raise RunFailed(f"{len(found.verdicts.faults)} faults")

    return answered(run)


def _show(found: Told) -> None:
    out = screen()
    out.print(f"seed {found.seed} · {found.broker} · {found.papers} papers · {found.seconds:.0f} s")
    out.print("killed: " + ", ".join(f"{name} {count}" for name, count in sorted(found.killed.items())))
    verdicts = found.verdicts
    out.print(
        f"archived {verdicts.archived} · quarantined {verdicts.quarantined} · signed {verdicts.signed} · events {verdicts.events}"
    )
    out.print(f"{found.calm_seconds:.0f} s from the last kill to the last paper's end")
    for fault in verdicts.faults:
        out.print(f"✗ {fault}", markup=False)
    if not verdicts.faults:
        out.print("✓ every paper archived exactly once, or quarantined with its true reason")
