"""The tries of the acceptance test, one function each: what is attempted, and what a WORM store must have done about it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.storage.objects.errors import StoreUnreachable
from sohoa.storage.objects.findings import Finding, Weight, Who
from sohoa.storage.objects.raw import UNSIGNED, Answer, Keys
from sohoa.storage.objects.victims import (
    OWN_BUCKET,
    Bench,
    CannotTry,
    Victim,
    bad,
    did,
    good,
    intact,
    iso,
    keeps,
    lock_headers,
    locked_victim,
    put_locked,
    said,
)

NS = "http://s3.amazonaws.com/doc/2006-03-01/"
BYPASS = {"x-amz-bypass-governance-retention": "true"}
RACERS = 3  # the embedded store lets one wait for the other a second at a time: eight took 5 s


Attempt = Callable[[Bench, Keys, Victim], Answer]


def all_of(bench: Bench) -> Iterator[Finding]:
    for who, keys in bench.roles.items():
        yield _tried("control", who, "note", lambda keys=keys: _control(bench, keys))
        for code, attempt in ATTEMPTS.items():
            yield _tried(code, who, "lock", lambda keys=keys, attempt=attempt: _must_hold(bench, keys, attempt))
        for code, attempt in HARMLESS.items():
            yield _tried(code, who, "lock", lambda keys=keys, attempt=attempt: _must_leave(bench, keys, attempt))
        yield _tried("governance", who, "lock", lambda keys=keys: _governance(bench, keys))
        yield _tried("hold_delete", who, "lock", lambda keys=keys: _held(bench, keys))
    yield _tried("suspend", "admin", "lock", lambda: _in_own_bucket(bench, _suspend))
    yield _tried("delete_bucket", "admin", "lock", lambda: _in_own_bucket(bench, _delete_bucket))
    yield _tried("past", "daily", "note", lambda: _past(bench))
    yield _tried("create_twice", "daily", "safety", lambda: _create_twice(bench))
    yield _tried("create_race", "daily", "safety", lambda: _create_race(bench))
    yield _tried("checksum", "daily", "note", lambda: _checksum(bench))
    yield _tried("anonymous", "anyone", "safety", lambda: _anonymous(bench))
    yield _tried("presigned", "anyone", "safety", lambda: _presigned(bench))
    yield _tried("encryption", "store", "note", lambda: _encryption(bench))


def _tried(code: str, who: Who, weight: Weight, look: Callable[[], Verdict]) -> Finding:
    try:
        verdict = look()
    except StoreUnreachable as away:
        verdict = Verdict(Outcome.UNDETERMINED, "not_tried", {"code": away.code})
    except CannotTry as cannot:
        verdict = Verdict(Outcome.UNDETERMINED, "not_tried", said(cannot.answer))
        weight = "note" if code in TOLERATED else weight
    return Finding(code, who, weight, verdict)


# -- before everything else ---------------------------------------------------------------------------------------------


def versions(bench: Bench) -> Finding:
    """Two writes of one key are two versions, and the first is still read by its id."""
    key, first, second = f"{bench.prefix}versions", b"first", b"second"
    ids = list[str]()
    for body in (first, second):
        answer = bench.wire.ask(bench.roles["daily"], "PUT", bench.bucket, key, body=body)
        if not answer.yes:
            return Finding("versions", "daily", "versions", bad("put_refused", answer))
        ids.append(answer.headers.get("x-amz-version-id", ""))
    if "" in ids or "null" in ids or ids[0] == ids[1]:
        return Finding("versions", "daily", "versions", Verdict(Outcome.FAILED, "no_versions"))
    read = bench.wire.ask(bench.roles["daily"], "GET", bench.bucket, key, query={"versionId": ids[0]})
    verdict = good("kept", read) if read.yes and read.body == first else bad("altered", read)
    return Finding("versions", "daily", "versions", verdict)


def locks(bench: Bench) -> Finding:
    """A lock given with a write is noted as it was given."""
    answer, victim = put_locked(bench, bench.roles["daily"], "COMPLIANCE")
    if not answer.yes:
        dated = "Invalid" in answer.code and "Retention" in answer.code
        return Finding("lock", "daily", "lock", bad("date_refused" if dated else "lock_refused", answer))
    told = bench.wire.ask(bench.roles["daily"], "HEAD", bench.bucket, victim.key, query={"versionId": victim.version_id})
    return Finding("lock", "daily", "lock", good("kept", told) if keeps(told, victim) else bad("lock_not_noted", told))


# -- on one locked version ------------------------------------------------------------------------------------------------


def _must_hold(bench: Bench, keys: Keys, attempt: Attempt) -> Verdict:
    """The store must say no, and nothing must have changed."""
    victim = locked_victim(bench, bench.roles["daily"], "COMPLIANCE")
    answer = attempt(bench, keys, victim)
    if not intact(bench, victim):
        return bad("altered", answer)
    return bad("succeeded", answer) if did(answer, victim) else good("refused", answer)


def _must_leave(bench: Bench, keys: Keys, attempt: Attempt) -> Verdict:
    """The store may say yes or no; the locked version must still be there by its id, as it was."""
    victim = locked_victim(bench, bench.roles["daily"], "COMPLIANCE")
    answer = attempt(bench, keys, victim)
    return good("intact", answer) if intact(bench, victim) else bad("altered", answer)


def _control(bench: Bench, keys: Keys) -> Verdict:
    """Whether these keys delete a version that nothing locks. If not, their refusals say nothing about the lock."""
    key = f"{bench.prefix}control-{keys.access[-4:]}"
    put = bench.wire.ask(bench.roles["daily"], "PUT", bench.bucket, key, body=b"unlocked")
    version = {"versionId": put.headers.get("x-amz-version-id", "")}
    answer = bench.wire.ask(keys, "DELETE", bench.bucket, key, query=version)
    gone = bench.wire.ask(bench.roles["daily"], "GET", bench.bucket, key, query=version).status == 404
    return Verdict(Outcome.OK if answer.yes and gone else Outcome.UNDETERMINED, "can_delete" if gone else "refused", said(answer))


def _governance(bench: Bench, keys: Keys) -> Verdict:
    victim = locked_victim(bench, bench.roles["daily"], "GOVERNANCE")
    answer = _delete(bench, keys, victim)
    if not intact(bench, victim):
        return bad("altered", answer)
    return bad("succeeded", answer) if answer.yes else good("refused", answer)


def _held(bench: Bench, keys: Keys) -> Verdict:
    """A legal hold alone keeps a version, with and without the bypass header, until it is lifted."""
    key, body = f"{bench.prefix}hold-{keys.access[-4:]}", b"held"
    put = bench.wire.ask(bench.roles["daily"], "PUT", bench.bucket, key, body=body)
    victim = Victim(bench.bucket, key, put.headers.get("x-amz-version-id", ""), body, "", None)
    held = _put_hold(bench, victim, "ON")
    if not held.yes:
        raise CannotTry(held)
    try:
        for attempt in (_delete, _delete_bypass):
            answer = attempt(bench, keys, victim)
            if not intact(bench, victim):
                return bad("altered", answer)
            if answer.yes:
                return bad("succeeded", answer)
    finally:
        _put_hold(bench, victim, "OFF")
    return good("refused", answer)


def _delete(bench: Bench, keys: Keys, victim: Victim, headers: dict[str, str] | None = None) -> Answer:
    return bench.wire.ask(keys, "DELETE", victim.bucket, victim.key, query={"versionId": victim.version_id}, headers=headers)


def _delete_bypass(bench: Bench, keys: Keys, victim: Victim) -> Answer:
    return _delete(bench, keys, victim, BYPASS)


def _delete_many(bench: Bench, keys: Keys, victim: Victim) -> Answer:
    one = f"<Object><Key>{victim.key}</Key><VersionId>{victim.version_id}</VersionId></Object>"
    body = f'<Delete xmlns="{NS}">{one}</Delete>'.encode()
    headers = {"content-md5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(), **BYPASS}
    return bench.wire.ask(keys, "POST", victim.bucket, query={"delete": ""}, headers=headers, body=body)


def _retention(
    bench: Bench, keys: Keys, victim: Victim, mode: str, until: datetime | None, headers: dict[str, str] | None = None
) -> Answer:
    lock = f"<Mode>{mode}</Mode><RetainUntilDate>{iso(until)}</RetainUntilDate>" if until else ""
    body = f'<Retention xmlns="{NS}">{lock}</Retention>'.encode()
    told = {"content-md5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(), **(headers or {})}
    query = {"retention": "", "versionId": victim.version_id}
    return bench.wire.ask(keys, "PUT", victim.bucket, victim.key, query=query, headers=told, body=body)


def _shorten(bench: Bench, keys: Keys, victim: Victim, headers: dict[str, str] | None = None) -> Answer:
    assert victim.until is not None
    sooner = victim.until - timedelta(seconds=max(1, bench.seconds // 2))
    return _retention(bench, keys, victim, victim.mode, sooner, headers)


def _put_hold(bench: Bench, victim: Victim, status: str) -> Answer:
    body = f'<LegalHold xmlns="{NS}"><Status>{status}</Status></LegalHold>'.encode()
    told = {"content-md5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()}
    query = {"legal-hold": "", "versionId": victim.version_id}
    return bench.wire.ask(bench.strongest, "PUT", victim.bucket, victim.key, query=query, headers=told, body=body)


def _overwrite(bench: Bench, keys: Keys, victim: Victim) -> Answer:
    return bench.wire.ask(keys, "PUT", victim.bucket, victim.key, body=b"other bytes")


def _overwrite_by_id(bench: Bench, keys: Keys, victim: Victim) -> Answer:
    query = {"versionId": victim.version_id}
    return bench.wire.ask(keys, "PUT", victim.bucket, victim.key, query=query, body=b"other bytes")


ATTEMPTS: dict[str, Attempt] = {
    "delete_version": _delete,
    "delete_bypass": _delete_bypass,
    "delete_many": _delete_many,
    "shorten": _shorten,
    "shorten_bypass": lambda bench, keys, victim: _shorten(bench, keys, victim, BYPASS),
    "soften": lambda bench, keys, victim: _retention(bench, keys, victim, "GOVERNANCE", victim.until, BYPASS),
    "remove_retention": lambda bench, keys, victim: _retention(bench, keys, victim, "", None, BYPASS),
}
HARMLESS: dict[str, Attempt] = {
    "overwrite": _overwrite,
    "overwrite_by_id": _overwrite_by_id,
    "plain_delete": lambda bench, keys, victim: bench.wire.ask(keys, "DELETE", victim.bucket, victim.key),
}
TOLERATED = {"suspend", "delete_bucket"}  # a store need not let us make a bucket to try these in

# -- on a bucket of our own -----------------------------------------------------------------------------------------------


def _in_own_bucket(bench: Bench, attempt: Attempt) -> Verdict:
    made = bench.wire.ask(bench.strongest, "PUT", OWN_BUCKET, headers={"x-amz-bucket-object-lock-enabled": "true"})
    if not made.yes and made.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
        raise CannotTry(made)
    victim = locked_victim(bench, bench.strongest, "COMPLIANCE", OWN_BUCKET)
    answer = attempt(bench, bench.strongest, victim)
    if not intact(bench, victim, bench.strongest):
        return bad("altered", answer)
    return bad("succeeded", answer) if answer.yes else good("refused", answer)


def _suspend(bench: Bench, keys: Keys, victim: Victim) -> Answer:
    body = f'<VersioningConfiguration xmlns="{NS}"><Status>Suspended</Status></VersioningConfiguration>'.encode()
    return bench.wire.ask(keys, "PUT", victim.bucket, query={"versioning": ""}, body=body)


def _delete_bucket(bench: Bench, keys: Keys, victim: Victim) -> Answer:
    return bench.wire.ask(keys, "DELETE", victim.bucket)


# -- writing and reading --------------------------------------------------------------------------------------------------


def _past(bench: Bench) -> Verdict:
    """A lock that is over before it begins would lock nothing."""
    headers = lock_headers("COMPLIANCE", bench.clock() - timedelta(days=1))
    answer = bench.wire.ask(bench.roles["daily"], "PUT", bench.bucket, f"{bench.prefix}past", headers=headers, body=b"past")
    return bad("not_refused", answer) if answer.yes else good("refused", answer)


def _create_twice(bench: Bench) -> Verdict:
    key, keys, absent = f"{bench.prefix}once", bench.roles["daily"], {"if-none-match": "*"}
    first = bench.wire.ask(keys, "PUT", bench.bucket, key, headers=absent, body=b"one")
    if not first.yes:
        raise CannotTry(first)
    second = bench.wire.ask(keys, "PUT", bench.bucket, key, headers=absent, body=b"two")
    read = bench.wire.ask(keys, "GET", bench.bucket, key)
    return bad("succeeded", second) if second.yes or read.body != b"one" else good("refused", second)


def _create_race(bench: Bench) -> Verdict:
    def create(number: int) -> Answer:
        return bench.wire.ask(
            bench.roles["daily"],
            "PUT",
            bench.bucket,
            f"{bench.prefix}race",
            headers={"if-none-match": "*"},
            body=b"writer %d" % number,
        )

    with ThreadPoolExecutor(RACERS) as racers:
        won = sum(answer.yes for answer in racers.map(create, range(RACERS)))
    outcome = Outcome.OK if won == 1 else Outcome.FAILED if won else Outcome.UNDETERMINED
    return Verdict(outcome, {1: "one_winner", 0: "not_tried"}.get(won, "succeeded"), {"winners": str(won)})


def _checksum(bench: Bench) -> Verdict:
    """Bytes that changed on the way are refused, by the checksum header that our writes carry."""
    sent, key = hashlib.sha256(b"as it was sent").digest(), f"{bench.prefix}damaged"
    headers = {"x-amz-checksum-sha256": base64.b64encode(sent).decode()}
    keys = bench.roles["daily"]
    answer = bench.wire.ask(keys, "PUT", bench.bucket, key, headers=headers, body=b"as it arrived!", body_hash=UNSIGNED)
    return bad("not_refused", answer) if answer.yes else good("refused", answer)


def _anonymous(bench: Bench) -> Verdict:
    victim = locked_victim(bench, bench.roles["daily"], "COMPLIANCE")
    where, version = (victim.bucket, victim.key), {"versionId": victim.version_id}
    for answer in (
        bench.wire.ask(None, "GET", *where, query=version),
        bench.wire.ask(None, "GET", victim.bucket, query={"list-type": "2", "prefix": bench.prefix}),
        bench.wire.ask(None, "PUT", *where, body=b"anybody's"),
        bench.wire.ask(None, "DELETE", *where, query=version),
    ):
        if answer.yes:
            return bad("succeeded", answer)
    return good("refused", answer)


def _presigned(bench: Bench) -> Verdict:
    """A link lets in whoever holds it, to what it names, for its time; changed or late it opens nothing."""
    victim, keys, now = locked_victim(bench, bench.roles["daily"], "COMPLIANCE"), bench.roles["daily"], bench.clock()
    version = {"versionId": victim.version_id}
    link = bench.wire.presigned(keys, victim.bucket, victim.key, version, now=now, seconds=60)
    late = bench.wire.presigned(keys, victim.bucket, victim.key, version, now=now - timedelta(hours=2), seconds=60)
    other = link.replace(f"/{victim.key}?", f"/{bench.prefix}versions?")
    wrong = link[:-1] + ("0" if link[-1] != "0" else "1")
    for changed in (late, other, wrong):
        answer = bench.wire.send("GET", changed, {})
        if answer.yes:
            return bad("succeeded", answer)
    opened = bench.wire.send("GET", link, {})
    return good("refused", answer) if opened.body == victim.body else Verdict(Outcome.UNDETERMINED, "no_links", said(opened))


def _encryption(bench: Bench) -> Verdict:
    """Whether the store encrypts with a key of its own when asked (SSE-S3). Told; nothing depends on it."""
    key, keys, asked = f"{bench.prefix}encrypted", bench.roles["daily"], {"x-amz-server-side-encryption": "AES256"}
    put = bench.wire.ask(keys, "PUT", bench.bucket, key, headers=asked, body=b"secret")
    read = bench.wire.ask(keys, "GET", bench.bucket, key)
    offered = put.yes and read.body == b"secret" and read.headers.get("x-amz-server-side-encryption") == "AES256"
    return Verdict(Outcome.OK if offered else Outcome.UNDETERMINED, "offered" if offered else "not_offered", said(put))
