"""What the acceptance test tries its strength on: locked versions of our own, and whether they are still what they were."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.storage.objects.findings import Who
from sohoa.storage.objects.raw import Answer, Keys, Wire

# One name for every check: a new bucket costs the embedded store 4 s, and an empty one that stays costs nothing.
OWN_BUCKET = "sohoa-check"


@dataclass(frozen=True, slots=True)
class Victim:
    """A locked version of ours. until: aware; None where only a legal hold keeps it."""

    bucket: str
    key: str
    version_id: str
    body: bytes
    mode: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Bench:
    """What the tries work with. clock: the store's time, as far as we can tell. seconds: how long a victim stays locked."""

    wire: Wire
    roles: dict[Who, Keys]
    bucket: str
    prefix: str
    seconds: int
    clock: Callable[[], datetime]

    @property
    def strongest(self) -> Keys:
        return self.roles.get("admin", self.roles["daily"])


class CannotTry(Exception):
    """What the try stands on could not be made; nothing is known about the lock."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def locked_victim(bench: Bench, keys: Keys, mode: str, bucket: str = "") -> Victim:
    answer, victim = put_locked(bench, keys, mode, bucket)
    if not answer.yes:
        raise CannotTry(answer)
    return victim


def put_locked(bench: Bench, keys: Keys, mode: str, bucket: str = "") -> tuple[Answer, Victim]:
    until = bench.clock().astimezone(UTC).replace(microsecond=0) + timedelta(seconds=bench.seconds)
    body = hashlib.sha256(f"{until} {bench.prefix}".encode()).digest()
    # One key for all victims of a bucket: each write is a version of its own, and a version is what we try to harm.
    key, where = f"{bench.prefix}victim", bucket or bench.bucket
    answer = bench.wire.ask(keys, "PUT", where, key, headers=lock_headers(mode, until), body=body)
    return answer, Victim(where, key, answer.headers.get("x-amz-version-id", ""), body, mode, until)


def intact(bench: Bench, victim: Victim, keys: Keys | None = None) -> bool:
    """Read by its id: the same bytes, and a lock as it was given."""
    read = bench.wire.ask(keys or bench.roles["daily"], "GET", victim.bucket, victim.key, query={"versionId": victim.version_id})
    return read.yes and read.body == victim.body and keeps(read, victim)


def keeps(told: Answer, victim: Victim) -> bool:
    if victim.until is None:
        return True
    try:
        until = datetime.fromisoformat(told.headers.get("x-amz-object-lock-retain-until-date", ""))
    except ValueError:
        return False
    return told.headers.get("x-amz-object-lock-mode") == victim.mode and until >= victim.until


def did(answer: Answer, victim: Victim) -> bool:
    """Whether the store claims to have done it. A deletion of many says yes as a whole and no for each."""
    if answer.elements("DeleteResult"):
        return any(victim.version_id in (child.text or "") for one in answer.elements("Deleted") for child in one)
    return answer.yes


def lock_headers(mode: str, until: datetime) -> dict[str, str]:
    return {"x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": iso(until)}


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def good(reason: str, answer: Answer) -> Verdict:
    return Verdict(Outcome.OK, reason, said(answer))


def bad(reason: str, answer: Answer) -> Verdict:
    return Verdict(Outcome.FAILED, reason, said(answer))


def said(answer: Answer) -> dict[str, str]:
    return {"status": str(answer.status), **({"code": answer.code} if answer.code else {})}
