"""Is this store really WORM? Everything that must not work is tried, with every key we have, and the state afterwards judged.

A refusal proves nothing by itself: keys that may not delete are refused on a store without any lock. So one unlocked version is
deleted first, as a control; only a key that could do that and could not touch a locked version proves the lock. And an answer
proves nothing by itself either: after every try the locked version is read back by its id, its retention with it.

Everything happens on objects of our own below PREFIX, each locked for some seconds, and the tries on buckets in a bucket of
our own: on a store as bad as the one we fear, a try that succeeds must not cost an archive. sweep() takes it all away again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.storage.objects import tries
from sohoa.storage.objects.findings import Acceptance, Finding, Who, conclude
from sohoa.storage.objects.raw import Keys, Wire
from sohoa.storage.objects.victims import OWN_BUCKET, Bench

# The bucket of records is an OCFL storage root, and `extensions` is the one folder in it that may hold other things.
PREFIX = "extensions/sohoa-check/"
LENGTHS = (3600, 86_400 + 300)  # seconds; tried when a store takes no retention as short as the one asked for


def examine(
    endpoint: str,
    *,
    daily: Keys,
    admin: Keys | None,
    bucket: str,
    token: str,
    seconds: int,
    clock: Callable[[], datetime],
) -> Acceptance:
    """Try everything once. token: unique letters and digits, names what we leave. seconds: as short a lock as the store may take.

    Takes about a second on a local store. Raises StoreUnreachable when it never answers; a store that goes away meanwhile leaves
    its tries undetermined. Call sweep() when `seconds` are over.
    """
    wire = Wire(endpoint)
    try:
        roles: dict[Who, Keys] = {"daily": daily}
        if admin is not None and admin != daily:
            roles["admin"] = admin
        found, offset = _clock_of(wire, daily, bucket, clock)
        bench = Bench(wire, roles, bucket, f"{PREFIX}{token}/", seconds, lambda: clock() + offset)
        bench, findings = _able(bench)
        findings = [found, *findings]
        if all(one.verdict.ok for one in findings if one.weight == "versions"):
            findings.extend(tries.all_of(bench))
    finally:
        wire.close()
    findings = [replace(one, bucket=bucket) for one in findings]
    return Acceptance(tuple(findings), conclude(findings), bench.seconds + 2)


def sweep(endpoint: str, *, keys: Keys, bucket: str, token: str) -> int:
    """Take away what examine() left in `bucket` and its own bucket. Gives how many versions the store still keeps."""
    wire = Wire(endpoint)
    try:
        left = _emptied(wire, keys, bucket, f"{PREFIX}{token}/")
        if wire.ask(keys, "HEAD", OWN_BUCKET).yes:
            left += _emptied(wire, keys, OWN_BUCKET, f"{PREFIX}{token}/")
            wire.ask(keys, "DELETE", OWN_BUCKET)  # refused while somebody else's tries are in it
        return left
    finally:
        wire.close()


def _emptied(wire: Wire, keys: Keys, bucket: str, prefix: str) -> int:
    for key, version in _versions(wire, keys, bucket, prefix):
        wire.ask(keys, "DELETE", bucket, key, query={"versionId": version})
    return len(_versions(wire, keys, bucket, prefix))  # by its own listing: its answers to deletions may be lies


def _versions(wire: Wire, keys: Keys, bucket: str, prefix: str) -> list[tuple[str, str]]:
    listing = wire.ask(keys, "GET", bucket, query={"versions": "", "prefix": prefix, "max-keys": "1000"})
    found = list[tuple[str, str]]()
    for element in (*listing.elements("Version"), *listing.elements("DeleteMarker")):
        told = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
        if told.get("Key", "").startswith(prefix):  # or a store that ignores the prefix would have us empty the bucket
            found.append((told["Key"], told.get("VersionId", "")))
    return found


def _clock_of(wire: Wire, keys: Keys, bucket: str, clock: Callable[[], datetime]) -> tuple[Finding, timedelta]:
    """A lock is as good as the store's clock; and ours must agree with it before we can ask for a lock of seconds."""
    answer = wire.ask(keys, "GET", bucket, query={"location": ""})
    try:
        offset = parsedate_to_datetime(answer.headers.get("date", "")) - clock().replace(microsecond=0)
    except ValueError:
        return Finding("clock", "store", "note", Verdict(Outcome.UNDETERMINED, "not_tried")), timedelta()
    near = abs(offset) <= timedelta(seconds=60)
    evidence = {"seconds": str(int(offset.total_seconds()))}
    outcome = Outcome.OK if near else Outcome.FAILED
    return Finding("clock", "store", "note", Verdict(outcome, "kept" if near else "differs", evidence)), offset


def _able(bench: Bench) -> tuple[Bench, list[Finding]]:
    """Whether there are versions and locks at all, and how short a lock may be."""
    findings = [tries.versions(bench)]
    if not findings[0].verdict.ok:
        return bench, findings
    locks = tries.locks(bench)
    for seconds in LENGTHS:
        if locks.verdict.reason == "date_refused" and seconds > bench.seconds:
            bench = replace(bench, seconds=seconds)
            locks = tries.locks(bench)
    return bench, [*findings, locks]
