"""The format of RFC 4998 (appendix A, implicit tags): a record read into values, and written.

Reading goes through asn1crypto. Writing puts bytes together: a batch is a hundred thousand records, and everything that is already
hashed into a time stamp has to be kept as it was, bit by bit.
"""
# asn1crypto carries no types; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from asn1crypto import algos, cms, core

from sohoa.signing.evidence_records.model import DIGESTS, EvidenceUnreadable
from sohoa.signing.opening import UNREADABLE
from sohoa.signing.validation.der import must_be_der

LARGEST = 4 << 20  # bytes; fifty renewals with all that a validator wants to know are about 500 KB
MOST_STAMPS = 200  # renewals every year for two centuries
SEQUENCE, OCTETS, VERSION_1 = 0x30, 0x04, b"\x02\x01\x01"


class PartialHashtree(core.SequenceOf):
    _child_spec = core.OctetString


class ReducedHashtree(core.SequenceOf):
    _child_spec = PartialHashtree


class ArchiveTimeStamp(core.Sequence):
    _fields: ClassVar = [
        ("digest_algorithm", algos.DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", cms.CMSAttributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", ReducedHashtree, {"implicit": 2, "optional": True}),
        ("time_stamp", cms.ContentInfo),
    ]


class ArchiveTimeStampChain(core.SequenceOf):
    _child_spec = ArchiveTimeStamp


class ArchiveTimeStampSequence(core.SequenceOf):
    _child_spec = ArchiveTimeStampChain


class CryptoInfos(core.SequenceOf):
    _child_spec = cms.CMSAttribute


class EncryptionInfo(core.Sequence):
    _fields: ClassVar = [("encryption_info_type", core.ObjectIdentifier), ("encryption_info_value", core.Any)]


class DigestAlgorithms(core.SequenceOf):
    _child_spec = algos.DigestAlgorithm


class EvidenceRecord(core.Sequence):
    _fields: ClassVar = [
        ("version", core.Integer),
        ("digest_algorithms", DigestAlgorithms),
        ("crypto_infos", CryptoInfos, {"implicit": 0, "optional": True}),
        ("encryption_info", EncryptionInfo, {"implicit": 1, "optional": True}),
        ("archive_time_stamp_sequence", ArchiveTimeStampSequence),
    ]


@dataclass(frozen=True, slots=True)
class Stamped:
    """One archive time stamp. digest: of its tree, and of the hash that was stamped. lists: the reduced hash tree; () when what it
    is about was stamped itself. before: the fields before the token, token: of RFC 3161; both DER."""

    digest: str
    lists: tuple[tuple[bytes, ...], ...]
    before: bytes
    token: bytes

    @property
    def der(self) -> bytes:
        return tlv(SEQUENCE, self.before, self.token)


Chain = tuple[Stamped, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """An evidence record. algorithms: all digests that are used, each an AlgorithmIdentifier; others: the optional fields; DER.
    chains: oldest first, none of them empty."""

    algorithms: tuple[bytes, ...]
    others: bytes
    chains: tuple[Chain, ...]

    @property
    def newest(self) -> Stamped:
        return self.chains[-1][-1]

    @property
    def sequence(self) -> bytes:
        """The ArchiveTimeStampSequence."""
        return sequence_of(self.chains)

    @property
    def der(self) -> bytes:
        return tlv(SEQUENCE, VERSION_1, tlv(SEQUENCE, *self.algorithms), self.others, self.sequence)

    def with_newest_token(self, token: bytes) -> Record:
        *former, last = self.chains
        return replace(self, chains=(*former, (*last[:-1], replace(last[-1], token=token))))

    def renewed(self, stamped: Stamped) -> Record:
        """With another time stamp in the last chain."""
        return replace(self, chains=(*self.chains[:-1], (*self.chains[-1], stamped)))

    def rehashed(self, stamped: Stamped) -> Record:
        """With another chain."""
        algorithm = algorithm_of(stamped.digest)
        known = self.algorithms if algorithm in self.algorithms else (*self.algorithms, algorithm)
        return replace(self, algorithms=known, chains=(*self.chains, (stamped,)))


def sequence_of(chains: Iterable[Chain]) -> bytes:
    return tlv(SEQUENCE, *(tlv(SEQUENCE, *(one.der for one in chain)) for chain in chains))


def stamped_with(token: bytes, digest: str, lists: Iterable[Iterable[bytes]] = ()) -> Stamped:
    kept = tuple(tuple(one) for one in lists)
    algorithm = tlv(0xA0, algorithm_of(digest)[2:])
    tree = tlv(0xA2, *(tlv(SEQUENCE, *(tlv(OCTETS, value) for value in one)) for one in kept)) if kept else b""
    return Stamped(digest, kept, algorithm + tree, token)


def algorithm_of(digest: str) -> bytes:
    return tlv(SEQUENCE, algos.DigestAlgorithmId(digest).dump())  # RFC 5754, 2: without parameters


def tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def read_record(record: bytes) -> Record:
    """Raises EvidenceUnreadable, also for a record that no honest archive makes: too large, hashes of the wrong length."""
    if len(record) > LARGEST:
        raise EvidenceUnreadable(why="too large")
    try:
        must_be_der(record)
        found = EvidenceRecord.load(record, strict=True)
        if found["version"].native != 1:
            raise EvidenceUnreadable(why="of another version")
        chains = _read_chains(found["archive_time_stamp_sequence"])
        algorithms = tuple(one.dump() for one in found["digest_algorithms"])
        others = found["crypto_infos"].dump() + found["encryption_info"].dump()
    except UNREADABLE as broken:
        raise EvidenceUnreadable(why=type(broken).__name__) from broken
    return Record(algorithms, others, chains)


def _read_chains(sequence: Any) -> tuple[Chain, ...]:
    # Counted before any is read: a million empty ones are a few megabytes.
    if len(sequence) > MOST_STAMPS or sum(map(len, sequence)) > MOST_STAMPS:
        raise EvidenceUnreadable(why="too many time stamps")
    chains = tuple(tuple(_read_stamped(one) for one in chain) for chain in sequence)
    if not chains or not all(chains):
        raise EvidenceUnreadable(why="without a time stamp")
    return chains


def _read_stamped(one: Any) -> Stamped:
    token, told = one["time_stamp"], one["digest_algorithm"]
    if isinstance(told, core.Void):  # then it is the one of the token (RFC 4998, 4.1)
        told = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]["hash_algorithm"]
    digest = cast(str, told["algorithm"].native)
    tree = one["reduced_hashtree"]
    lists = () if isinstance(tree, core.Void) else tuple(tuple(cast(bytes, value.native) for value in part) for part in tree)
    # Of the right length each: else the border between two hashes could be moved without changing what they are joined to.
    if digest in DIGESTS and any(len(value) != DIGESTS[digest] for part in lists for value in part):
        raise EvidenceUnreadable(why="a hash of the wrong length")
    if not all(lists):
        raise EvidenceUnreadable(why="an empty list in the tree")
    before = b"".join(one[name].dump() for name in ("digest_algorithm", "attributes", "reduced_hashtree"))
    return Stamped(digest, lists, before, token.dump())
