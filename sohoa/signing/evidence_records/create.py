"""One time stamp over many archived records, and for each of them the proof that it was among them (RFC 4998, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sohoa.signing.evidence_records.asn1 import Record, Stamped, algorithm_of, stamped_with
from sohoa.signing.evidence_records.model import Stamp, must_fit
from sohoa.signing.evidence_records.tree import Tree, joined
from sohoa.signing.trustservices.tsa import TimestampRefused
from sohoa.signing.validation.der import NotDer, must_be_der


def create(records: Sequence[Sequence[bytes]], stamp: Stamp, *, digest: str = "sha256") -> Iterator[bytes]:
    """An evidence record (DER) for each archived record, in their order.

    records: the hashes of each one's files, made with `digest`; their order does not matter, and two equal files count once.
    stamp: is called once, before this returns. What is handed out after that is made one at a time: the hashes stay in memory (about
    200 bytes a record), the evidence records do not. No records: no time stamp, nothing.
    Raises EvidenceHashesUnfit, TimestampRefused for a token that is not DER, and what `stamp` raises.
    """
    for one in records:
        must_fit(one, digest)
    if not records:
        return iter(())
    algorithms = (algorithm_of(digest),)
    return (Record(algorithms, b"", ((one,),)).der for one in stamped_groups(records, stamp, digest))


def stamped_groups(groups: Sequence[Sequence[bytes]], stamp: Stamp, digest: str) -> Iterator[Stamped]:
    """An archive time stamp for each group of hashes, in their order, all with the same token. groups: at least one."""
    leaves = [joined(set(group), digest) for group in groups]
    tree = Tree(leaves, digest)
    token = stamp(tree.root, digest)
    try:
        must_be_der(token)
    except NotDer as loose:
        # Whoever hashes the record later may write it anew, and would get other bytes.
        raise TimestampRefused(why=f"not in DER: {loose}") from loose
    return (_on_its_way(group, leaf, tree, token, digest) for group, leaf in zip(groups, leaves, strict=True))


def _on_its_way(group: Sequence[bytes], leaf: bytes, tree: Tree, token: bytes, digest: str) -> Stamped:
    lists = [sorted(set(group)), *([neighbour] for neighbour in tree.way(leaf))]
    # What was stamped itself needs no tree.
    return stamped_with(token, digest, lists if len(lists) > 1 or len(lists[0]) > 1 else ())
