"""What a whole evidence record is worth (RFC 4998, 4.3 and 5.3).

Trees are followed from the files to the first time stamp, from each time stamp to the next, and from files and chains to each new
chain. Time stamps are judged from the newest, which has to hold now, to the oldest: each that holds proves the moment at which the one
before it had to hold. Nothing is fetched.
"""
# asn1crypto carries no types; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sohoa.kernel.verdicts import Outcome, Verdict, worst
from sohoa.signing.evidence_records.asn1 import Record, Stamped, read_record, sequence_of
from sohoa.signing.evidence_records.keeping import evidence_of
from sohoa.signing.evidence_records.model import DIGESTS, Data, EvidenceReport, EvidenceUnreadable, StampReport, hashes_of
from sohoa.signing.evidence_records.renew import hashes_with_chains
from sohoa.signing.evidence_records.stamps import Token, judge, read
from sohoa.signing.evidence_records.tree import root_of
from sohoa.signing.pades.renewal import UNLIMITED, Strength
from sohoa.signing.trustservices.revocation import ValidationData
from sohoa.signing.validation.trust import Trusted, trusted_roots

_OK = Verdict(Outcome.OK)
_WEAK = Verdict(Outcome.UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE")
_NOTHING = ValidationData()


def verify(
    record: bytes,
    data: Data,
    *,
    trust: Sequence[Trusted],
    now: datetime,
    strength: Strength = UNLIMITED,
    known: ValidationData = _NOTHING,
    neighbours: bool = False,
) -> EvidenceReport:
    """Whether `record` proves that the files of an archived record exist unchanged, and since when.

    data: all files of the archived record, or their hashes. trust: roots of time-stamping authorities. strength: until when hashes and
    keys are good; each has to be until the next time stamp (a tree's hash: the next chain) takes over. known: certificates and
    revocation data about the newest authority, where the record does not carry them. neighbours: let hashes of others be in the first list,
    as programs make them that leave it open which of them belong together; ours do not.
    A record that cannot be read is `failed` with FORMAT_FAILURE. Raises FileUnreadable, TrustUnreadable, TrustIsNotAuthority.
    """
    roots = tuple(cast(bytes, one.dump()) for one in trusted_roots(trust))
    try:
        found = read_record(record)
    except EvidenceUnreadable as broken:
        verdict = Verdict(Outcome.FAILED, "FORMAT_FAILURE", {"why": str(broken.facts["why"])})
        return EvidenceReport(verdict, None, (), (verdict.reason,))
    links = _links(found)
    _follow(found, links, data, alone=not neighbours)
    _judge(links, strength, roots, known, now)
    return _report(links)


@dataclass(slots=True)
class _Link:
    """One archive time stamp, and what is found out about it in the order of looking. token: a verdict when it is not to be believed."""

    chain: int
    stamped: Stamped
    token: Token | Verdict
    verdicts: list[Verdict]

    @property
    def time(self) -> datetime | None:
        return self.token.time if isinstance(self.token, Token) else None


def _links(record: Record) -> list[_Link]:
    found: list[_Link] = []
    for number, chain in enumerate(record.chains):
        for stamped in chain:
            token = read(stamped.token)
            found.append(_Link(number, stamped, token, [token] if isinstance(token, Verdict) else []))
    return found


def _follow(record: Record, links: list[_Link], data: Data, *, alone: bool) -> None:
    """The hashes: from what each time stamp is about to its imprint."""
    for number, link in enumerate(links):
        digest = record.chains[link.chain][0].digest
        former = links[number - 1] if number else None
        if digest not in DIGESTS or link.stamped.digest != digest:
            # One hash for a whole chain (RFC 4998, 5.2): what was stamped with another is about something else.
            link.verdicts.append(
                _WEAK if digest not in DIGESTS else Verdict(Outcome.FAILED, "FORMAT_FAILURE", {"why": "mixed hashes"})
            )
        elif former is not None and former.chain == link.chain:
            covered = (hashlib.new(digest, former.stamped.token).digest(),)
            link.verdicts += _covering(link, covered, Verdict(Outcome.FAILED, "FORMER_NOT_COVERED"), alone=False)
        else:
            link.verdicts += _about_files(record, link, hashes_of(data, digest), digest, alone=alone)


def _about_files(record: Record, link: _Link, files: tuple[bytes, ...] | None, digest: str, *, alone: bool) -> Iterator[Verdict]:
    if not files:
        yield Verdict(Outcome.UNDETERMINED, "HASH_NOT_GIVEN", {"digest": digest})
        yield from _covering(link, link.stamped.lists[0] if link.stamped.lists else None, _OK, alone=False)
        return
    if link.chain == 0:
        yield from _covering(link, files, Verdict(Outcome.FAILED, "DATA_NOT_COVERED"), alone=alone)
        return
    sequence = sequence_of(record.chains[: link.chain])
    both = hashes_with_chains(files, sequence, digest)
    yield from _covering(link, both, Verdict(Outcome.FAILED, "FORMER_NOT_COVERED"), alone=alone)


def _covering(link: _Link, hashes: Sequence[bytes] | None, otherwise: Verdict, *, alone: bool) -> Iterator[Verdict]:
    """Whether the first list holds the hashes (`alone`: and no others), and the tree leads to what was stamped. hashes: None where
    it is not known what was stamped."""
    lists = link.stamped.lists
    if hashes is not None and lists:
        if not set(hashes) <= set(lists[0]):
            yield otherwise
        elif alone and set(hashes) != set(lists[0]):
            yield Verdict(Outcome.UNDETERMINED, "GROUP_INCOMPLETE")
    if not isinstance(link.token, Token) or hashes is None:
        return
    digest = link.stamped.digest
    if link.token.digest != digest or link.token.imprint != root_of(lists or [sorted(set(hashes))], digest):
        yield Verdict(Outcome.FAILED, "TREE_FAILURE") if lists else otherwise


def _judge(links: list[_Link], strength: Strength, roots: tuple[bytes, ...], known: ValidationData, now: datetime) -> None:
    """The tokens, newest first; `moment` is the time that what comes later proves for what came before."""
    moment = takes_over = now
    fetched = evidence_of(known)
    chain = links[-1].chain
    for link in reversed(links):
        if link.chain != chain:
            takes_over, chain = moment, link.chain  # the first time stamp of the newer chain
        if _too_late(strength.hashes.get(link.stamped.digest), takes_over):
            link.verdicts.append(_WEAK)
        if isinstance(link.token, Verdict):
            continue
        judged = judge(link.token, moment=moment, roots=roots, known=fetched, now=now)
        link.verdicts.append(judged.verdict)
        ends = [strength.hashes.get(name) for name in link.token.hashes]
        ends += [end for size, end in strength.rsa.items() if any(key < size for key in judged.keys)]
        if any(_too_late(end, moment) for end in ends):
            link.verdicts.append(_WEAK)
        if all(one.ok for one in link.verdicts):
            moment = min(moment, link.token.time)


def _too_late(end: datetime | None, moment: datetime) -> bool:
    return end is not None and end <= moment


def _report(links: list[_Link]) -> EvidenceReport:
    found = [one for link in links for one in link.verdicts]
    outcome = worst(one.outcome for one in found)
    telling = sorted((one for one in found if one.reason), key=lambda one: one.outcome is not outcome)  # stable
    verdict = _OK if outcome is Outcome.OK else telling[0]
    stamps = tuple(_stamp_report(link) for link in links)
    since = stamps[0].time if outcome is Outcome.OK else None
    return EvidenceReport(verdict, since, stamps, tuple(dict.fromkeys(one.reason for one in telling)))


def _stamp_report(link: _Link) -> StampReport:
    outcome = worst(one.outcome for one in link.verdicts)
    verdict = next((one for one in link.verdicts if one.outcome is outcome), _OK)
    certificate = link.token.certificate if isinstance(link.token, Token) else b""
    return StampReport(link.chain, link.stamped.digest, link.time, certificate, verdict)
