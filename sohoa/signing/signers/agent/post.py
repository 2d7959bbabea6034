"""The post office between whoever wants a signature and the agent that gives it: files in one agent's folder, no server needed.

    requests/<key>.json   what is asked; written once, never changed. key: SHA-256 of the transaction
    endings/<key>.json    how it ended; written once, by whoever comes first: the agent's answer, a withdrawal, the clock

A request waits as long as it has no ending. Every file is written beside, flushed and linked into place, so either side may die at any
line: what was asked is asked again, and there is one ending. Any number of processes may stand on either side.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sohoa.kernel.durable import sync_folder, write_durably
from sohoa.kernel.errors import SohoaError
from sohoa.signing.signers.agent.fields import Fields, MessageUnreadable, packed
from sohoa.signing.signers.agent.messages import Outcome, Request, Settled, Wanted, identity_as_dict, read_identity
from sohoa.signing.signers.holder import HashJob, Identity, KeyNotSupported, Refusal, RequestOver

REQUESTS, ENDINGS = "requests", "endings"
KEPT = timedelta(days=60)  # after an ending; the one who asked must have fetched it long before


class TransactionTaken(SohoaError):
    code = "signing.agent_transaction_taken"
    vi = "Yêu cầu ký này đã được gửi với nội dung khác."
    en = "This transaction was submitted before with other signatures in it."
    remedy = "Chạy lại lệnh ký để tạo yêu cầu mới."
    remedy_en = "Run the signing again; it makes a new request."


class PostDamaged(SohoaError):
    code = "signing.agent_post_damaged"
    vi = "Một tệp trong hộp ký của máy chủ bị hỏng."
    en = "A file of the signing post is damaged."
    remedy = "Kiểm tra đĩa của máy chủ («sohoa doctor»); lấy lại thư mục hộp ký từ bản sao lưu, rồi chạy lại."
    remedy_en = "Check the server's disk (`sohoa doctor`); restore the folder of the signing post from a backup, then run again."


class AgentDeclined(RequestOver):
    code = "signing.agent_declined"
    vi = "Người giữ khóa đã xem và không đồng ý ký."
    en = "The holder of the key looked at it and declined to sign."
    remedy = "Hỏi lại người giữ khóa; sửa tài liệu nếu cần, rồi gửi ký lại."
    remedy_en = "Ask the holder of the key; mend the document if needed, then send it for signing again."


class AgentExpired(RequestOver):
    code = "signing.agent_expired"
    vi = "Hết thời hạn chờ mà chưa ai bấm đồng ý trên máy ký."
    en = "Nobody agreed on the agent's machine before the request ran out."
    remedy = "Kiểm tra máy ký có đang chạy «sohoa agent run» không, rồi gửi ký lại."
    remedy_en = "See that `sohoa agent run` is running on the agent's machine, then send it for signing again."


class AgentCancelled(RequestOver):
    code = "signing.agent_cancelled"
    vi = "Yêu cầu ký đã được rút lại."
    en = "The request for signatures was withdrawn."
    remedy = "Nếu vẫn cần chữ ký, gửi ký lại."
    remedy_en = "If the signature is still wanted, send it for signing again."


# Whether asking again under the same id is pointless. Nobody said no to what ran out or was withdrawn.
_WHY: dict[Outcome, tuple[type[SohoaError], bool]] = {
    Outcome.DECLINED: (AgentDeclined, True),
    Outcome.EXPIRED: (AgentExpired, False),
    Outcome.CANCELLED: (AgentCancelled, False),
}


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as the server keeps it. identity: whose signatures are wanted. paths: of the prepared documents, by job id."""

    request: Request
    identity: Identity
    paths: Mapping[str, Path]

    def as_json(self) -> bytes:
        paths = [{"id": one, "path": str(path)} for one, path in self.paths.items()]
        return packed({"request": self.request.as_dict(), "identity": identity_as_dict(self.identity), "paths": paths})

    @classmethod
    def from_json(cls, data: bytes) -> Posted:
        found = Fields.parse(data)
        request = Request.read(found.part("request"))
        paths = {one.hexadecimal("id", 64): Path(one.exact("path")) for one in found.parts("paths", len(request.wanted))}
        return cls(request, read_identity(found.part("identity")), paths)

    @property
    def jobs(self) -> tuple[HashJob, ...]:
        return tuple(one.job for one in self.request.wanted)


def key_of(transaction: str) -> str:
    return hashlib.sha256(transaction.encode()).hexdigest()


def submit(agent: Path, posted: Posted) -> Posted:
    """Put a request in; the one that stands under this key is returned, and the first one stands.

    agent: the agent's folder, here and below. Raises TransactionTaken when that one asks for something else, PostDamaged.
    """
    key = posted.request.key
    if not _write_once(agent / REQUESTS / f"{key}.json", posted.as_json()):
        standing = find(agent, key)
        if standing is None or not _same(standing.request.wanted, posted.request.wanted):
            raise TransactionTaken()
        return standing
    return posted


def _same(one: Iterable[Wanted], other: Iterable[Wanted]) -> bool:
    return {(wanted.id, wanted.attributes) for wanted in one} == {(wanted.id, wanted.attributes) for wanted in other}


def find(agent: Path, key: str) -> Posted | None:
    """None: it was never put in, or swept away. Raises PostDamaged."""
    read = _read(agent / REQUESTS / f"{key}.json")
    try:
        return None if read is None else Posted.from_json(read)
    except (MessageUnreadable, KeyNotSupported) as broken:
        raise PostDamaged() from broken


def waiting(agent: Path) -> Iterator[Posted]:
    """Requests without an ending, oldest first. One that cannot be read stands in nobody's way; `find` tells of it."""
    unsettled = _keys(agent / REQUESTS) - _keys(agent / ENDINGS)
    found: list[Posted] = []
    for key in unsettled:
        try:
            posted = find(agent, key)
        except PostDamaged:
            continue
        if posted is not None:
            found.append(posted)
    yield from sorted(found, key=lambda posted: (posted.request.made, posted.request.key))


def ending(agent: Path, key: str) -> Settled | None:
    """Raises PostDamaged."""
    read = _read(agent / ENDINGS / f"{key}.json")
    try:
        return None if read is None else Settled.read(Fields.parse(read))
    except MessageUnreadable as broken:
        raise PostDamaged() from broken


def settle(agent: Path, key: str, settled: Settled) -> Settled:
    """End a request; the ending that stands is returned: this one, or the one that came first. Raises PostDamaged."""
    if _write_once(agent / ENDINGS / f"{key}.json", packed(settled.as_dict())):
        return settled
    standing = ending(agent, key)
    if standing is None:  # swept away between the two lines, sixty days after it ended
        raise PostDamaged()
    return standing


def settle_all(agent: Path, posted: Posted, outcome: Outcome, *, now: datetime) -> Settled:
    """The same, with the one answer to every signature that goes with a refusal, a withdrawal or the clock."""
    error, final = _WHY[outcome]
    refusal = Refusal(error().as_dict(), final)
    return settle(agent, posted.request.key, Settled(outcome, now, {}, {one.id: refusal for one in posted.request.wanted}))


def cancel(agent: Path, transaction: str, *, now: datetime) -> Settled | None:
    """Withdraw a request. An answer that came before stands: read what is returned. None: there was no such request."""
    posted = find(agent, key_of(transaction))
    return None if posted is None else settle_all(agent, posted, Outcome.CANCELLED, now=now)


def sweep(agent: Path, *, now: datetime, keep: timedelta = KEPT) -> int:
    """End what ran out, remove what ended longer ago than `keep`; how many requests were removed."""
    for posted in waiting(agent):
        if now > posted.request.expires:
            settle_all(agent, posted, Outcome.EXPIRED, now=now)
    removed = 0
    for key in _keys(agent / ENDINGS):
        settled = ending(agent, key)
        if settled is not None and now - settled.when > keep:
            # In this order: a request without its ending would be asked again.
            (agent / REQUESTS / f"{key}.json").unlink(missing_ok=True)
            sync_folder(agent / REQUESTS)
            (agent / ENDINGS / f"{key}.json").unlink(missing_ok=True)
            removed += 1
    return removed


def _keys(folder: Path) -> set[str]:
    try:
        return {name.removesuffix(".json") for name in os.listdir(folder) if name.endswith(".json") and not name.startswith(".")}
    except FileNotFoundError:
        return set()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write_once(target: Path, data: bytes) -> bool:
    """Whether this call wrote it; False: something was there before, and stays."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    write_durably(beside, data, mode=0o600)
    try:
        os.link(beside, target)  # fails where something stands, which renaming does not
    except FileExistsError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(target.parent)
    return True
