"""Evidence records: every file of the archive proves its age, nothing else does, and the proof outlives its authorities."""

from __future__ import annotations

import hashlib
import itertools
import tracemalloc
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.evidence_records.asn1 import EvidenceRecord, Record, read_record
from sohoa.signing.evidence_records.create import create
from sohoa.signing.evidence_records.due import EvidenceDue, evidence_due
from sohoa.signing.evidence_records.keeping import complete, completed, with_validation_data
from sohoa.signing.evidence_records.model import EvidenceHashesUnfit, EvidenceReport, EvidenceUnreadable, Stamp
from sohoa.signing.evidence_records.renew import renew_timestamps, renew_trees
from sohoa.signing.evidence_records.tree import Tree, joined, root_of
from sohoa.signing.evidence_records.verify import verify
from sohoa.signing.http import Http
from sohoa.signing.opening import FileUnreadable
from sohoa.signing.pades.renewal import Strength
from sohoa.signing.trustservices.revocation import RevocationService, ValidationData
from sohoa.signing.trustservices.tsa import Stamped, TimestampAuthority, TimestampRefused
from tests.signing.authority import YEAR, Pki
from tests.signing.pki import NOW

OK, FAILED, UNDETERMINED = Outcome.OK, Outcome.FAILED, Outcome.UNDETERMINED
FILES = [f"Hồ sơ {number}".encode() for number in range(1000)]
OTHER = "Khác".encode()


def h(data: bytes, digest: str = "sha256") -> bytes:
    return hashlib.new(digest, data).digest()


def singles(files: Sequence[bytes], digest: str = "sha256") -> list[list[bytes]]:
    return [[h(one, digest)] for one in files]


class Office:
    """Whoever keeps the archive: stamps and renews as of the PKI's clock, and verifies."""

    def __init__(self, pki: Pki) -> None:
        self.pki = pki
        self._http = Http(connect=2, read=5)
        self.tsa = TimestampAuthority(pki.tsa_url, self._http)

    def data_for(self, stamped: Stamped) -> ValidationData:
        now = self.pki.now or NOW
        return RevocationService(self._http).data_for(stamped.certificate, stamped.certificates, trust=(), now=now)

    @property
    def stamp(self) -> Stamp:
        return completed(self.tsa.stamp, self.data_for)

    def complete(self, token: bytes) -> bytes:
        return complete(token, self.data_for)

    def create(self, groups: Sequence[Sequence[bytes]], digest: str = "sha256") -> list[bytes]:
        return list(create(groups, self.stamp, digest=digest))

    def verify(self, record: bytes, *files: bytes, **more: object) -> EvidenceReport:
        known = {digest: [h(one, digest) for one in files] for digest in ("sha256", "sha512")}
        return verify(record, known, **{"trust": [self.pki.root_pem], "now": self.pki.now, **more})


@pytest.fixture
def office(pki: Pki) -> Office:
    return Office(pki)


def told(report: EvidenceReport) -> tuple[Outcome, str]:
    return report.outcome, report.verdict.reason


@pytest.mark.parametrize("count", [1, 2, 3, 5, 1000])
def test_every_member_of_a_batch_proves_its_age_with_one_time_stamp_for_all(office: Office, count: int):
    office.pki.forget_counts()
    records = office.create(singles(FILES[:count]))
    assert office.pki.counted(office.pki.tsa_url) == 1 and len(records) == count
    for record, file in zip(records, FILES, strict=False):
        report = office.verify(record, file)
        assert (report.outcome, report.since, report.findings) == (OK, NOW, ()), report.findings


def test_whoever_was_not_there_is_no_member(office: Office):
    one, *_ = office.create(singles(FILES[:5]))
    assert told(office.verify(one, OTHER)) == (FAILED, "DATA_NOT_COVERED")
    assert told(office.verify(one, FILES[1])) == (FAILED, "DATA_NOT_COVERED")
    [alone] = office.create(singles(FILES[:1]))
    assert told(office.verify(alone, OTHER)) == (FAILED, "DATA_NOT_COVERED")


def test_a_record_of_several_files_is_proven_as_a_whole(office: Office, tmp_path: Path):
    groups = [FILES[:3], FILES[3:4], FILES[4:6]]
    records = office.create([[h(one) for one in group] for group in groups])
    for record, group in zip(records, groups, strict=True):
        assert office.verify(record, *reversed(group)).outcome is OK
    assert told(office.verify(records[0], *groups[0][:2])) == (UNDETERMINED, "GROUP_INCOMPLETE")
    assert told(office.verify(records[0], *groups[0], OTHER)) == (FAILED, "DATA_NOT_COVERED")
    paths = [tmp_path / str(number) for number in range(3)]
    for path, content in zip(paths, groups[0], strict=True):
        path.write_bytes(content)
    assert verify(records[0], paths, trust=[office.pki.root_pem], now=NOW).outcome is OK
    with pytest.raises(FileUnreadable):
        verify(records[0], [tmp_path / "mất"], trust=[office.pki.root_pem], now=NOW)


def test_two_records_side_by_side_do_not_pass_for_one_of_two_files(office: Office):
    """RFC 4998 would let neighbours share the first list; then this could not be told."""
    for record, file in zip(office.create(singles(FILES[:2])), FILES[:2], strict=True):
        assert read_record(record).newest.lists[0] == (h(file),)
        assert told(office.verify(record, *FILES[:2])) == (FAILED, "DATA_NOT_COVERED")


def test_what_an_inner_node_is_made_of_is_no_member(office: Office):
    files = sorted(FILES[:4], key=h)
    inner = h(files[0]) + h(files[1])
    for record in office.create(singles(files)):
        assert told(office.verify(record, inner)) == (FAILED, "DATA_NOT_COVERED")


def test_a_record_is_written_as_the_standard_has_it(office: Office):
    record = office.create([[h(one) for one in FILES[:2]], [h(FILES[2])], [h(FILES[3])]])[0]
    found = EvidenceRecord.load(record, strict=True)
    assert found["version"].native == 1
    assert [one["algorithm"].native for one in found["digest_algorithms"]] == ["sha256"]
    [[stamped]] = found["archive_time_stamp_sequence"].native
    assert stamped["digest_algorithm"] == {"algorithm": "sha256", "parameters": None}
    assert [len(one) for one in stamped["reduced_hashtree"]] == [2, 1, 1]
    assert found.copy().dump(force=True) == record
    assert read_record(record).der == record


def test_the_same_files_make_the_same_record_in_whatever_order_they_come(office: Office):
    asked: list[tuple[bytes, str]] = []

    def stamp(imprint: bytes, digest: str) -> bytes:
        asked.append((imprint, digest))
        return token

    token = office.tsa.stamp(h(b""))
    there = list(create(singles(FILES[:9]), stamp))
    back = list(create(singles(FILES[8::-1]), stamp))
    assert there == back[::-1] and asked[0] == asked[1]
    doubled = list(create([*singles(FILES[:9]), [h(FILES[0])], [h(FILES[1])] * 2], stamp))
    assert doubled == [*there, there[0], there[1]]


@pytest.mark.parametrize(
    ("groups", "digest"),
    [([[h(b"")], []], "sha256"), ([[h(b"", "sha512")]], "sha256"), ([[h(b"")[:31]]], "sha256"), ([[h(b"", "sha1")]], "sha1")],
)
def test_hashes_that_prove_nothing_are_refused_before_anything_is_stamped(office: Office, groups: list[list[bytes]], digest: str):
    with pytest.raises(EvidenceHashesUnfit):
        create(groups, office.tsa.stamp, digest=digest)
    assert office.pki.counted(office.pki.tsa_url) == 0
    assert list(create([], office.tsa.stamp)) == []


def test_a_token_that_is_not_der_is_refused(office: Office):
    def loose(imprint: bytes, digest: str) -> bytes:
        token = office.tsa.stamp(imprint, digest)
        return b"\x30\x80" + token[4:] + b"\x00\x00"

    with pytest.raises(TimestampRefused):
        create(singles(FILES[:2]), loose)


def test_memory_stays_flat_while_thousands_of_records_are_handed_out(office: Office):
    token = office.tsa.stamp(h(b""))
    groups = [[number.to_bytes(32, "big")] for number in range(10_000)]
    records = create(groups, lambda imprint, digest: token)
    tracemalloc.start()
    try:
        assert sum(len(one) > len(token) for one in records) == len(groups)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def flipped(data: bytes, part: bytes, at: int = 0) -> bytes:
    where = data.index(part) + at
    return data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :]


def test_a_changed_bit_is_found_and_named_wherever_it_is(office: Office):
    record, other = office.create(singles(FILES[:2]))
    newest = read_record(record).newest
    signer = cms.ContentInfo.load(newest.token)["content"]["signer_infos"][0]
    assert told(office.verify(record, flipped(FILES[0], FILES[0]))) == (FAILED, "DATA_NOT_COVERED")
    assert told(office.verify(flipped(record, h(FILES[0])), FILES[0])) == (FAILED, "DATA_NOT_COVERED")
    assert told(office.verify(flipped(record, h(FILES[1])), FILES[0])) == (FAILED, "TREE_FAILURE")
    assert told(office.verify(flipped(record, signer["signature"].native), FILES[0])) == (FAILED, "SIG_CRYPTO_FAILURE")
    root = root_of(newest.lists, "sha256")
    assert office.verify(flipped(record, root), FILES[0]).outcome is FAILED
    swapped = Record(read_record(record).algorithms, b"", ((read_record(other).newest,),)).der
    assert told(office.verify(swapped, FILES[0])) == (FAILED, "DATA_NOT_COVERED")


def test_what_is_still_believed_after_a_change_was_changed_where_nothing_is_proven(office: Office):
    """Neither hashed nor signed, and RFC 4998 and 5652 have it so: lists of algorithms, versions, the name of the signature's
    algorithm, and what was added about the authority, which speaks for itself."""
    record, _ = office.create(singles(FILES[:2]))
    signed = cms.ContentInfo.load(read_record(record).newest.token)["content"]
    signer = signed["signer_infos"][0]
    names = ("version", "digest_algorithms", "certificates", "crls")
    loose = [EvidenceRecord.load(record)["digest_algorithms"], *(signed[name] for name in names)]
    loose += [signer["version"], signer["sid"], signer["digest_algorithm"], signer["signature_algorithm"]]
    spans = [(record.index(part.dump()), len(part.dump())) for part in loose]
    for at in (*range(200), *range(200, len(record), 17)):
        if any(start <= at < start + size for start, size in spans):
            continue
        changed = record[:at] + bytes([record[at] ^ 4]) + record[at + 1 :]
        assert office.verify(changed, FILES[0]).outcome is not OK, at


@pytest.mark.parametrize("broken", [b"", b"0", b"\x30\x80\x00\x00", b"%PDF-1.7", b"\x30\x84\xff\xff\xff\xff", b"\x30" * 5000])
def test_what_is_no_evidence_record_is_a_verdict_and_not_a_traceback(office: Office, broken: bytes):
    assert told(office.verify(broken, b"")) == (FAILED, "FORMAT_FAILURE")
    with pytest.raises(EvidenceUnreadable):
        renew_timestamps([broken], office.stamp)


def test_a_record_cut_short_anywhere_is_a_verdict_and_not_a_traceback(office: Office):
    record, _ = office.create(singles(FILES[:2]))
    assert {office.verify(record[:end], FILES[0]).outcome for end in range(0, len(record), 97)} == {FAILED}


def test_an_authority_that_nobody_trusts_leaves_it_open(office: Office):
    record, _ = office.create(singles(FILES[:2]))
    report = office.verify(record, FILES[0], trust=[office.pki.other_root_pem])
    assert told(report) == (UNDETERMINED, "NO_CERTIFICATE_CHAIN_FOUND") and report.since is None


def test_without_word_about_revocation_it_stays_open_until_somebody_brings_it(office: Office):
    [record] = create(singles(FILES[:1]), office.tsa.stamp)
    assert told(office.verify(record, FILES[0])) == (UNDETERMINED, "TRY_LATER")
    assert office.tsa.last is not None
    assert office.verify(record, FILES[0], known=office.data_for(office.tsa.last)).outcome is OK


def test_hashes_of_another_digest_leave_it_open(office: Office):
    [record] = office.create(singles(FILES[:1]))
    report = verify(record, {"sha512": [h(FILES[0], "sha512")]}, trust=[office.pki.root_pem], now=NOW)
    assert told(report) == (UNDETERMINED, "HASH_NOT_GIVEN")


def renewed_over_three_ends(office: Office, records: list[bytes]) -> list[bytes]:
    """The authority's certificates end in years 5, 9, 13 and 17."""
    for year in (4.5, 8.5, 12.5):
        office.pki.now = NOW + year * YEAR
        records = list(renew_timestamps(records, office.stamp, complete=office.complete))
    return records


def test_records_renewed_over_three_ends_of_their_authorities_still_prove_the_first_day(office: Office):
    records = office.create(singles(FILES[:3]))
    office.pki.forget_counts()
    records = renewed_over_three_ends(office, records)
    assert office.pki.counted(office.pki.tsa_url) == 3
    for later in (0.1, 2, 4):
        office.pki.now = NOW + (12.5 + later) * YEAR
        for record, file in zip(records, FILES, strict=False):
            report = office.verify(record, file)
            assert (report.findings, report.since, len(report.stamps)) == ((), NOW, 4)
    office.pki.now = NOW + 18 * YEAR
    assert told(office.verify(records[0], FILES[0])) == (UNDETERMINED, "OUT_OF_BOUNDS_NO_POE")


def test_a_record_that_was_not_renewed_in_time_is_in_doubt_for_ever(office: Office):
    records = office.create(singles(FILES[:2]))
    office.pki.now = NOW + 6 * YEAR
    assert told(office.verify(records[0], FILES[0])) == (UNDETERMINED, "OUT_OF_BOUNDS_NO_POE")
    late = next(renew_timestamps(records, office.stamp))
    report = office.verify(late, FILES[0])
    assert told(report) == (UNDETERMINED, "OUT_OF_BOUNDS_NO_POE")
    assert [one.verdict.outcome for one in report.stamps] == [UNDETERMINED, OK]


def test_batches_of_different_days_are_renewed_with_one_time_stamp(office: Office):
    first = office.create(singles(FILES[:2]))
    office.pki.now = NOW + YEAR
    second = office.create(singles(FILES[2:4]))
    third = office.create(singles(FILES[4:5], "sha512"), "sha512")
    office.pki.now = NOW + 4.5 * YEAR
    office.pki.forget_counts()
    records = list(renew_timestamps([*first, *second, *third], office.stamp, complete=office.complete))
    assert office.pki.counted(office.pki.tsa_url) == 2  # one for each hash
    for record, file in zip(records, FILES, strict=False):
        assert office.verify(record, file).findings == ()
    mixed = read_record(records[0]).chains[0][:1] + read_record(records[2]).chains[0][1:]
    spoilt = Record(read_record(records[0]).algorithms, b"", (mixed,)).der
    assert told(office.verify(spoilt, FILES[0])) == (FAILED, "FORMER_NOT_COVERED")


def test_new_hashes_take_over_from_old_ones(office: Office):
    groups = [FILES[:2], FILES[2:3], FILES[3:4]]
    records = renewed_over_three_ends(office, office.create([[h(one) for one in group] for group in groups]))
    office.pki.now = NOW + 14 * YEAR
    new = [[h(one, "sha512") for one in group] for group in groups]
    records = list(renew_trees(records, new, office.stamp, complete=office.complete))
    office.pki.now = NOW + 16.5 * YEAR
    records = list(renew_timestamps(records, office.stamp, complete=office.complete))
    weak = Strength(hashes={"sha256": NOW + 30 * YEAR})
    for record, group in zip(records, groups, strict=True):
        report = office.verify(record, *group, strength=weak)
        assert (report.findings, report.since) == ((), NOW)
        assert [(one.chain, one.digest) for one in report.stamps] == [*[(0, "sha256")] * 4, *[(1, "sha512")] * 2]
        only_old = verify(record, {"sha256": [h(one) for one in group]}, trust=[office.pki.root_pem], now=office.pki.now)
        assert only_old.verdict.reason == "HASH_NOT_GIVEN"
    assert told(office.verify(records[0], FILES[0])) == (UNDETERMINED, "GROUP_INCOMPLETE")
    found = read_record(records[1])
    assert len(found.algorithms) == 2
    without = Record(found.algorithms, b"", (found.chains[0][:3], found.chains[1])).der
    assert told(office.verify(without, FILES[2])) == (FAILED, "FORMER_NOT_COVERED")


def test_a_hash_must_be_renewed_before_it_weakens(office: Office):
    records = office.create(singles(FILES[:2]))
    end = Strength(hashes={"sha256": NOW + 2 * YEAR})
    office.pki.now = NOW + 1.5 * YEAR
    assert office.verify(records[0], FILES[0], strength=end).outcome is OK
    in_time = list(renew_trees(records, singles(FILES[:2], "sha512"), office.stamp, complete=office.complete))
    office.pki.now = NOW + 3 * YEAR
    tokens = Strength(hashes={"md5": NOW})
    assert office.verify(in_time[0], FILES[0], strength=tokens).outcome is OK
    assert told(office.verify(records[0], FILES[0], strength=end)) == (UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE")
    short = Strength(rsa={3072: NOW + 2 * YEAR})
    assert told(office.verify(records[0], FILES[0], strength=short)) == (UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE")


def test_a_renewal_is_due_before_the_certificate_ends_or_the_hash_weakens(office: Office):
    [record] = office.create(singles(FILES[:1]))
    end = office.pki.certificate("tsa-0").not_valid_after_utc
    assert evidence_due(record, now=NOW, margin=YEAR) is None
    assert evidence_due(record, now=NOW, margin=6 * YEAR) == EvidenceDue("timestamp", end)
    weak = Strength(hashes={"sha256": NOW + 3 * YEAR})
    assert evidence_due(record, now=NOW, margin=4 * YEAR, strength=weak) == EvidenceDue("tree", NOW + 3 * YEAR)
    keys = Strength(rsa={3072: NOW + 2 * YEAR})
    assert evidence_due(record, now=NOW, margin=4 * YEAR, strength=keys) == EvidenceDue("timestamp", NOW + 2 * YEAR)
    assert evidence_due(record, now=NOW, margin=timedelta(days=30), strength=keys) is None


def test_a_token_stays_the_same_when_it_is_given_what_it_has(office: Office):
    token = office.stamp(h(b""), "sha256")
    assert office.complete(token) == token
    assert with_validation_data(token, ValidationData()) == token


hashes = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True)


@given(hashes, st.randoms(use_true_random=False))
def test_the_root_does_not_depend_on_the_order(leaves: list[bytes], chance) -> None:
    shuffled = list(leaves)
    chance.shuffle(shuffled)
    assert Tree(leaves, "sha256").root == Tree(shuffled, "sha256").root


@given(hashes)
@settings(max_examples=60)
def test_every_way_leads_to_the_root_and_starts_at_a_leaf_only(leaves: list[bytes]) -> None:
    tree = Tree(leaves, "sha256")
    ways = {leaf: [[neighbour] for neighbour in tree.way(leaf)] for leaf in leaves}
    assert all(root_of([[leaf], *way], "sha256") == tree.root for leaf, way in ways.items())
    assert all(len(way) <= (len(leaves) - 1).bit_length() for way in ways.values())
    # Nothing that is made of hashes of this tree, at any level, gets to the root by the way of a leaf.
    inner = {joined(pair, "sha256") for pair in itertools.pairwise(sorted(leaves))} | {tree.root}
    for leaf, way in ways.items():
        assert all(root_of([[node], *way], "sha256") != tree.root for node in (inner | set(leaves)) - {leaf} if way)


@given(st.binary(max_size=200))
def test_rubbish_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(EvidenceUnreadable):
        read_record(data)
