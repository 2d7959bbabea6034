"""The values of evidence records: the files that make up an archived record, and what was found out about its proof."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.signing.opening import FileUnreadable

Stamp = Callable[[bytes, str], bytes]
"""A token (DER) over a hash made with the named digest: TimestampAuthority.stamp, or that completed with validation data."""

Data = Sequence[Path] | Mapping[str, Sequence[bytes]]
"""All files of one archived record; or their hashes by the name of the digest, for those who have computed them already."""

DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64}  # bytes


class EvidenceUnreadable(SohoaError):
    code = "signing.evidence_unreadable"
    vi = "Không đọc được chứng cứ lưu trữ: tệp bị hỏng hoặc không đúng chuẩn RFC 4998."
    en = "The evidence record cannot be read: damaged, or not RFC 4998 ({why})."
    remedy = "Lấy lại chứng cứ từ bản sao lưu; nếu không còn, tạo chứng cứ mới cho hồ sơ."
    remedy_en = "Take the evidence record from a backup; if there is none, create a new one."


class EvidenceHashesUnfit(SohoaError):
    code, exit_code = "signing.evidence_hashes_unfit", Exit.USAGE
    vi = "Danh sách mã băm để lập chứng cứ không hợp lệ."
    en = "The hashes for the evidence records are not fit for use ({why})."
    remedy = "Mỗi hồ sơ phải có ít nhất một mã băm, tính bằng đúng một trong SHA-256, SHA-384, SHA-512."
    remedy_en = "Each record needs at least one hash, all made with the same of SHA-256, SHA-384 and SHA-512."


@dataclass(frozen=True, slots=True)
class StampReport:
    """One time stamp of a record. chain: from 0, counting changes of the hash; time: None where it cannot be read, UTC; certificate:
    of the authority, DER. verdict: with what it contributes to the whole."""

    chain: int
    digest: str
    time: datetime | None
    certificate: bytes
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """since: the files are proven to have existed unchanged since then; None unless the verdict is ok. stamps: oldest first.

    findings: all reasons, the weightiest first. They are those of ETSI EN 319 102-1 where it has a name, else
    DATA_NOT_COVERED    failed         a file is not the one that was stamped, or never was
    GROUP_INCOMPLETE    undetermined   the first list holds more hashes than files were given
    HASH_NOT_GIVEN      undetermined   hashes were given, but none of the digest that the record uses
    TREE_FAILURE        failed         the hashes do not lead to what was stamped
    FORMER_NOT_COVERED  failed         a renewal is not about the time stamp, or the chains, before it
    """

    verdict: Verdict
    since: datetime | None
    stamps: tuple[StampReport, ...]
    findings: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        return self.verdict.outcome


def hashes_of(data: Data, digest: str) -> tuple[bytes, ...] | None:
    """None: not known for this digest. Raises FileUnreadable."""
    if isinstance(data, Mapping):
        known = data.get(digest)
        return None if known is None else tuple(known)
    return tuple(_hash_of(path, digest) for path in data)


def must_fit(hashes: Sequence[bytes], digest: str) -> None:
    """Raises EvidenceHashesUnfit."""
    if digest not in DIGESTS:
        raise EvidenceHashesUnfit(why=f"{digest} is not a digest for archiving")
    if not hashes:
        raise EvidenceHashesUnfit(why="a record without a hash")
    if any(len(one) != DIGESTS[digest] for one in hashes):
        raise EvidenceHashesUnfit(why=f"not the length of {digest}")


def _hash_of(path: Path, digest: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, digest).digest()
    except OSError as refused:
        raise FileUnreadable() from refused
