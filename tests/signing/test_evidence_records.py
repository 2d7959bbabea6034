"""Evidence records: every file of the archive proves its age, nothing else does, and the proof outlives its authorities."""

from __future__ import annotations

import hashlib
import itertools
import tracemalloc
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.evidence_records.asn1 import VERSION_1, EvidenceRecord, Record, algorithm_of, read_record, stamped_with, tlv
from sohoa.signing.evidence_records.create import create
from sohoa.signing.evidence_records.due import EvidenceDue, evidence_due
from sohoa.signing.evidence_records.keeping import with_validation_data
from sohoa.signing.evidence_records.model import EvidenceHashesUnfit, EvidenceReport, EvidenceUnreadable
from sohoa.signing.evidence_records.renew import renew_timestamps, renew_trees
from sohoa.signing.evidence_records.tree import Tree, joined, root_of
from sohoa.signing.evidence_records.verify import verify
from sohoa.signing.opening import FileUnreadable
from sohoa.signing.pades.renewal import Strength
from sohoa.signing.trustservices.revocation import ValidationData
from sohoa.signing.trustservices.tsa import TimestampRefused
from tests.signing.archive_office import ArchiveOffice
from tests.signing.authority import YEAR, Pki
from tests.signing.pki import NOW

OK, FAILED, UNDETERMINED = Outcome.OK, Outcome.FAILED, Outcome.UNDETERMINED
FILES = [f"Hồ sơ {number}".encode() for number in range(1000)]
OTHER = "Khác".encode()


def h(data: bytes, digest: str = "sha256") -> bytes:
    return hashlib.new(digest, data).digest()


def each(files: Sequence[bytes]) -> list[list[bytes]]:
    """Records of one file each."""
    return [[one] for one in files]


def singles(files: Sequence[bytes], digest: str = "sha256") -> list[list[bytes]]:
    return [[h(one, digest)] for one in files]


@pytest.fixture
def office(pki: Pki) -> ArchiveOffice:
    return ArchiveOffice(pki)


def told(report: EvidenceReport) -> tuple[Outcome, str]:
    return report.outcome, report.verdict.reason


@pytest.mark.parametrize("count", [1, 2, 3, 5, 1000])
def test_every_member_of_a_batch_proves_its_age_with_one_time_stamp_for_all(office: ArchiveOffice, count: int):
    office.pki.forget_counts()
    records = office.create(*each(FILES[:count]))
    assert office.pki.counted(office.pki.tsa_url) == 1 and len(records) == count
    for record, file in zip(records, FILES, strict=False):
        report = office.verify(record, file)
        assert (report.outcome, report.since, report.findings) == (OK, NOW, ()), report.findings


def test_whoever_was_not_there_is_no_member(office: ArchiveOffice):
    one, *_ = office.create(*each(FILES[:5]))
    assert told(office.verify(one, OTHER)) == (FAILED, "DATA_NOT_COVERED")
    assert told(office.verify(one, FILES[1])) == (FAILED, "DATA_NOT_COVERED")
    [alone] = office.create(*each(FILES[:1]))
    assert told(office.verify(alone, OTHER)) == (FAILED, "DATA_NOT_COVERED")


def test_a_record_of_several_files_is_proven_as_a_whole(office: ArchiveOffice, tmp_path: Path):
    groups = [FILES[:3], FILES[3:4], FILES[4:6]]
    records = office.create(*groups)
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


def test_two_records_side_by_side_do_not_pass_for_one_of_two_files(office: ArchiveOffice):
    """RFC 4998 would let neighbours share the first list; then this could not be told."""
    for record, file in zip(office.create(*each(FILES[:2])), FILES[:2], strict=True):
        assert read_record(record).newest.lists[0] == (h(file),)
        assert told(office.verify(record, *FILES[:2])) == (FAILED, "DATA_NOT_COVERED")


def test_what_an_inner_node_is_made_of_is_no_member(office: ArchiveOffice):
    files = sorted(FILES[:4], key=h)
    inner = h(files[0]) + h(files[1])
    for record in office.create(*each(files)):
        assert told(office.verify(record, inner)) == (FAILED, "DATA_NOT_COVERED")


def test_a_record_is_written_as_the_standard_has_it(office: ArchiveOffice):
    record = office.create(FILES[:2], FILES[2:3], FILES[3:4])[0]
    found = EvidenceRecord.load(record, strict=True)
    assert found["version"].native == 1
    assert [one["algorithm"].native for one in found["digest_algorithms"]] == ["sha256"]
    [[stamped]] = found["archive_time_stamp_sequence"].native
    assert stamped["digest_algorithm"] == {"algorithm": "sha256", "parameters": None}
    assert [len(one) for one in stamped["reduced_hashtree"]] == [2, 1, 1]
    assert found.copy().dump(force=True) == record
    assert read_record(record).der == record


def test_the_same_files_make_the_same_record_in_whatever_order_they_come(office: ArchiveOffice):
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
def test_hashes_that_prove_nothing_are_refused_before_anything_is_stamped(
    office: ArchiveOffice, groups: list[list[bytes]], digest: str
):
    with pytest.raises(EvidenceHashesUnfit):
        create(groups, office.tsa.stamp, digest=digest)
    assert office.pki.counted(office.pki.tsa_url) == 0
    assert list(create([], office.tsa.stamp)) == []


def test_a_token_that_is_not_der_is_refused(office: ArchiveOffice):
    def loose(imprint: bytes, digest: str) -> bytes:
        token = office.tsa.stamp(imprint, digest)
        return b"\x30\x80" + token[4:] + b"\x00\x00"

    with pytest.raises(TimestampRefused):
        create(singles(FILES[:2]), loose)


def test_memory_stays_flat_while_thousands_of_records_are_handed_out(office: ArchiveOffice):
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


def test_a_changed_bit_is_found_and_named_wherever_it_is(office: ArchiveOffice):
    record, other = office.create(*each(FILES[:2]))
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


def test_what_is_still_believed_after_a_change_was_changed_where_nothing_is_proven(office: ArchiveOffice):
    """Neither hashed nor signed, and RFC 4998 and 5652 have it so: lists of algorithms, versions, the name of the signature's
    algorithm, and what was added about the authority, which speaks for itself."""
    record, _ = office.create(*each(FILES[:2]))
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
def test_what_is_no_evidence_record_is_a_verdict_and_not_a_traceback(office: ArchiveOffice, broken: bytes):
    assert told(office.verify(broken, b"")) == (FAILED, "FORMAT_FAILURE")
    with pytest.raises(EvidenceUnreadable):
        renew_timestamps([broken], office.stamp)


def test_a_record_of_a_million_empty_parts_is_not_looked_into(office: ArchiveOffice):
    algorithms = tlv(0x30, algorithm_of("sha256"))
    for parts in (b"\x30\x00" * 300_000, tlv(0x30, b"\x30\x00" * 300_000), b"\x30\x00" * 3_000_000):
        record = tlv(0x30, VERSION_1, algorithms, tlv(0x30, parts))
        report = office.verify(record, b"")
        assert told(report) == (FAILED, "FORMAT_FAILURE")
        assert report.verdict.evidence["why"] in ("too many time stamps", "too large")


def test_a_record_cut_short_anywhere_is_a_verdict_and_not_a_traceback(office: ArchiveOffice):
    record, _ = office.create(*each(FILES[:2]))
    assert {office.verify(record[:end], FILES[0]).outcome for end in range(0, len(record), 97)} == {FAILED}


def test_an_authority_that_nobody_trusts_leaves_it_open(office: ArchiveOffice):
    record, _ = office.create(*each(FILES[:2]))
    report = office.verify(record, FILES[0], trust=[office.pki.other_root_pem])
    assert told(report) == (UNDETERMINED, "NO_CERTIFICATE_CHAIN_FOUND") and report.since is None


def test_without_word_about_revocation_it_stays_open_until_somebody_brings_it(office: ArchiveOffice):
    [record] = create(singles(FILES[:1]), office.tsa.stamp)
    assert told(office.verify(record, FILES[0])) == (UNDETERMINED, "TRY_LATER")
    assert office.tsa.last is not None
    assert office.verify(record, FILES[0], known=office.data_for(office.tsa.last)).outcome is OK


def test_hashes_of_another_digest_leave_it_open(office: ArchiveOffice):
    [record] = office.create(*each(FILES[:1]))
    report = verify(record, {"sha512": [h(FILES[0], "sha512")]}, trust=[office.pki.root_pem], now=NOW)
    assert told(report) == (UNDETERMINED, "HASH_NOT_GIVEN")


def test_records_renewed_over_three_ends_of_their_authorities_still_prove_the_first_day(office: ArchiveOffice):
    records = office.create(*each(FILES[:3]))
    office.pki.forget_counts()
    records = office.renew_over_three_ends(records)
    assert office.pki.counted(office.pki.tsa_url) == 3
    for later in (0.1, 2, 4):
        office.pki.now = NOW + (12.5 + later) * YEAR
        for record, file in zip(records, FILES, strict=False):
            report = office.verify(record, file)
            assert (report.findings, report.since, len(report.stamps)) == ((), NOW, 4)
    office.pki.now = NOW + 18 * YEAR
    assert told(office.verify(records[0], FILES[0])) == (UNDETERMINED, "OUT_OF_BOUNDS_NO_POE")


def test_a_record_that_was_not_renewed_in_time_is_in_doubt_for_ever(office: ArchiveOffice):
    records = office.create(*each(FILES[:2]))
    office.pki.now = NOW + 6 * YEAR
    assert told(office.verify(records[0], FILES[0])) == (UNDETERMINED, "OUT_OF_BOUNDS_NO_POE")
    late = next(renew_timestamps(records, office.stamp))
    report = office.verify(late, FILES[0])
    assert told(report) == (UNDETERMINED, "OUT_OF_BOUNDS_NO_POE")
    assert [one.verdict.outcome for one in report.stamps] == [UNDETERMINED, OK]


def revoked(pki: Pki, since: datetime, now: datetime) -> ValidationData:
    """The list of the authority's CA as of now, on which it stands."""
    issuer, key, serial = pki.certificate("tsa-ca"), pki.key("tsa-ca"), pki.certificate("tsa-0").serial_number
    entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
    made = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject).last_update(now).next_update(now + YEAR)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    made = made.add_revoked_certificate(entry).add_extension(identifier, critical=False)
    made = made.add_extension(x509.CRLNumber(9), critical=False)
    return ValidationData(crls=(made.sign(key, SHA256()).public_bytes(Encoding.DER),))


def test_an_authority_that_was_revoked_is_not_believed_unless_a_renewal_came_before(office: ArchiveOffice):
    records = office.create(*each(FILES[:2]))
    before, after = revoked(office.pki, NOW - YEAR / 12, NOW + YEAR), revoked(office.pki, NOW + YEAR / 2, NOW + YEAR)
    office.pki.now = NOW + YEAR
    assert told(office.verify(records[0], FILES[0], known=before)) == (FAILED, "REVOKED")
    assert told(office.verify(records[0], FILES[0], known=after)) == (UNDETERMINED, "REVOKED_NO_POE")
    office.pki.now = NOW + 4.5 * YEAR
    renewed = office.renew(records)[0]
    office.pki.now = NOW + 4.8 * YEAR
    late = revoked(office.pki, NOW + 4.6 * YEAR, office.pki.now)
    assert told(office.verify(records[0], FILES[0], known=late)) == (UNDETERMINED, "REVOKED_NO_POE")
    assert office.verify(renewed, FILES[0], known=late).findings == ()


def test_a_renewal_that_says_it_came_first_leaves_it_open(office: ArchiveOffice):
    records = office.create(*each(FILES[:2]))
    office.pki.now = NOW - YEAR / 20
    renewed = next(renew_timestamps(records, office.stamp))
    office.pki.now = NOW + YEAR / 20
    assert told(office.verify(renewed, FILES[0])) == (UNDETERMINED, "TIMESTAMP_ORDER_FAILURE")
    office.pki.now = NOW - YEAR / 12
    assert told(office.verify(records[0], FILES[0])) == (UNDETERMINED, "TIMESTAMP_ORDER_FAILURE")


def test_records_of_programs_that_put_neighbours_together_are_read_when_asked_for(office: ArchiveOffice):
    """As in RFC 4998, figure 1: three neighbours under one father, and the group has one more."""
    low, high = [[h(one) for one in FILES[:3]], [h(one) for one in FILES[3:5]]]
    lists = [low, [joined(high, "sha256")]]
    token = office.stamp(root_of(lists, "sha256"), "sha256")
    record = Record((algorithm_of("sha256"),), b"", ((stamped_with(token, "sha256", lists),),)).der
    assert told(office.verify(record, FILES[1])) == (UNDETERMINED, "GROUP_INCOMPLETE")
    assert office.verify(record, FILES[1], neighbours=True).outcome is OK
    assert told(office.verify(record, FILES[3], neighbours=True)) == (FAILED, "DATA_NOT_COVERED")


@pytest.mark.parametrize("lists", [[[h(b"") + h(b"1")]], [[h(b"")[:31]]], [[h(b"")], []]])
def test_trees_whose_hashes_could_be_read_in_two_ways_are_not_read(office: ArchiveOffice, lists: list[list[bytes]]):
    token = office.tsa.stamp(root_of([one for one in lists if one], "sha256")[:32].ljust(32, b"\0"), "sha256")
    record = Record((algorithm_of("sha256"),), b"", ((stamped_with(token, "sha256", lists),),)).der
    assert told(office.verify(record, b"")) == (FAILED, "FORMAT_FAILURE")


def test_a_tree_over_a_weak_hash_proves_nothing_and_is_not_renewed(office: ArchiveOffice):
    token = office.tsa.stamp(h(b""))
    record = Record((algorithm_of("sha1"),), b"", ((stamped_with(token, "sha1", [[h(b"", "sha1")]]),),)).der
    assert told(office.verify(record, b"")) == (UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE")
    with pytest.raises(EvidenceHashesUnfit):
        renew_timestamps([record], office.stamp)


def test_every_record_needs_its_new_hashes(office: ArchiveOffice):
    records = office.create(*each(FILES[:2]))
    for new in (singles(FILES[:1], "sha512"), [[], [h(b"", "sha512")]], singles(FILES[:2])):
        with pytest.raises(EvidenceHashesUnfit):
            renew_trees(records, new, office.stamp)
    assert list(renew_trees([], [], office.stamp)) == list(renew_timestamps([], office.stamp)) == []


def test_batches_of_different_days_are_renewed_with_one_time_stamp(office: ArchiveOffice):
    first = office.create(*each(FILES[:2]))
    office.pki.now = NOW + YEAR
    second = office.create(*each(FILES[2:4]))
    third = office.create(FILES[4:5], digest="sha512")
    office.pki.now = NOW + 4.5 * YEAR
    office.pki.forget_counts()
    records = office.renew([*first, *second, *third])
    assert office.pki.counted(office.pki.tsa_url) == 2  # one for each hash
    for record, file in zip(records, FILES, strict=False):
        assert office.verify(record, file).findings == ()
    mixed = read_record(records[0]).chains[0][:1] + read_record(records[2]).chains[0][1:]
    spoilt = Record(read_record(records[0]).algorithms, b"", (mixed,)).der
    assert told(office.verify(spoilt, FILES[0])) == (FAILED, "FORMER_NOT_COVERED")


def test_new_hashes_take_over_from_old_ones(office: ArchiveOffice):
    groups = [FILES[:2], FILES[2:3], FILES[3:4]]
    records = office.renew_over_three_ends(office.create(*groups))
    office.pki.now = NOW + 14 * YEAR
    records = office.rehash(records, *groups)
    office.pki.now = NOW + 16.5 * YEAR
    records = office.renew(records)
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


def test_a_hash_must_be_renewed_before_it_weakens(office: ArchiveOffice):
    records = office.create(*each(FILES[:2]))
    end = Strength(hashes={"sha256": NOW + 2 * YEAR})
    office.pki.now = NOW + 1.5 * YEAR
    assert office.verify(records[0], FILES[0], strength=end).outcome is OK
    in_time = office.rehash(records, *each(FILES[:2]))
    office.pki.now = NOW + 3 * YEAR
    tokens = Strength(hashes={"md5": NOW})
    assert office.verify(in_time[0], FILES[0], strength=tokens).outcome is OK
    assert told(office.verify(records[0], FILES[0], strength=end)) == (UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE")
    short = Strength(rsa={3072: NOW + 2 * YEAR})
    assert told(office.verify(records[0], FILES[0], strength=short)) == (UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE")


def test_a_renewal_is_due_before_the_certificate_ends_or_the_hash_weakens(office: ArchiveOffice):
    [record] = office.create(*each(FILES[:1]))
    end = office.pki.certificate("tsa-0").not_valid_after_utc
    assert evidence_due(record, now=NOW, margin=YEAR) is None
    assert evidence_due(record, now=NOW, margin=6 * YEAR) == EvidenceDue("timestamp", end)
    weak = Strength(hashes={"sha256": NOW + 3 * YEAR})
    assert evidence_due(record, now=NOW, margin=4 * YEAR, strength=weak) == EvidenceDue("tree", NOW + 3 * YEAR)
    keys = Strength(rsa={3072: NOW + 2 * YEAR})
    assert evidence_due(record, now=NOW, margin=4 * YEAR, strength=keys) == EvidenceDue("timestamp", NOW + 2 * YEAR)
    assert evidence_due(record, now=NOW, margin=timedelta(days=30), strength=keys) is None


def test_a_token_stays_the_same_when_it_is_given_what_it_has(office: ArchiveOffice):
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
