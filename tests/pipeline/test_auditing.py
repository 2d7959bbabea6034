"""Checkpoints with real time stamps from an authority on loopback: what they prove, to us and to openssl, and for how long."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sohoa.kernel.clock import now
from sohoa.kernel.errors import SohoaError
from sohoa.pipeline.auditing import StampsJudged, checked, fix, fix_when_due, log_key, receipt
from sohoa.pipeline.signing.office import SigningOffice, open_office
from sohoa.storage.audit import chain
from sohoa.storage.audit.checkpoint import TimeStamp, key_of, read_checkpoint
from sohoa.storage.audit.models import AuditCheckpoint, AuditEvent
from sohoa.storage.audit.verifying import LogReport
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import AUDIT
from tests.pipeline.signing.archived import LOCK, office_of
from tests.signing.authority import YEAR, Pki, authority

pytestmark = pytest.mark.django_db
BORN = now().replace(microsecond=0)
HOUR = timedelta(hours=1)
SCRIPT = Path(__file__).parents[2] / "docs" / "check_receipt.py"
RECORD = "3f2a90c1d4e5f6a7b8c9"


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with authority(tmp_path_factory.mktemp("pki"), now=BORN) as pki:
        yield pki


@pytest.fixture
def pki(_running: Pki) -> Iterator[Pki]:
    """Its time-stamping certificates end in years 5, 9, 13 and 17; it changes them in years 4, 8, 12."""
    yield _running
    _running.now = BORN
    _running.start()


@pytest.fixture
def office(tmp_path: Path, pki: Pki) -> SigningOffice:
    return office_of(tmp_path / "home", pki)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


def at(office: SigningOffice) -> SigningOffice:
    """As each command opens it: nothing is known from before."""
    return SigningOffice(office.home, office.plan)


def fixed(office: SigningOffice, store: FolderStore, pki: Pki, moment: datetime = BORN) -> None:
    chain.append("record.read", RECORD, now=moment)
    pki.now = moment
    assert fix(at(office), store, LOCK, now=moment)


def found(report: LogReport) -> list[tuple[str, int, str]]:
    return [(one.reason, one.sequence, one.why) for one in report.findings]


def checked_by_script(folder: Path, receipt: bytes, key: str, root: Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    shutil.copy(SCRIPT, folder)
    shutil.copy(root, folder / "ca.pem")
    (folder / "key.pem").write_text(key)
    (folder / "receipt.json").write_bytes(receipt)
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin") or sys.executable
    return subprocess.run(
        [python, "-I", "-S", "check_receipt.py", "receipt.json", "--key", "key.pem", "--tsa-ca", "ca.pem"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_stamped_checkpoint_proves_since_when_to_us_and_to_openssl(
    office: SigningOffice, store: FolderStore, pki: Pki, tmp_path: Path
) -> None:
    fixed(office, store, pki)
    report = checked(at(office), store, now=BORN)
    assert report.ok and (report.stamped, report.since) == (1, BORN)
    made = receipt(at(office), store, LOCK, RECORD, now=BORN)
    ran = checked_by_script(tmp_path / "desk", made.written, log_key(office).public_pem, pki.root_pem)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{BORN:%b} {BORN.day:>2} {BORN:%H:%M:%S %Y} GMT" in ran.stdout
    ran = checked_by_script(tmp_path / "other", made.written, log_key(office).public_pem, pki.other_root_pem)
    assert ran.returncode == 1 and "the time stamp is wrong" in ran.stderr


def test_a_receipt_for_a_new_event_makes_a_checkpoint_first_and_is_itself_logged(
    office: SigningOffice, store: FolderStore, pki: Pki
) -> None:
    fixed(office, store, pki)
    chain.append("record.archived", "b" * 20, now=BORN)
    made = receipt(at(office), store, LOCK, "b" * 20, now=BORN)
    assert made.checkpoint.body.size == 2 and made.checkpoint.stamp
    assert AuditEvent.objects.get(action="audit.receipt_made").subject == "b" * 20


def test_stamps_are_believed_long_after_their_authoritys_certificate_ended(
    office: SigningOffice, store: FolderStore, pki: Pki
) -> None:
    for year in (0, 1, 4.5, 8.5, 9.5):
        fixed(office, store, pki, BORN + year * YEAR)
    report = checked(at(office), store, now=BORN + 9.6 * YEAR)
    assert report.ok, found(report)
    assert report.stamped == 5 and report.since == BORN + 9.5 * YEAR
    late = checked(at(office), store, now=BORN + 30 * YEAR)
    assert [(reason, sequence) for reason, sequence, _ in found(late)] == [("stamp_doubtful", 5)]


def test_a_stamp_by_an_authority_that_nobody_trusts_is_in_doubt(office: SigningOffice, store: FolderStore, pki: Pki) -> None:
    fixed(office, store, pki)
    (office.home / "signing.toml").write_text(f'[trust]\nroots = ["{pki.other_root_pem}"]\n')
    stranger = open_office(office.home)
    assert found(checked(stranger, store, now=BORN)) == [("stamp_doubtful", 1, "NO_CERTIFICATE_CHAIN_FOUND (1)")]
    assert checked(stranger, store, now=BORN, trust=[pki.root_pem]).ok


def test_a_stamp_about_something_else_or_of_other_bytes_is_wrong(office: SigningOffice, store: FolderStore, pki: Pki) -> None:
    fixed(office, store, pki)
    with store.open(AUDIT, key_of(1), "") as stream:
        made = read_checkpoint(b"".join(stream))
    assert made.stamp and made.stamp.ocsps
    judge = StampsJudged(office.trust, BORN)
    assert judge.look(1, made.body.signed, made.stamp) == (BORN, "")
    assert judge.look(1, made.body.signed + b" ", made.stamp) == (None, "DATA_NOT_COVERED")
    token = bytearray(made.stamp.token)
    token[len(token) // 2] ^= 1
    for spoilt in (bytes(token), b"", made.stamp.token[:-1]):
        assert judge.look(1, made.body.signed, TimeStamp(spoilt))[1] in ("SIG_CRYPTO_FAILURE", "FORMAT_FAILURE")
    assert judge.look(1, made.body.signed, TimeStamp(made.stamp.token, (b"hong",), (b"hong",), (b"hong",))) == (BORN, "")


def test_an_authority_that_is_away_leaves_an_unstamped_checkpoint_that_the_next_one_covers(
    office: SigningOffice, store: FolderStore, pki: Pki
) -> None:
    pki.stop()
    chain.append("record.read", RECORD, now=BORN)
    made = fix(at(office), store, LOCK, now=BORN)
    assert made and made.checkpoint.stamp is None and made.checkpoint.unstamped == "signing.timestamp_unavailable"
    pki.start()
    fixed(office, store, pki)
    report = checked(at(office), store, now=BORN)
    assert report.ok and (report.checkpoints, report.stamped) == (2, 1)


def test_an_office_without_a_service_fixes_its_log_and_says_that_there_is_no_stamp(
    tmp_path: Path, store: FolderStore, pki: Pki
) -> None:
    office = office_of(tmp_path / "home", pki, services=False)
    fixed(office, store, pki)
    report = checked(office, store, now=BORN)
    assert report.ok and (report.stamped, report.since) == (0, None)


def test_at_the_end_of_a_run_the_log_is_fixed_when_it_is_time_and_the_run_never_fails_over_it(
    office: SigningOffice, store: FolderStore, pki: Pki
) -> None:
    assert fix_when_due(at(office), store, LOCK, now=BORN) is None
    fixed(office, store, pki)
    chain.append("record.read", RECORD, now=BORN)
    assert fix_when_due(at(office), store, LOCK, now=BORN) is None
    made = fix_when_due(at(office), store, LOCK, now=BORN + HOUR)
    assert made and not isinstance(made, SohoaError) and made.new == 1
    chain.append("record.read", RECORD, now=BORN)
    AuditCheckpoint.objects.filter(size=2).update(sha256="0" * 64)
    failed = fix_when_due(at(office), store, LOCK, now=BORN + 2 * HOUR)
    assert isinstance(failed, SohoaError) and failed.code == "storage.audit_checkpoint_lost"
