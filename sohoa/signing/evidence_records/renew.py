"""Keeping evidence records alive (RFC 4998, 5.2), for many of them with one time stamp.

Before the authority's certificate ends, or its algorithm weakens: renew_timestamps, for which the archived files are not needed.
Before the hash of the tree weakens: renew_trees, with new hashes of all files. Whoever renews verifies first: a renewal proves that the
old evidence existed, not that it was any good.

`records` are gone through twice, so a sequence that reads each from where it is kept will do; only hashes are held in memory, and each
different token once. What comes out is made one at a time, in their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from sohoa.signing.evidence_records.asn1 import Record, Stamped, read_record
from sohoa.signing.evidence_records.create import stamped_groups
from sohoa.signing.evidence_records.model import DIGESTS, EvidenceHashesUnfit, Stamp, must_fit

Complete = Callable[[bytes], bytes]
"""The newest token with what is known by now about its authority (keeping.complete); asked once for each different token."""


def renew_timestamps(records: Sequence[bytes], stamp: Stamp, *, complete: Complete | None = None) -> Iterator[bytes]:
    """The records, each with one more time stamp over its newest. stamp: is called once for each digest that their newest chains use.

    Raises EvidenceUnreadable, EvidenceHashesUnfit, TimestampRefused, and what `stamp` and `complete` raise; all before anything is handed out.
    """
    former = _Former(complete)
    hashes: list[tuple[str, bytes]] = []
    for one in records:
        record = former.read(one)
        # The hash has to be that of the chain: a tree over another hash is another chain.
        digest = record.chains[-1][0].digest
        if digest not in DIGESTS:
            raise EvidenceHashesUnfit(why=f"{digest} is not a digest for archiving; the tree has to be renewed")
        hashes.append((digest, hashlib.new(digest, record.newest.token).digest()))
    renewed: dict[str, Iterator[Stamped]] = {}
    for digest in dict.fromkeys(digest for digest, _ in hashes):
        renewed[digest] = stamped_groups([(one,) for used, one in hashes if used == digest], stamp, digest)
    return (former.read(one).renewed(next(renewed[digest])).der for one, (digest, _) in zip(records, hashes, strict=True))


def renew_trees(
    records: Sequence[bytes],
    hashes: Sequence[Sequence[bytes]],
    stamp: Stamp,
    *,
    digest: str = "sha512",
    complete: Complete | None = None,
) -> Iterator[bytes]:
    """The records, each with a new chain over the files' new hashes and all chains before.

    hashes: of all files of each archived record, made with `digest`, in the order of `records`.
    Raises EvidenceHashesUnfit, and what renew_timestamps raises; all before anything is handed out.
    """
    if len(hashes) != len(records):
        raise EvidenceHashesUnfit(why="not one group of hashes for each record")
    former = _Former(complete)
    groups: list[list[bytes]] = []
    for one, files in zip(records, hashes, strict=True):
        must_fit(files, digest)
        groups.append(hashes_with_chains(files, former.read(one).sequence, digest))
    if not groups:
        return iter(())
    renewed = stamped_groups(groups, stamp, digest)
    return (former.read(one).rehashed(stamped).der for one, stamped in zip(records, renewed, strict=True))


def hashes_with_chains(files: Sequence[bytes], sequence: bytes, digest: str) -> list[bytes]:
    """What a new chain is about: each file's hash and, behind it, that of the chains before; joined in this order, not sorted
    (RFC 4998, 5.2 step 4; its figure 4 says otherwise, and nobody follows it)."""
    before = hashlib.new(digest, sequence).digest()
    return [hashlib.new(digest, one + before).digest() for one in files]


class _Former:
    """Records as they are before the renewal, with their newest token completed; the same both times."""

    def __init__(self, complete: Complete | None) -> None:
        self._complete = complete
        self._tokens: dict[bytes, bytes] = {}

    def read(self, der: bytes) -> Record:
        record = read_record(der)
        if self._complete is None:
            return record
        token = record.newest.token
        if token not in self._tokens:
            self._tokens[token] = self._complete(token)
        return record.with_newest_token(self._tokens[token])
