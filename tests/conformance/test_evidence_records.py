"""EU DSS on our evidence records (RFC 4998). All are judged in a run or two: what it takes is starting Java."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sohoa.signing.evidence_records.create import create
from tests.conformance.judging import JUDGING, JVM, Judges
from tests.signing.archive_office import ArchiveOffice, hashes
from tests.signing.authority import YEAR, Pki, authority
from tests.signing.pki import NOW

pytestmark = pytest.mark.timeout(1800)  # the first test brings the judges

FILES = [f"Hồ sơ {number}".encode() for number in range(1000)]
BATCHES = (1, 2, 3, 1000)
SOON, LATE, LATEST = (NOW + year * YEAR for year in (0.1, 14.5, 17))


class Office(ArchiveOffice):
    """Keeps evidence records with the files, and the time, that they are to be judged against."""

    def __init__(self, room: Path, pki: Pki) -> None:
        super().__init__(pki)
        self.room = room
        self.cases: dict[datetime, list[tuple[str, Sequence[bytes]]]] = {}

    def put(self, name: str, evidence: bytes, about: Sequence[bytes], at: datetime) -> None:
        (self.room / name).write_bytes(evidence)
        self.cases.setdefault(at, []).append((name, about))

    def path(self, file: bytes) -> Path:
        path = self.room / f"{FILES.index(file)}.txt"
        path.write_bytes(file)
        return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    room = tmp_path_factory.mktemp("evidence")
    with authority(room / "pki", now=NOW) as pki:
        office = Office(room, pki)
        for count in BATCHES:
            office.put(f"batch of {count}", office.create(*([file] for file in FILES[:count]))[0], FILES[:1], SOON)
        group, single, other = FILES[:3], FILES[3:4], FILES[4:5]
        first = office.create(group, single)
        neighbour = hashlib.sha256(b"".join(sorted(hashes(group)))).digest()
        office.put("group", first[0], group, SOON)
        office.put("another file", first[1], other, SOON)
        office.put("spoilt tree", spoilt(first[1], neighbour), single, SOON)
        office.put("nobody knows of revocation", next(create([hashes(single)], office.tsa.stamp)), single, SOON)
        office.put("not renewed", first[0], group, LATE)
        renewed = office.renew_over_three_ends(first)
        office.put("renewed group", renewed[0], group, LATE)
        office.put("renewed", renewed[1], single, LATE)
        pki.now = NOW + 14 * YEAR
        rehashed = office.rehash(renewed, group, single)
        office.put("rehashed group", rehashed[0], group, LATE)
        office.put("rehashed", rehashed[1], single, LATE)
        office.put("rehashed, about another file", rehashed[1], other, LATE)
        pki.now = NOW + 16.5 * YEAR
        again = office.renew(rehashed)
        office.put("renewed again, group", again[0], group, LATEST)
        office.put("renewed again", again[1], single, LATEST)
        yield office


@pytest.fixture(scope="module")
def said(judges: Judges, office: Office) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for at, cases in office.cases.items():
        asked = [part for name, about in cases for part in ("--record", name, *map(office.path, about))]
        known = ("--trust", office.pki.root_pem, "--at", int(at.timestamp() * 1000))
        command = map(str, ("java", *JVM, "-cp", judges.classpath, "judges.EvidenceJudge", *known, *asked))
        ran = subprocess.run(list(command), cwd=office.room, capture_output=True, text=True, timeout=JUDGING, check=False)
        assert ran.returncode == 0, ran.stderr
        found |= {told["file"]: told for told in map(json.loads, ran.stdout.splitlines())}
    return found


def spoilt(record: bytes, part: bytes) -> bytes:
    at = record.index(part)
    return record[:at] + bytes([record[at] ^ 1]) + record[at + 1 :]


def told(answer: dict[str, Any]) -> tuple[str, str | None]:
    return answer["indication"], answer["subIndication"]


@pytest.mark.parametrize(
    ("name", "stamps"),
    [
        *((f"batch of {count}", 1) for count in BATCHES),
        *(("group", 1), ("renewed", 4), ("renewed group", 4)),
        *(("rehashed", 5), ("rehashed group", 5), ("renewed again", 6), ("renewed again, group", 6)),
    ],
)
def test_dss_passes_every_record_and_each_of_its_stamps(said, name: str, stamps: int) -> None:
    answer = said[name]
    assert (told(answer), answer["errors"]) == (("PASSED", None), []), answer
    assert [told(one) for one in answer["stamps"]] == [("PASSED", None)] * stamps, answer
    assert answer["since"] == NOW.isoformat().replace("+00:00", "Z") == answer["stamps"][0]["time"]


@pytest.mark.parametrize("name", ["another file", "rehashed, about another file", "spoilt tree"])
def test_dss_fails_what_is_not_proven(said, name: str) -> None:
    assert told(said[name]) == ("FAILED", "HASH_FAILURE"), said[name]


@pytest.mark.parametrize("name", ["not renewed", "nobody knows of revocation"])
def test_dss_leaves_open_what_we_leave_open(said, name: str) -> None:
    assert told(said[name])[0] == "INDETERMINATE", said[name]
