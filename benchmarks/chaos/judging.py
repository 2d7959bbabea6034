"""After the storm: is every paper where it must be, once?"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.chaos.papers import Given
from benchmarks.chaos.parts import COMMAND
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.objects.seaweed import embedded_store
from tests.ocfl_judge import judged_valid, lay_out


@dataclass(frozen=True, slots=True)
class Verdicts:
    """faults: what is not as it must be, in English, without names; empty when all is well."""

    archived: int
    quarantined: int
    signed: int
    events: int
    faults: tuple[str, ...]


def judged(given: Given, home: Path, services: dict[str, str]) -> Verdicts:
    faults: list[str] = []
    with psycopg.connect(services["SOHOA_DATABASE_URL"]) as line:

        def asked(question: str) -> list[tuple[object, ...]]:
            return line.execute(question).fetchall()

        items = {content: (state, (reason or {}).get("code", "")) for content, state, reason in asked(_ITEMS)}
        archived = [str(sha) for (sha,) in asked("SELECT source_sha256 FROM catalogue_record")]
        events = asked("SELECT action, subject FROM audit_auditevent")
        leased = asked("SELECT count(*) FROM pipeline_item WHERE lease_holder <> '' OR waiting_for <> ''")
        signatures = asked("SELECT signature_verdict FROM catalogue_record")
    for content, code in given.fates.items():
        wanted = ("quarantined", code) if code else ("archived", "")
        if items.get(content) != wanted:
            faults.append(f"paper {content[:12]} is {items.get(content)}, not {wanted}")
    faults += [f"paper {content[:12]} was never given" for content in items if content not in given.fates]
    faults += _exactly(archived, [content for content, code in given.fates.items() if not code], "record")
    for action, ended in (("record.archived", ""), ("paper.claimed", None)):
        subjects = [str(subject) for done, subject in events if done == action]
        due = [content[:20] for content, code in given.fates.items() if ended is None or code == ended]
        faults += _exactly(subjects, due, action)
    if leased != [(0,)]:
        faults.append(f"{leased[0][0]} papers are still leased or wait")
    faults += [f"{one.name[:12]} was left in claims" for one in (home / "claims").iterdir() if len(one.name) == 64]
    faults += _in_the_bucket(home, len(archived))
    faults += _verified(services)
    return Verdicts(
        len(archived), sum(state == "quarantined" for state, _ in items.values()), len(signatures), len(events), tuple(faults)
    )


_ITEMS = "SELECT content, state, reason FROM pipeline_item"


def _exactly(found: list[str], due: list[str], what: str) -> list[str]:
    counted = Counter(found)
    told = [f"{what} of {one[:12]}: {count} times" for one, count in counted.items() if count > 1]
    told += [f"{what} of {one[:12]} is missing" for one in due if one not in counted]
    return told + [f"{what} of {one[:12]} should not be" for one in counted if one not in due]


def _in_the_bucket(home: Path, records: int) -> list[str]:
    """Nothing was written twice, each record was signed once, and a validator that is not ours finds the whole root valid."""
    faults: list[str] = []
    with embedded_store(home) as connection, connection.store() as store:
        versions = Counter(listed.key for listed in store.list(RECORDS))
        faults += [f"an object was written {count} times" for key, count in versions.items() if count > 1 and "/v1/" in key]
        laid = home.parent / "laid-out"
        laid.mkdir()
        lay_out(store, laid)
    faults += judged_valid(laid, whole_root=True)
    reports = [json.loads(path.read_bytes()) for path in laid.rglob("validation*.json")]
    if len(reports) != records:
        faults.append(f"{len(reports)} validation reports for {records} records")
    faults += [f"a record has {len(told['signatures'])} signatures" for told in reports if len(told["signatures"]) != 1]
    return faults


def _verified(services: dict[str, str]) -> list[str]:
    """`sohoa verify --all`: fixity, signatures, packages and the audit chain."""
    ran = subprocess.run([*COMMAND, "verify", "--all", "--json"], env=services, capture_output=True, text=True, timeout=600)
    return [] if ran.returncode == 0 else [f"verify --all: {ran.stdout[-300:]}{ran.stderr[-300:]}"]
